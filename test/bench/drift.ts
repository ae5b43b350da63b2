/** `ingest drift` of a large collection, beside the cost of listing its ids alone. */
import { fileURLToPath } from 'node:url';
import type { TestChroma } from '../support/chroma.js';
import type { Benchmark, BenchOptions, Table } from './benchmark.js';
import { generatedDoc, range, writeDocs } from './generated-docs.js';
import { type Measured, measureCommand, measureProgram, ratios, spread } from './measure.js';
import { BenchWorkspace, COLLECTION, figuresOf, withChroma } from './workspace.js';

/** About ten chunks each. */
const DOCUMENTS = 10_000;
const LIST = fileURLToPath(new URL('./peers/list-ids.mjs', import.meta.url));

const WAYS = [
  ['drift at counts', ['--verify', 'counts']],
  ['drift at ids', ['--verify', 'ids']],
  ['drift, a sample of 1,000 at ids', ['--sample', '1000', '--seed', 'bench']],
  ['drift, a sample of 1,000 at content', ['--sample', '1000', '--seed', 'bench', '--verify', 'content']],
] as const;

export const drift: Benchmark = {
  name: 'drift',
  about: 'drift of 100,000 records against listing their ids',
  minutes: 8,
  run: async (options) => {
    const workspace = new BenchWorkspace({ embedding: '{ provider: lexical-hash, dimensions: 64 }' });
    try {
      writeDocs(workspace.docs, range(Math.round(DOCUMENTS * options.scale), generatedDoc));
      return await withChroma(async (chroma) => {
        options.say('the first apply, not measured');
        const { upserted } = figuresOf(await workspace.apply(chroma));
        return [await compare(workspace, chroma, upserted, options)];
      });
    } finally {
      await workspace.dispose();
    }
  },
};

async function compare(
  workspace: BenchWorkspace,
  chroma: TestChroma,
  records: number,
  { rounds, say }: BenchOptions,
): Promise<Table> {
  const options = { cwd: workspace.files.root, env: { CHROMA_URL: chroma.url } };
  const found = new Map<string, Measured[]>();
  const note = (name: string, measured: Measured): void => {
    found.set(name, [...(found.get(name) ?? []), measured]);
  };
  for (let round = 1; round <= rounds; round++) {
    say(`${records} records: round ${round} of ${rounds}`);
    const listed = await measureCommand(process.execPath, [LIST, chroma.url, COLLECTION], options);
    if (Number(listed.stdout) !== records) throw new Error(`${listed.stdout.trim()} listed of ${records}`);
    note(IDS, listed);
    for (const [name, args] of WAYS) note(name, await measureProgram(['drift', '--json', ...args], options));
  }
  const seconds = (name: string): number[] => (found.get(name) ?? []).map((one) => one.seconds);
  return {
    caption: `Drift of ${records.toLocaleString('en')} records of 64 dimensions, the whole process`,
    head: ['what', 'seconds', 'of listing the ids', 'peak memory, MiB'],
    rows: [...found].map(([name, all]) => [
      name,
      spread(seconds(name)),
      name === IDS ? '' : spread(ratios(seconds(name), seconds(IDS))),
      spread(all.map((one) => one.mebibytes)),
    ]),
  };
}

const IDS = 'listing the ids, by the client alone';
