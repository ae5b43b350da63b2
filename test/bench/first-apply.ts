/** A first apply against the slower of its two parts: what is not embedding or upserting should hide behind them. */
import type { Benchmark, BenchOptions, Table } from './benchmark.js';
import { generatedDoc, range, writeDocs } from './generated-docs.js';
import { ratios, spread } from './measure.js';
import { HTTP_MODEL, LEXICAL_HASH, type Model } from './models.js';
import { countRecords, embedSeconds, type RecordBatch, readRecords, upsertSeconds } from './parts.js';
import { BenchWorkspace, figuresOf, withChroma } from './workspace.js';

export const DOCUMENTS = 2200;
export const DIMENSIONS = 384;

export const firstApply: Benchmark = {
  name: 'first-apply',
  about: 'a first apply of 22,000 chunks against embedding alone and raw upserts of the same records',
  minutes: 8,
  run: async (options) => {
    const rows: string[][] = [];
    for (const model of [LEXICAL_HASH, HTTP_MODEL]) rows.push(await race(model, options));
    const table: Table = {
      caption: `First apply, seconds; ${DIMENSIONS} dimensions, a server of its own for each`,
      head: ['embedding', 'chunks', 'apply', 'embed alone', 'upsert alone', 'apply / slower', 'apply / sum'],
      rows,
    };
    return [table];
  },
};

async function race(model: Model, { rounds, scale, say }: BenchOptions): Promise<string[]> {
  const running = await model.start(DIMENSIONS);
  const workspace = new BenchWorkspace({ embedding: running.embedding });
  try {
    writeDocs(workspace.docs, range(Math.round(DOCUMENTS * scale), generatedDoc));
    const apply: number[] = [];
    const embed: number[] = [];
    const upsert: number[] = [];
    let records: readonly RecordBatch[] = [];
    for (let round = 1; round <= rounds; round++) {
      say(`${model.title}: round ${round} of ${rounds}`);
      workspace.forgetAll();
      await withChroma(async (chroma) => {
        const first = await workspace.apply(chroma);
        figuresOf(first);
        apply.push(first.seconds);
        if (round === 1) records = await readRecords(chroma);
      });
      embed.push(await embedSeconds(workspace, records));
      upsert.push(await withChroma((chroma) => upsertSeconds(chroma, records)));
      const [a, e, u] = [apply, embed, upsert].map((found) => found.at(-1)?.toFixed(1));
      say(`apply ${a} s, embed ${e} s, upsert ${u} s`);
    }
    const slower = embed.map((seconds, round) => Math.max(seconds, upsert[round] ?? 0));
    const sum = embed.map((seconds, round) => seconds + (upsert[round] ?? 0));
    return [
      model.title,
      countRecords(records).toLocaleString('en'),
      spread(apply),
      spread(embed),
      spread(upsert),
      spread(ratios(apply, slower)),
      spread(ratios(apply, sum)),
    ];
  } finally {
    await workspace.dispose();
    await running.stop();
  }
}
