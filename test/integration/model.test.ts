/** Random histories of a corpus, applied with and without crashes, against what a fresh build makes of it. */

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_PLAN_OPTIONS } from '../../src/domain/plan.js';
import { COLLECTION, Workspace } from '../support/memory-workspace.js';

// Hundreds of runs, each with its own state on disk.
vi.setConfig({ testTimeout: 600_000 });

/** Few texts, so that documents share them; long enough that each is a chunk of its own. */
const TEXTS = [
  'Every batch is an intent before it is sent, and confirmed after that.',
  'A document is never missing from the live index while it is updated.',
  'The embedding cache is keyed by a fingerprint and by the text itself.',
  '移动过的文件不会被重新嵌入，因为它的内容没有任何变化，向量来自缓存或旧记录。',
  'Losses are withheld when a listing was incomplete or a source is empty.',
];
const PATHS = ['b.md', 'b/c.md', 'b-c.md', '入门.txt'];

interface Document {
  readonly texts: readonly number[];
  readonly title: number;
}

type Step =
  | { readonly kind: 'write'; readonly path: string; readonly document: Document }
  | { readonly kind: 'retitle'; readonly path: string; readonly title: number }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'move'; readonly from: string; readonly to: string }
  | { readonly kind: 'apply' }
  | { readonly kind: 'crash'; readonly boundary: number };

const path = fc.constantFrom(...PATHS);
const document = fc.record({
  texts: fc.array(fc.nat(TEXTS.length - 1), { maxLength: 5 }),
  title: fc.nat(2),
});
const edit: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), path, document }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retitle' as const), path, title: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), from: path, to: path }) },
);
const apply: fc.Arbitrary<Step> = fc.constant({ kind: 'apply' });
const crash: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('crash' as const),
  boundary: fc.integer({ min: 1, max: 24 }),
});

/** The corpus as the model knows it; the files follow. */
class Corpus {
  readonly #workspace: Workspace;
  readonly #documents = new Map<string, Document>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  edit(step: Step): void {
    if (step.kind === 'write') this.#put(step.path, step.document);
    if (step.kind === 'retitle') {
      const document = this.#documents.get(step.path);
      if (document !== undefined) this.#put(step.path, { ...document, title: step.title });
    }
    if (step.kind === 'remove') this.#drop(step.path);
    if (step.kind === 'move' && step.from !== step.to) {
      const document = this.#documents.get(step.from);
      if (document === undefined) return;
      this.#drop(step.from);
      this.#put(step.to, document);
    }
  }

  get size(): number {
    return this.#documents.size;
  }

  #put(file: string, document: Document): void {
    this.#documents.set(file, document);
    const title = document.title === 0 ? '' : `---\ntitle: title ${document.title}\n---\n`;
    this.#workspace.write(file, `${title}${document.texts.map((text) => TEXTS[text]).join('\n\n')}\n`);
  }

  #drop(file: string): void {
    if (this.#documents.delete(file)) this.#workspace.remove(file);
  }
}

/** A look deeper than every day's: MODEL_RUNS=500. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 10);
const OPTIONS = { ...DEFAULT_PLAN_OPTIONS, allow_empty: ['h'] };

async function expectConverged(workspace: Workspace, corpus: Corpus): Promise<void> {
  expect(workspace.contents()).toEqual(await workspace.fresh());
  const rows = workspace.rows();
  for (const verify of ['counts', 'content'] as const) {
    const { header, index, changes } = await workspace.plan({ ...OPTIONS, verify });
    expect(changes).toEqual([]);
    expect(header.outcome).toBe('no_changes');
    expect(index.live).toMatchObject({ missing: 0, orphan: 0, tampered: 0, foreign: 0 });
    const { declared, ...classes } = index.coverage;
    expect(declared).toBe(corpus.size);
    expect(Object.values(classes).reduce((sum, n) => sum + n, 0)).toBe(declared);
  }
  workspace.chroma.writes.length = 0;
  const again = await workspace.applied(OPTIONS);
  expect(again).toMatchObject({ outcome: 'no_changes', embedded: 0, upserted: 0, deleted: 0 });
  expect(workspace.chroma.writes).toEqual([]);
  expect(workspace.rows()).toEqual(rows);
}

async function live(steps: readonly Step[]): Promise<void> {
  const workspace = new Workspace();
  try {
    const corpus = new Corpus(workspace);
    for (const step of steps) {
      if (step.kind === 'crash') await workspace.killed(step.boundary, OPTIONS);
      else if (step.kind === 'apply') {
        expect(await workspace.applied(OPTIONS)).toMatchObject({
          failed: 0,
          strict_sync: expect.toSatisfy(isOk),
        });
      } else corpus.edit(step);
    }
    expect(await workspace.applied(OPTIONS)).toMatchObject({
      failed: 0,
      strict_sync: expect.toSatisfy(isOk),
    });
    await expectConverged(workspace, corpus);
  } finally {
    workspace.dispose();
  }
}

/** null: nothing had to be written. */
function isOk(sync: { ok: boolean } | null): boolean {
  return sync === null || sync.ok;
}

describe('any history of edits', () => {
  it('ends as a fresh build of the same documents, and a second apply writes nothing', async () => {
    const history = fc.array(fc.oneof({ weight: 4, arbitrary: edit }, { weight: 1, arbitrary: apply }), {
      minLength: 3,
      maxLength: 14,
    });
    await fc.assert(fc.asyncProperty(history, live), { numRuns: RUNS });
  });

  it('ends the same when runs are killed at any boundary, also again and again', async () => {
    const history = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: edit },
        { weight: 1, arbitrary: apply },
        { weight: 2, arbitrary: crash },
      ),
      { minLength: 4, maxLength: 14 },
    );
    await fc.assert(fc.asyncProperty(history, live), { numRuns: 2 * RUNS });
  });

  it('indexes nothing of an empty corpus', async () => {
    const workspace = new Workspace();
    expect(await workspace.applied()).toMatchObject({ failed: 0 });
    expect(workspace.chroma.contents(COLLECTION)).toEqual([]);
    workspace.dispose();
  });
});

/** What becomes of a document between a crash and the next run. */
const AFTERWARDS: Readonly<Record<string, Step>> = {
  edited: { kind: 'write', path: 'b.md', document: { texts: [3], title: 2 } },
  moved: { kind: 'move', from: 'b.md', to: '入门.txt' },
};

describe.each(Object.entries(AFTERWARDS))('killed at every boundary of an update, then %s', (_name, step) => {
  it('converges', async () => {
    let reached = true;
    for (let boundary = 1; reached; boundary++) {
      const workspace = new Workspace();
      try {
        const corpus = new Corpus(workspace);
        corpus.edit({ kind: 'write', path: 'b.md', document: { texts: [0, 1], title: 1 } });
        await workspace.applied(OPTIONS);
        corpus.edit({ kind: 'write', path: 'b.md', document: { texts: [1, 2], title: 2 } });
        reached = await workspace.killed(boundary, OPTIONS);
        corpus.edit(step);
        expect(await workspace.applied(OPTIONS), `boundary ${boundary}`).toMatchObject({
          failed: 0,
          strict_sync: expect.toSatisfy(isOk),
        });
        expect(workspace.contents(), `boundary ${boundary}`).toEqual(await workspace.fresh());
        expect((await workspace.plan({ ...OPTIONS, verify: 'content' })).changes).toEqual([]);
        if (boundary === 1) expect(reached).toBe(true);
      } finally {
        workspace.dispose();
      }
    }
  });
});
