/** What a state of many documents costs: putting it together from live again, and asking for one document's story. */
import { fileURLToPath } from 'node:url';
import type { TestChroma } from '../support/chroma.js';
import type { Benchmark, BenchOptions, Table } from './benchmark.js';
import { range, shortDoc, writeDocs } from './generated-docs.js';
import { type Measured, measureCommand, measureProgram, ratios, spread } from './measure.js';
import { BenchWorkspace, COLLECTION, figuresOf, withChroma } from './workspace.js';

/** One chunk each. */
const DOCUMENTS = 100_000;
const LIST = fileURLToPath(new URL('./peers/list-ids.mjs', import.meta.url));
const READ = fileURLToPath(new URL('./peers/read-records.mjs', import.meta.url));

export const state: Benchmark = {
  name: 'state',
  about: 'state rebuild and diagnose of 100,000 documents',
  minutes: 20,
  run: async (options) => {
    const workspace = new BenchWorkspace({ embedding: '{ provider: lexical-hash, dimensions: 64 }' });
    try {
      const documents = Math.round(DOCUMENTS * options.scale);
      writeDocs(workspace.docs, range(documents, shortDoc));
      return await withChroma(async (chroma) => {
        options.say('the first apply, not measured');
        figuresOf(await workspace.apply(chroma));
        return [
          await rebuild(workspace, chroma, documents, options),
          await diagnose(workspace, chroma, documents, options),
        ];
      });
    } finally {
      await workspace.dispose();
    }
  },
};

async function rebuild(
  workspace: BenchWorkspace,
  chroma: TestChroma,
  records: number,
  { rounds, say }: BenchOptions,
): Promise<Table> {
  const options = { cwd: workspace.files.root, env: { CHROMA_URL: chroma.url } };
  const all = new Map<string, Measured[]>();
  for (let round = 1; round <= rounds; round++) {
    say(`rebuild of ${records} records: round ${round} of ${rounds}`);
    note(all, IDS, await measureCommand(process.execPath, [LIST, chroma.url, COLLECTION], options));
    note(all, RECORDS, await measureCommand(process.execPath, [READ, chroma.url, COLLECTION], options));
    const args = ['state', 'rebuild', '--state', `rebuilt-${round}`, '--json'];
    const rebuilt = await measureProgram(args, options);
    const { indexes } = JSON.parse(rebuilt.stdout) as { indexes: { documents: number; partial: number }[] };
    if (indexes[0]?.documents !== records || indexes[0].partial > 0) throw new Error(rebuilt.stdout);
    note(all, 'state rebuild', rebuilt);
  }
  return tableOf(
    `State rebuild of ${records.toLocaleString('en')} records of as many documents`,
    all,
    RECORDS,
  );
}

async function diagnose(
  workspace: BenchWorkspace,
  chroma: TestChroma,
  documents: number,
  { rounds, say }: BenchOptions,
): Promise<Table> {
  const options = { cwd: workspace.files.root, env: { CHROMA_URL: chroma.url } };
  const uri = `docs/${shortDoc(Math.floor(documents / 2)).path}`;
  const all = new Map<string, Measured[]>();
  const journal = await measureProgram(['journal'], options);
  const events = journal.stdout.split('\n').length - 1;
  for (let round = 1; round <= rounds; round++) {
    say(`diagnose: round ${round} of ${rounds}`);
    note(all, SHOW, await measureProgram(['state', 'show', uri, '--json'], options));
    note(all, 'diagnose', await measureProgram(['diagnose', uri, '--json'], options));
  }
  const what = `One of ${documents.toLocaleString('en')} documents, ${events.toLocaleString('en')} events in the journal`;
  return tableOf(what, all, SHOW);
}

const IDS = 'listing the ids, by the client alone';
const RECORDS = 'reading all records, by the client alone';
const SHOW = 'state show';

function note(all: Map<string, Measured[]>, name: string, measured: Measured): void {
  all.set(name, [...(all.get(name) ?? []), measured]);
}

function tableOf(what: string, all: ReadonlyMap<string, readonly Measured[]>, base: string): Table {
  const seconds = (name: string): number[] => (all.get(name) ?? []).map((one) => one.seconds);
  return {
    caption: `${what}, the whole process`,
    head: ['what', 'seconds', `of ${base}`, 'peak memory, MiB'],
    rows: [...all].map(([name, measured]) => [
      name,
      spread(seconds(name)),
      name === base ? '' : spread(ratios(seconds(name), seconds(base))),
      spread(measured.map((one) => one.mebibytes)),
    ]),
  };
}
