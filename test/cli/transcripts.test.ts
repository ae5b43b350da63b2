/** Transcripts from plan to query on a real Chroma: times are evidence beside the text, and cost no embedding. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryResult } from '../../src/domain/query.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { parseJson } from '../support/ingest-cli.js';
import { changesOf, gist, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

const COUNT = 60;
const clock = (seconds: number): string =>
  `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}.000`;

/** Sixty cues of ten seconds, `later` seconds after the usual. */
function call({ later = 0, edit = -1 } = {}): string {
  const cues = Array.from({ length: COUNT }, (_, i) => {
    const words = `Topic ${i} is what matter number ${i * 13} was about, said in full.`;
    const who = i % 6 < 3 ? 'Ana' : 'Ben';
    const said = i === edit ? `${words} And falcons nest on ledges.` : words;
    return `${clock(i * 10 + later)} --> ${clock(i * 10 + 9 + later)}\n<v ${who}>${said}\n`;
  });
  return ['WEBVTT\n', ...cues].join('\n');
}

beforeAll(async () => {
  chroma = await startTestChroma();
  project = new Project(chroma.url, true);
  project.manifest({
    sources: { calls: ['type: transcript', 'root: ../docs', 'metadata: { line: support }'] },
    more: ['chunking: { max_chars: 400, min_chars: 80 }'],
  });
  project.doc('monday.vtt', call());
});
afterAll(async () => {
  await project.dispose();
  await chroma.stop();
});

async function records() {
  const { ids, metadatas, documents } = await (await project.collection()).get({});
  return ids
    .map((id, i) => ({ id, text: documents[i] ?? '', metadata: metadatas[i] ?? {} }))
    .sort((a, b) => Number(a.metadata['ingest_ordinal']) - Number(b.metadata['ingest_ordinal']));
}

describe('a transcript', () => {
  it('is indexed by utterances, each chunk with its times', async () => {
    await project.settle();
    const all = await records();
    expect(all.length).toBeGreaterThan(8);
    for (const { text, metadata } of all) {
      const topics = [...text.matchAll(/Topic (\d+)/g)].map(([, topic]) => Number(topic));
      const [first = -1] = topics;
      expect(metadata).toMatchObject({
        line: 'support',
        ingest_start_ms: first * 10_000,
        ingest_end_ms: (topics.at(-1) ?? -1) * 10_000 + 9_000,
      });
      expect(text).toMatch(/^(?:Ana|Ben): Topic/);
    }
  });

  it('shows when it was said beside the lines', async () => {
    const result = await project.call(['query', 'topic 37 matter number 481']);
    expect(result.stdout).toMatch(/calls\/monday\.vtt:\d+-\d+ {2}\d\d:\d\d-\d\d:\d\d\n/);
    const json = await project.call(['query', 'topic 37 matter number 481', '--json', '--limit', '1']);
    const [best] = parseJson<QueryResult>(json).hits;
    expect(best?.start_ms).toBeLessThanOrEqual(370_000);
    expect(best?.end_ms).toBeGreaterThanOrEqual(379_000);
  });

  it('an edited cue embeds its chunk alone', async () => {
    project.doc('monday.vtt', call({ edit: 30 }));
    const [change] = changesOf(await project.plan());
    expect(change).toMatchObject({
      action: 'update',
      chunks: { add: 1, delete: 1, keep: expect.any(Number) },
    });
    await project.settle();
  });

  it('shifted times relabel every chunk, and embed nothing', async () => {
    const before = await records();
    project.doc('monday.vtt', call({ edit: 30, later: 5 }));
    const [change] = changesOf(await project.plan());
    expect(change?.chunks).toMatchObject({ add: 0, delete: 0, relabel: before.length });
    const report = await project.settle();
    expect(report.embedded).toBe(0);
    const after = await records();
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(after.map(({ metadata }) => metadata['ingest_start_ms'])).toEqual(
      before.map(({ metadata }) => Number(metadata['ingest_start_ms']) + 5_000),
    );
  });

  it('times that go back are refused with their line, and the last good version stays', async () => {
    project.doc('monday.vtt', `${call({ edit: 30, later: 5 })}\n00:01.000 --> 00:02.000\nLate.\n`);
    const plan = await project.plan();
    expect(gist(plan)).toEqual(['reject calls/monday.vtt malformed']);
    expect(changesOf(plan)[0]?.detail).toMatch(
      /^line \d+: it starts at 00:00:01\.000, before the one above it/,
    );
    expect(plan.indexes[0]?.coverage).toMatchObject({ old_kept: 1 });
    const validate = await project.run(['validate']);
    expect(validate.code).not.toBe(0);
  });
});
