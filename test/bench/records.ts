/** Peak memory and time of a first plan of JSON lines, up to a million: flat in the number of records is what is promised. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Benchmark, BenchOptions, Table } from './benchmark.js';
import { range, shortDoc } from './generated-docs.js';
import { type Measured, measureProgram, spread } from './measure.js';
import { BenchWorkspace } from './workspace.js';

const SIZES = [10_000, 100_000, 1_000_000];
/** Coprime to every size, so that keys come in no order and none comes twice. */
const STRIDE = 7919;

export const records: Benchmark = {
  name: 'records',
  about: 'peak memory and time of a first plan of up to 1,000,000 JSON lines',
  minutes: 25,
  run: async (options) => {
    const rows: string[][] = [];
    for (const size of SIZES) rows.push(await measure(Math.round(size * options.scale), options));
    const table: Table = {
      caption: 'First plan of one file of JSON lines, keys in no order, no Chroma yet; one chunk a record',
      head: ['records', 'peak resident memory, MiB', 'seconds', 'processor seconds a thousand records'],
      rows,
    };
    return [table];
  },
};

async function measure(count: number, { rounds, say }: BenchOptions): Promise<string[]> {
  const workspace = new BenchWorkspace({ embedding: '{ provider: lexical-hash, dimensions: 384 }' });
  try {
    workspace.files.manifest(
      [
        'apiVersion: ingest/v1',
        'kind: Index',
        'metadata: { manifest_id: bench }',
        'environments: { bench: { chroma: embedded } }',
        'embedding: { provider: lexical-hash, dimensions: 384 }',
        'sources: [{ id: records, type: jsonl, path: ../records.jsonl, key: id, text: [body], metadata_from: [state] }]',
        '',
      ].join('\n'),
    );
    await writeRecords(workspace.files.path('records.jsonl'), count);
    const found: Measured[] = [];
    for (let round = 1; round <= rounds; round++) {
      say(`${count} records: round ${round} of ${rounds}`);
      workspace.forgetAll();
      found.push(await measureProgram(['plan'], { cwd: workspace.files.root }));
    }
    return [
      count.toLocaleString('en'),
      spread(found.map(({ mebibytes }) => mebibytes)),
      spread(found.map(({ seconds }) => seconds)),
      spread(found.map(({ cpuSeconds }) => (cpuSeconds * 1000) / count)),
    ];
  } finally {
    await workspace.dispose();
  }
}

async function writeRecords(file: string, count: number): Promise<void> {
  const out = createWriteStream(file);
  for (const { index, text } of range(count, (index) => ({ index, text: shortDoc(index).text }))) {
    const id = `T-${String((index * STRIDE) % count).padStart(7, '0')}`;
    const line = JSON.stringify({ id, body: text.slice(0, 300), state: index % 2 === 0 ? 'open' : 'closed' });
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}
