import { defineConfig } from 'vitest/config';

const COMMON = { testTimeout: 60_000, hookTimeout: 180_000 };

/** `npm run test:fault`: the whole fault matrix, for which no everyday run has the time. */
const WHOLE_MATRIX = 'matrix';

export default defineConfig(({ mode }) => ({
  test: {
    maxWorkers: 2,
    reporters: ['default', './test/support/plain-summary.ts', './test/support/matrix-report.ts'],
    coverage: { include: ['src/**/*.ts'], reporter: ['text-summary', 'json-summary'] },
    projects: [
      // Quick and without a server, so that they are also quick to run alone: `npx vitest --project parts`.
      {
        test: {
          ...COMMON,
          name: 'parts',
          include: ['test/{unit,contract,golden}/**/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      // One real Chroma for all of them, started only when one of them runs.
      {
        test: {
          ...COMMON,
          // A test that runs the program a dozen times takes long on a machine that is busy.
          testTimeout: 180_000,
          name: 'whole',
          include: ['test/{integration,fault,cli}/**/*.test.ts'],
          exclude: mode === WHOLE_MATRIX ? [] : ['test/fault/matrix/every-call.test.ts'],
          provide: { wholeMatrix: mode === WHOLE_MATRIX },
          globalSetup: ['test/support/global-setup.ts'],
          setupFiles: ['test/support/skip-without-chroma.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
}));
