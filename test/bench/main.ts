/**
 * npm run bench -- [--only NAME,...] [--rounds N] [--quick] [--full] [--markdown] [--write]
 *
 * Prints tables on stdout and how far it is on stderr. Only the ratios of one run mean anything. Never a part of
 * `npm test`.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.js';
import { churn } from './churn.js';
import { drift } from './drift.js';
import { firstApply } from './first-apply.js';
import { langchain } from './langchain.js';
import { memory } from './memory.js';
import { noOp } from './no-op.js';
import { writeSection } from './page.js';
import { records } from './records.js';
import { state } from './state.js';
import { machineFacts, renderTables } from './table.js';

const BENCHMARKS: readonly Benchmark[] = [noOp, firstApply, langchain, churn, memory, records, drift, state];
const ROUNDS = 5;
const QUICK = 0.05;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  say(usage());
} else {
  const chosen = choose(values.only);
  const rounds = values.rounds === undefined ? (values.quick ? 1 : ROUNDS) : Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new TypeError('--rounds: a number from 1');
  if (values.quick && values.write) throw new TypeError('--quick figures are not for the page');
  const minutes = chosen.reduce((sum, one) => sum + one.minutes, 0);
  say(
    values.quick
      ? 'quick: small and once, to see that everything runs; the figures mean nothing'
      : `about ${Math.ceil((minutes * rounds) / ROUNDS)} minutes on two quiet cores`,
  );
  for (const benchmark of chosen) {
    say(`${benchmark.name}: ${benchmark.about}`);
    const scale = values.quick ? QUICK : 1;
    const tables = await benchmark.run({ rounds, scale, full: values.full, say: (line) => say(`  ${line}`) });
    if (tables.length === 0) continue;
    const exact = benchmark.exact ? undefined : rounds;
    const section = `${renderTables(tables, values.markdown || values.write)}\n\n${machineFacts(gitVersion(), exact)}`;
    process.stdout.write(`${section}\n\n`);
    if (values.write) writeSection(benchmark.name, section);
  }
}

function choose(only: string | undefined): readonly Benchmark[] {
  if (only === undefined) return BENCHMARKS;
  return only.split(',').map((name) => {
    const found = BENCHMARKS.find((one) => one.name === name);
    if (found === undefined) throw new TypeError(`--only: no benchmark ${name}\n${usage()}`);
    return found;
  });
}

function usage(): string {
  return [
    'npm run bench -- [--only NAME,...] [--rounds N] [--quick] [--full] [--markdown] [--write]',
    ...BENCHMARKS.map(({ name, about, minutes }) => `  ${name.padEnd(12)} ${about} (${minutes} min)`),
    '  --markdown   tables as Markdown; --write also puts them into docs/performance.md',
    '  --quick      small and once, to see that everything runs',
    '  --full       also a million records: most of an hour, and 3 GB of temporary files',
  ].join('\n');
}

function gitVersion(): string {
  return execFileSync('git', ['--version'], { encoding: 'utf8' }).trim().replace('git version ', 'git ');
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
