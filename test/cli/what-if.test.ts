/** What of the index would survive an edit of the manifest, before anybody makes it; on a real Chroma. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WhatIfReport } from '../../src/domain/what-if.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { type PlanJson, Project } from '../support/project.js';

type WhatIfPlan = PlanJson & { readonly what_if: WhatIfReport };

const SOURCES = { docs: ['root: ../docs'], notes: ['root: ../notes'] };

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
  project = new Project(chroma.url, true);
  project.manifest({ sources: SOURCES });
  for (const name of ['a', 'b', 'c']) project.doc(`${name}.md`, distinct(name));
  project.ws.write('notes/short.md', '# Short\n\nOne sentence that fits into any chunk.\n');
  await project.settle();
});
afterAll(async () => {
  await project.dispose();
  await chroma.stop();
});

/** Three sections, each a chunk of its own, and no sentence twice. */
function distinct(name: string): string {
  const sentence = (section: number, i: number): string =>
    `Sentence ${i} of section ${section} tells something about ${name} that no other one does.`;
  const section = (n: number): string =>
    `## ${name} ${n}\n\n${Array.from({ length: 12 }, (_, i) => sentence(n, i)).join(' ')}\n`;
  return [1, 2, 3].map(section).join('\n');
}

async function whatIf(...overrides: string[]): Promise<WhatIfPlan> {
  return (await project.plan(...overrides.flatMap((one) => ['--what-if', one]))) as WhatIfPlan;
}

it('counts what stays, what the cache has and what is to embed, by source, and changes nothing', async () => {
  const before = project.stateFiles();
  const { what_if } = await whatIf('chunking.max_chars=400', 'chunking.min_chars=100');
  expect(what_if.overrides).toEqual(['chunking.max_chars=400', 'chunking.min_chars=100']);
  const [index] = what_if.indexes;
  const [docs, notes] = index?.sources ?? [];
  expect(notes).toEqual({
    source_id: 'notes',
    chunks_now: 1,
    chunks_then: 1,
    keep: 1,
    cached: 0,
    compute: 0,
    tokens: 0,
    cost: 0,
  });
  expect(docs).toMatchObject({ chunks_now: 9, keep: 0, cached: 0 });
  expect(docs?.compute).toBeGreaterThan(18);
  expect(index?.chunks_then).toBe(1 + (docs?.compute ?? 0));
  expect(project.stateFiles()).toEqual(before);

  // What it said comes true.
  project.manifest({ sources: SOURCES, more: ['chunking: { max_chars: 400, min_chars: 100 }'] });
  expect(await project.apply()).toMatchObject({
    outcome: 'applied',
    embedded: docs?.compute,
    upserted: docs?.compute,
  });
  expect(await (await project.collection()).count()).toBe(index?.chunks_then);

  // And the way back, whose texts were embedded before.
  const back = await whatIf('chunking={}');
  expect(back.what_if.indexes[0]).toMatchObject({ chunks_then: 10, keep: 1, cached: 9, compute: 0 });
  project.manifest({ sources: SOURCES });
  expect(await project.apply()).toMatchObject({ outcome: 'applied', embedded: 0, upserted: 9 });
});

it('says what another model costs, as the plan of a replacement does', async () => {
  const model =
    'embedding={provider: openai-compatible, base_url: "http://127.0.0.1:9/v1", model: m, dimensions: 64, price_per_million_tokens: 1000}';
  const { what_if, indexes, summary } = await whatIf(model);
  expect(indexes[0]?.index_actions).toEqual([{ action: 'replace', reasons: ['embedding'] }]);
  expect(what_if.indexes[0]).toMatchObject({
    chunks_now: 10,
    chunks_then: 10,
    keep: 0,
    cached: 0,
    compute: 10,
  });
  expect(what_if.indexes[0]?.cost).toBeGreaterThan(0);
  expect(what_if.indexes[0]?.cost).toBeCloseTo(summary.embed.cost ?? 0, 9);
  const shown = await project.run(['plan', '--what-if', 'environments.test.chroma.space=l2']);
  expect(shown.stdout).toContain('a new collection is built beside the live one: space');
  expect(shown.stdout).toContain('nothing to compute; 10 from cache');
  expect(shown.stdout).toContain('docs: 0 of 10 chunks (0%) stay as they are, 10 from the cache, 0 to embed');
  expect(shown.stdout).toContain('  notes: 0 of 1 chunk');
  expect(shown.stdout).not.toContain('ingest apply');
});

it.each([
  [['--what-if', 'chunking.max_chars=many'], '--what-if:1:20: E103'],
  [['--what-if', 'chunkng.max_chars=8'], '1 | chunkng.max_chars=8\n     | ^^^^^^^ did you mean "chunking"'],
  [['--what-if', 'chunking.min_chars=9', '--what-if', 'sources.docs.rot=x'], '--what-if:2:14: E101'],
  [['--what-if', 'embedding.api_key=sk-proj-abcdefghijklmnopqrstuvwxyz0123456789'], 'api_key=********'],
  [['--what-if', 'chunking.max_chars'], 'E606'],
  [['--what-if', 'chunking.max_chars=800', '--out', 'p'], '--out'],
])('refuses %j', async (args, said) => {
  const result = await project.call(['plan', ...args]);
  expect(result.code).toBe(1);
  expect(result.stderr).toContain(said);
});
