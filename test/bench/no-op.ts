/** `ingest plan` that finds nothing to do, against `git status` on the same tree. */
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { TestChroma } from '../support/chroma.js';
import type { Benchmark, BenchOptions, Table } from './benchmark.js';
import { checkOut, corpora, git } from './corpus.js';
import { range, shortDoc, writeDocs } from './generated-docs.js';
import { inRounds, measureCommand, measureProgram, ratios, spread } from './measure.js';
import { assertNoChanges, BenchWorkspace, figuresOf, withChroma } from './workspace.js';

const FILES = 20_000;
/** Small vectors: none is computed or sent in what is measured. */
const EMBEDDING = '{ provider: lexical-hash, dimensions: 64 }';

export const noOp: Benchmark = {
  name: 'noop',
  about: 'a plan that finds nothing to do against `git status` on the same tree',
  minutes: 3,
  run: async (options) => {
    const rows: string[][] = [];
    const [vue] = corpora();
    if (vue === undefined) options.say('no corpus here: the generated tree only');
    else rows.push(...(await raceOn(vue.name, options, (folder) => checkOut(vue, folder))));
    const count = Math.round(FILES * options.scale);
    rows.push(...(await raceOn('generated', options, (folder) => generateRepository(folder, count))));
    const table: Table = {
      caption: 'No-op plan, seconds of the whole process',
      head: ['tree', 'files', 'case', '`ingest plan`', '`git status`', 'ratio'],
      rows,
    };
    return [table];
  },
};

function generateRepository(folder: string, count: number): void {
  writeDocs(folder, range(count, shortDoc));
  git(folder, 'init', '-q');
  git(folder, 'add', '.');
  git(folder, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', 'commit', '-q', '-m', 'generated');
}

async function raceOn(
  name: string,
  { rounds, say }: BenchOptions,
  fill: (folder: string) => void,
): Promise<string[][]> {
  const workspace = new BenchWorkspace({ embedding: EMBEDDING });
  try {
    fill(workspace.docs);
    const files = filesBelow(workspace.docs);
    say(`${name}: ${files.length} files; the first apply, not measured`);
    return await withChroma(async (chroma) => {
      figuresOf(await workspace.apply(chroma));
      const rows: string[][] = [];
      for (const { title, ours, theirs } of cases(workspace.docs, files, () => workspace.forgetStats())) {
        say(`${name}: ${title}`);
        const found = await inRounds(rounds, {
          plan: () => planSeconds(workspace, chroma, ours),
          git: () => statusSeconds(workspace.docs, theirs),
        });
        rows.push([
          name,
          files.length.toLocaleString('en'),
          title,
          spread(found.plan),
          spread(found.git),
          spread(ratios(found.plan, found.git)),
        ]);
      }
      const start = await inRounds(rounds, {
        start: async () => (await measureProgram(['--version'], { cwd: workspace.files.root })).seconds,
      });
      rows.push([
        name,
        files.length.toLocaleString('en'),
        'start of the program',
        spread(start.start),
        '',
        '',
      ]);
      return rows;
    });
  } finally {
    await workspace.dispose();
  }
}

interface Case {
  readonly title: string;
  readonly ours: () => void;
  readonly theirs: () => void;
}

function cases(docs: string, files: readonly string[], forgetStats: () => void): readonly Case[] {
  let touched = 0;
  const touch = (): void => {
    const time = 1_700_000_000 + ++touched;
    for (const file of files) utimesSync(file, time, time);
  };
  return [
    { title: 'warm', ours: () => {}, theirs: () => {} },
    { title: 'no stat cache', ours: forgetStats, theirs: () => git(docs, 'read-tree', 'HEAD') },
    { title: 'every stat new (CI)', ours: touch, theirs: touch },
  ];
}

async function planSeconds(
  workspace: BenchWorkspace,
  chroma: TestChroma,
  before: () => void,
): Promise<number> {
  before();
  const plan = await workspace.plan(chroma);
  assertNoChanges(plan);
  return plan.seconds;
}

async function statusSeconds(docs: string, before: () => void): Promise<number> {
  before();
  const status = await measureCommand('git', ['status', '--porcelain'], { cwd: docs });
  if (status.stdout !== '') throw new Error(`git status was to be clean: ${status.stdout.slice(0, 200)}`);
  return status.seconds;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes(join(folder, '.git')));
}
