import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The optional peer is installed for its own tests alone (npm run test:transformers). */
const TRANSFORMERS = new URL(
  'test/transformers/node_modules/@huggingface/transformers/dist/transformers.node.mjs',
  import.meta.url,
);

const COMMON = { testTimeout: 60_000, hookTimeout: 180_000 };

/** `npm run test:fault` and `test:fault:every-call`: what no everyday run has the time for. */
const EXTENTS: Readonly<Record<string, 'crossed' | 'every call'>> = {
  matrix: 'crossed',
  'every-call': 'every call',
};

export default defineConfig(({ mode }) => ({
  test: {
    maxWorkers: 2,
    reporters: ['default', './test/support/plain-summary.ts', './test/support/matrix-report.ts'],
    coverage: { include: ['src/**/*.ts'], reporter: ['text-summary', 'json-summary'] },
    projects: [
      // Quick and without a server, so that they are also quick to run alone: `npx vitest --project parts`.
      {
        resolve: { alias: { '@huggingface/transformers': fileURLToPath(TRANSFORMERS) } },
        test: {
          ...COMMON,
          name: 'parts',
          include: ['test/{unit,contract,golden}/**/*.test.ts', 'test/transformers/*.test.ts'],
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
          exclude: mode === 'every-call' ? [] : ['test/fault/matrix/every-call.test.ts'],
          provide: { matrixExtent: EXTENTS[mode] ?? 'slice' },
          globalSetup: ['test/support/global-setup.ts'],
          setupFiles: ['test/support/skip-without-chroma.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
}));
