/**
 * First, unchanged and edited: the program against LangChain JS index() (its Chroma store, its record manager in
 * SQLite, its Markdown splitter at the same size) over the same files, with the same embeddings.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestChroma } from '../support/chroma.js';
import type { Benchmark, BenchOptions, Table } from './benchmark.js';
import { DIMENSIONS, DOCUMENTS } from './first-apply.js';
import { edited, generatedDoc, range, writeDocs } from './generated-docs.js';
import { type Measured, measureCommand, ratios, spread } from './measure.js';
import { LEXICAL_HASH } from './models.js';
import { installPeers, peerScript, peerVersion } from './peers.js';
import { type ApplyFigures, BenchWorkspace, figuresOf, withChroma } from './workspace.js';

const EDITED = 10;

type Step = 'first' | 'unchanged' | 'edited';
const STEPS: readonly Step[] = ['first', 'unchanged', 'edited'];

/** What a contender did in one step; the counts are the same in every round. */
interface Done {
  readonly seconds: number;
  readonly mebibytes: number;
  readonly embedded: number;
  readonly upserted: number;
  readonly relabelled: number;
  readonly deleted: number;
}

export const langchain: Benchmark = {
  name: 'langchain',
  about: `index 22,000 chunks, again, and after an edit of ${EDITED} documents, against LangChain JS index()`,
  minutes: 8,
  run: async (options) => {
    installPeers(options.say);
    const running = await LEXICAL_HASH.start(DIMENSIONS);
    const workspace = new BenchWorkspace({ embedding: running.embedding });
    try {
      return await race(workspace, options);
    } finally {
      await workspace.dispose();
    }
  },
};

async function race(
  workspace: BenchWorkspace,
  { rounds, scale, say }: BenchOptions,
): Promise<readonly Table[]> {
  const documents = Math.round(DOCUMENTS * scale);
  const original = (): void => writeDocs(workspace.docs, range(documents, generatedDoc));
  const edit = (): void =>
    writeDocs(
      workspace.docs,
      range(EDITED, (index) => edited(generatedDoc(Math.floor((index * documents) / EDITED)))),
    );
  const seen: Record<'ours' | 'full' | 'incremental', Record<Step, Done[]>> = {
    ours: { first: [], unchanged: [], edited: [] },
    full: { first: [], unchanged: [], edited: [] },
    incremental: { first: [], unchanged: [], edited: [] },
  };
  for (let round = 1; round <= rounds; round++) {
    for (const name of ['ours', 'full', 'incremental'] as const) {
      say(`round ${round} of ${rounds}: ${name === 'ours' ? 'ingest' : `LangChain, cleanup ${name}`}`);
      original();
      workspace.forgetAll();
      const records = join(workspace.files.root, `records-${name}-${round}.db`);
      await withChroma(async (chroma) => {
        for (const step of STEPS) {
          if (step === 'edited') edit();
          const done =
            name === 'ours'
              ? await applyOnce(workspace, chroma)
              : await indexOnce(workspace, chroma, records, name);
          seen[name][step].push(done);
          say(`  ${step}: ${JSON.stringify(done)}`);
          // LangChain's clock counts whole seconds: two runs within one would not see each other.
          await sleep(1100);
        }
      });
    }
  }
  return [timesTable(seen), countsTable(seen)];
}

type Seen = Readonly<Record<'ours' | 'full' | 'incremental', Readonly<Record<Step, readonly Done[]>>>>;

const TITLES: Readonly<Record<Step, string>> = {
  first: 'first run',
  unchanged: 'nothing changed',
  edited: `${EDITED} documents edited`,
};

function timesTable(seen: Seen): Table {
  const seconds = (runs: readonly Done[]): number[] => runs.map((run) => run.seconds);
  return {
    caption: `Seconds of the whole process, against LangChain JS (core ${peerVersion('@langchain/core')}), \`cleanup\` full`,
    head: ['step', '`ingest apply`', '`index()`', 'ratio', 'peak MiB', 'peak MiB of `index()`'],
    rows: STEPS.map((step) => {
      const ours = seen.ours[step];
      const theirs = seen.full[step];
      return [
        TITLES[step],
        spread(seconds(ours)),
        spread(seconds(theirs)),
        spread(ratios(seconds(ours), seconds(theirs))),
        spread(ours.map((run) => run.mebibytes)),
        spread(theirs.map((run) => run.mebibytes)),
      ];
    }),
  };
}

function countsTable(seen: Seen): Table {
  const counts = (name: keyof Seen, step: Step): string[] => {
    const [run] = seen[name][step];
    return [run?.embedded, run?.upserted, run?.relabelled, run?.deleted].map((n) =>
      (n ?? 0).toLocaleString('en'),
    );
  };
  const names = {
    ours: '`ingest apply`',
    full: '`index()`, full',
    incremental: '`index()`, incremental',
  } as const;
  return {
    caption: 'What each step embeds and writes, in chunks',
    head: ['step', 'who', 'embedded', 'upserted', 'metadata only', 'deleted'],
    rows: STEPS.flatMap((step) =>
      (['ours', 'full', 'incremental'] as const).map((name) => [
        TITLES[step],
        names[name],
        ...counts(name, step),
      ]),
    ),
  };
}

async function applyOnce(workspace: BenchWorkspace, chroma: TestChroma): Promise<Done> {
  const run = await workspace.apply(chroma);
  return done(run, figuresOf(run));
}

async function indexOnce(
  workspace: BenchWorkspace,
  { url }: TestChroma,
  records: string,
  cleanup: 'full' | 'incremental',
): Promise<Done> {
  const options = {
    docs: workspace.docs,
    url,
    collection: 'langchain',
    records,
    dimensions: DIMENSIONS,
    cleanup,
  };
  const run = await measureCommand(
    process.execPath,
    [peerScript('langchain-index'), JSON.stringify(options)],
    { cwd: workspace.files.root },
  );
  return done(run, { relabelled: 0, ...(JSON.parse(run.stdout) as Omit<ApplyFigures, 'relabelled'>) });
}

function done({ seconds, mebibytes }: Measured, figures: Omit<ApplyFigures, 'outcome'>): Done {
  const { embedded, upserted, relabelled, deleted } = figures;
  return { seconds, mebibytes, embedded, upserted, relabelled, deleted };
}
