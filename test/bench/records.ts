/**
 * Peak memory and time of plans of JSON lines, up to a million: of a first one, in which all is new, and of one that
 * finds nothing to do. Flat memory is what is promised, and time in proportion.
 */
import { once } from 'node:events';
import { createWriteStream, statSync } from 'node:fs';
import type { TestChroma } from '../support/chroma.js';
import { Workspace } from '../support/ingest-cli.js';
import type { Benchmark, BenchOptions, Table } from './benchmark.js';
import { range, shortDoc } from './generated-docs.js';
import { type CommandOptions, type Measured, measureProgram, spread } from './measure.js';
import { recordEverything } from './recorded-records.js';
import { assertNoChanges, COLLECTION, figuresOf, withChroma } from './workspace.js';

const SIZES = [10_000, 100_000];
const MILLION = 1_000_000;
/** Records that are applied before the rest is put into the state. */
const FEW = 1000;
/** Coprime to every size, so that keys come in no order and none comes twice. */
const STRIDE = 7919;
const FILE = 'records.jsonl';
const APPLY = ['apply', '--auto-approve', '--json'];

const COSTS = ['peak resident memory, MiB', 'processor seconds', 'seconds'];

export const records: Benchmark = {
  name: 'records',
  about: 'peak memory and time of plans of 100,000 JSON lines, new and recorded; --full: of 1,000,000',
  minutes: 30,
  run: async (options) => {
    const sizes = (options.full ? [...SIZES, MILLION] : SIZES).map((size) =>
      Math.round(size * options.scale),
    );
    const first: string[][] = [];
    for (const size of sizes) first.push(await firstPlan(size, options));
    const nothing: string[][] = [];
    for (const size of sizes) if (size < MILLION) nothing.push(await planOfApplied(size, options));
    for (const size of sizes) nothing.push(await planOfRecorded(size, options));
    return [
      {
        caption: 'First plan of one file of JSON lines, keys in no order, no Chroma yet; one chunk a record',
        head: ['records', 'input, MB', 'plan as JSON, MB', ...COSTS],
        rows: first,
      },
      {
        caption: 'The same file again: a plan that finds nothing to do',
        head: ['records', 'recorded by', 'verified', ...COSTS],
        rows: nothing,
      },
    ] satisfies Table[];
  },
};

/** Without a Chroma: there is none to be looked at before the first apply. */
async function firstPlan(count: number, { rounds, say }: BenchOptions): Promise<string[]> {
  const files = workspace('embedded');
  try {
    await writeRecords(files.path(FILE), count);
    const found: Measured[] = [];
    for (let round = 1; round <= rounds; round++) {
      say(`${count} records, all new: round ${round} of ${rounds}`);
      found.push(await measureProgram(['plan', '--json'], { cwd: files.root, discard: true }));
    }
    const input = statSync(files.path(FILE)).size / 1e6;
    const printed = spread(found.map((one) => one.printed / 1e6));
    return [shown(count), input.toFixed(1), printed, ...costs(found)];
  } finally {
    await files.dispose();
  }
}

/** As a user has it: what live says is asked for as well. */
function planOfApplied(count: number, options: BenchOptions): Promise<string[]> {
  return inFiles(async (files, at) => {
    await writeRecords(files.path(FILE), count);
    options.say(`${count} records: the first apply, not measured`);
    figuresOf(await measureProgram(APPLY, at));
    return [shown(count), 'an apply', 'counts', ...(await planNothing(count, at, options))];
  });
}

/** So many that to write them into Chroma would take hours: a few are applied, the state is told of the rest. */
function planOfRecorded(count: number, options: BenchOptions): Promise<string[]> {
  return inFiles(async (files, at) => {
    await writeRecords(files.path(FILE), count, Math.min(count, FEW));
    figuresOf(await measureProgram(APPLY, at));
    await writeRecords(files.path(FILE), count);
    options.say(`${count} records: putting them into the state, not measured`);
    const put = await recordEverything(files.root, { ...process.env, ...at.env });
    if (put !== count) throw new Error(`${put} of ${count} records were put`);
    const found = await planNothing(count, at, options, '--verify', 'off');
    return [shown(count), 'the writer of the state', 'off', ...found];
  });
}

async function planNothing(
  count: number,
  at: CommandOptions,
  { rounds, say }: BenchOptions,
  ...flags: readonly string[]
): Promise<string[]> {
  const found: Measured[] = [];
  for (let round = 1; round <= rounds; round++) {
    say(`${count} records, nothing to do: round ${round} of ${rounds}`);
    const measured = await measureProgram(['plan', '--json', ...flags], at);
    assertNoChanges(measured);
    found.push(measured);
  }
  return costs(found);
}

async function inFiles<T>(use: (files: Workspace, at: CommandOptions) => Promise<T>): Promise<T> {
  const files = workspace('{ url: "$' + '{CHROMA_URL}" }');
  try {
    return await withChroma((chroma: TestChroma) =>
      use(files, { cwd: files.root, env: { CHROMA_URL: chroma.url } }),
    );
  } finally {
    await files.dispose();
  }
}

function workspace(chroma: string): Workspace {
  const files = new Workspace();
  files.manifest(
    [
      'apiVersion: ingest/v1',
      'kind: Index',
      `metadata: { manifest_id: ${COLLECTION} }`,
      `environments: { bench: { chroma: ${chroma} } }`,
      'embedding: { provider: lexical-hash, dimensions: 64 }',
      `sources: [{ id: records, type: jsonl, path: ../${FILE}, key: id, text: [body], metadata_from: [state] }]`,
      '',
    ].join('\n'),
  );
  return files;
}

/** The first `written` of `count` records, which are the same whatever `written` is. */
async function writeRecords(file: string, count: number, written = count): Promise<void> {
  const out = createWriteStream(file);
  for (const { index, text } of range(written, (index) => ({ index, text: shortDoc(index).text }))) {
    const id = `T-${String((index * STRIDE) % count).padStart(7, '0')}`;
    const line = JSON.stringify({ id, body: text.slice(0, 300), state: index % 2 === 0 ? 'open' : 'closed' });
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}

function shown(count: number): string {
  return count.toLocaleString('en');
}

function costs(found: readonly Measured[]): string[] {
  const of = (cost: (one: Measured) => number): string => spread(found.map(cost));
  return [of((one) => one.mebibytes), of((one) => one.cpuSeconds), of((one) => one.seconds)];
}
