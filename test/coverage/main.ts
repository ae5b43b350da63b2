/**
 * Lines of `src/` that the tests run: in the tests' own process, and in the programs that they start. The latter are
 * most of `cli/` and `commands/`, and no coverage tool counts them by itself.
 *
 *   npm run coverage [-- ARGUMENTS OF VITEST]
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addLines, type Lines, linesOf } from './lines.js';
import { spawnedCoverage } from './spawned.js';
import { coverageTable } from './table.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'coverage');
const SPAWNED = join(FOLDER, 'spawned');

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(SPAWNED, { recursive: true });
const tests = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--coverage',
    '--coverage.reporter=json',
    '--coverage.reportOnFailure',
    ...process.argv.slice(2),
  ],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, INGEST_COVERAGE: SPAWNED } },
);

const inProcess = linesOf(JSON.parse(readFileSync(join(FOLDER, 'coverage-final.json'), 'utf8')));
const all: Lines = new Map([...inProcess].map(([file, lines]) => [file, new Map(lines)]));
const spawned = await spawnedCoverage(SPAWNED, join(ROOT, 'dist'));
addLines(all, spawned.lines);
const table = coverageTable(ROOT, inProcess, all);
process.stdout.write(
  `\n${spawned.programs} programs were started and ended by themselves\n${table.join('\n')}\n`,
);
process.exitCode = tests.status ?? 1;
