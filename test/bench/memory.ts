/** Peak memory of plan and apply, at two sizes: flat in the number of documents is what is promised. */
import type { Benchmark, BenchOptions, Table } from './benchmark.js';
import { range, shortDoc, writeDocs } from './generated-docs.js';
import { type Measured, measureProgram, spread } from './measure.js';
import { BenchWorkspace, figuresOf, withChroma } from './workspace.js';

const SIZES = [2000, 20_000];

export const memory: Benchmark = {
  name: 'memory',
  about: 'peak memory of plan and apply at 2,000 and 20,000 documents',
  minutes: 4,
  run: async (options) => {
    const rows: string[][] = [];
    for (const size of SIZES) rows.push(await measure(size, options));
    const table: Table = {
      caption: 'Peak resident memory of the process, MiB; one chunk a document, 384 dimensions',
      head: ['documents', '`--version`', 'plan, all new', 'first apply', 'plan, nothing changed'],
      rows,
    };
    return [table];
  },
};

async function measure(size: number, { rounds, scale, say }: BenchOptions): Promise<string[]> {
  const documents = Math.round(size * scale);
  const workspace = new BenchWorkspace({ embedding: '{ provider: lexical-hash, dimensions: 384 }' });
  const peaks: Record<'start' | 'plan' | 'apply' | 'noop', number[]> = {
    start: [],
    plan: [],
    apply: [],
    noop: [],
  };
  const note = (name: keyof typeof peaks, { mebibytes }: Measured): void => {
    peaks[name].push(mebibytes);
  };
  try {
    writeDocs(workspace.docs, range(documents, shortDoc));
    for (let round = 1; round <= rounds; round++) {
      say(`${documents} documents: round ${round} of ${rounds}`);
      workspace.forgetAll();
      await withChroma(async (chroma) => {
        note('start', await measureProgram(['--version'], { cwd: workspace.files.root }));
        note('plan', await workspace.plan(chroma));
        const first = await workspace.apply(chroma);
        figuresOf(first);
        note('apply', first);
        note('noop', await workspace.plan(chroma));
      });
    }
    return [
      documents.toLocaleString('en'),
      spread(peaks.start),
      spread(peaks.plan),
      spread(peaks.apply),
      spread(peaks.noop),
    ];
  } finally {
    await workspace.dispose();
  }
}
