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
  readonly cpuSeconds: number;
  readonly embedded: number;
  readonly upserted: number;
  readonly relabelled: number;
  readonly deleted: number;
}

export const langchain: Benchmark = {
  name: 'langchain',
  about: `index 22,000 chunks, again, and after an edit of ${EDITED} documents, against LangChain JS index()`,
  minutes: 6,
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
  const ours = stepsOf();
  const theirs = stepsOf();
  const incremental: Done[] = [];
  // LangChain's clock counts whole seconds: two runs within one would not see each other.
  const nextSecond = (): Promise<void> => sleep(1100);
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`);
    const contenders: readonly [string, Record<Step, Done[]>, (chroma: TestChroma) => Promise<Done>][] = [
      ['ingest', ours, (chroma) => applyOnce(workspace, chroma)],
      ['LangChain', theirs, (chroma) => indexOnce(workspace, chroma, 'full', round)],
    ];
    for (const [name, seen, run] of contenders) {
      original();
      workspace.forgetAll();
      await withChroma(async (chroma) => {
        for (const step of STEPS) {
          if (step === 'edited') edit();
          const found = await run(chroma);
          seen[step].push(found);
          say(
            `${name}, ${TITLES[step]}: ${found.seconds.toFixed(1)} s, ${found.cpuSeconds.toFixed(1)} s of processor`,
          );
          await nextSecond();
        }
        if (seen === theirs) incremental.push(await indexOnce(workspace, chroma, 'incremental', round));
      });
    }
  }
  return [timesTable(ours, theirs), countsTable(ours, theirs, incremental)];
}

type Seen = Readonly<Record<Step, readonly Done[]>>;

function stepsOf(): Record<Step, Done[]> {
  return { first: [], unchanged: [], edited: [] };
}

const TITLES: Readonly<Record<Step, string>> = {
  first: 'first run',
  unchanged: 'nothing changed',
  edited: `${EDITED} documents edited`,
};

function timesTable(ours: Seen, theirs: Seen): Table {
  const seconds = (runs: readonly Done[]): number[] => runs.map((run) => run.seconds);
  const peak = (runs: readonly Done[]): string => spread(runs.map((run) => run.mebibytes));
  return {
    caption: `Seconds of the whole process, against LangChain JS (core ${peerVersion('@langchain/core')})`,
    head: ['step', '`ingest apply`', '`index()`', 'ratio', 'peak MiB', 'peak MiB of `index()`'],
    rows: STEPS.map((step) => [
      TITLES[step],
      spread(seconds(ours[step])),
      spread(seconds(theirs[step])),
      spread(ratios(seconds(ours[step]), seconds(theirs[step]))),
      peak(ours[step]),
      peak(theirs[step]),
    ]),
  };
}

function countsTable(ours: Seen, theirs: Seen, incremental: readonly Done[]): Table {
  const row = (step: string, who: string, [run]: readonly Done[]): string[] => {
    const counts = [run?.embedded, run?.upserted, run?.relabelled, run?.deleted];
    return [step, who, ...counts.map((count) => (count ?? 0).toLocaleString('en'))];
  };
  return {
    caption: 'What each step embeds and writes, in chunks',
    head: ['step', 'who', 'embedded', 'upserted', 'metadata only', 'deleted'],
    rows: [
      ...STEPS.flatMap((step) => [
        row(TITLES[step], '`ingest apply`', ours[step]),
        row(TITLES[step], '`index()`', theirs[step]),
      ]),
      row(TITLES.unchanged, '`index()`, incremental', incremental),
    ],
  };
}

async function applyOnce(workspace: BenchWorkspace, chroma: TestChroma): Promise<Done> {
  const run = await workspace.apply(chroma);
  return done(run, figuresOf(run));
}

async function indexOnce(
  workspace: BenchWorkspace,
  { url }: TestChroma,
  cleanup: 'full' | 'incremental',
  round: number,
): Promise<Done> {
  const options = {
    docs: workspace.docs,
    url,
    collection: 'langchain',
    records: join(workspace.files.root, `records-${round}.db`),
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

function done({ seconds, mebibytes, cpuSeconds }: Measured, figures: Omit<ApplyFigures, 'outcome'>): Done {
  const { embedded, upserted, relabelled, deleted } = figures;
  return { seconds, mebibytes, cpuSeconds, embedded, upserted, relabelled, deleted };
}
