/** What an edit costs: only what it changed; and what is no edit at all. */
import { utimesSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { article, changesOf, gist, Project, section } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
  project.manifest();
});
afterEach(() => project.dispose());

const withFrontMatter = (yaml: string) => `---\n${yaml}\n---\n${article('cats')}`;

async function metadataOf(uri: string): Promise<readonly Record<string, unknown>[]> {
  const found = await (await project.collection()).get({
    where: { ingest_uri: uri },
    include: ['metadatas'],
  });
  return found.metadatas.map((metadata) => metadata ?? {});
}

describe('front matter', () => {
  it('edited: embeds nothing, relabels the chunks; a removed key disappears from live', async () => {
    project.doc('cats.md', withFrontMatter('title: Cats\nstatus: draft'));
    await project.settle();
    expect((await metadataOf('docs/cats.md'))[0]).toMatchObject({ title: 'Cats', status: 'draft' });

    project.doc('cats.md', withFrontMatter('title: All cats\nstatus: draft'));
    const plan = await project.plan();
    expect(gist(plan)).toEqual(['update docs/cats.md metadata']);
    expect(changesOf(plan)[0]).toMatchObject({
      detail: 'title',
      chunks: { add: 0, keep: 3, relabel: 3, delete: 0 },
      embed: { compute: 0, cached: 0 },
    });
    expect(await project.settle()).toMatchObject({ embedded: 0, cached: 0, upserted: 0, relabelled: 3 });

    project.doc('cats.md', withFrontMatter('title: All cats'));
    expect(await project.settle()).toMatchObject({ embedded: 0, upserted: 0, relabelled: 3 });
    for (const metadata of await metadataOf('docs/cats.md')) {
      expect(metadata['title']).toBe('All cats');
      expect(Object.keys(metadata)).not.toContain('status');
    }
    expect((await project.drift('--verify', 'content')).drift).toBe(false);
  });

  it('edited and edited back before an apply is no change', async () => {
    project.doc('cats.md', withFrontMatter('title: Cats'));
    await project.settle();
    project.doc('cats.md', withFrontMatter('title: Dogs'));
    expect((await project.plan()).outcome).toBe('changes');
    project.doc('cats.md', withFrontMatter('title: Cats'));
    expect((await project.plan()).outcome).toBe('no_changes');
  });

  it('metadata of the source edited in the manifest: relabels every chunk and embeds nothing', async () => {
    project.docs(3);
    await project.settle();
    project.manifest({ sources: { docs: ['root: ../docs', 'metadata: { product: workspace }'] } });
    const plan = await project.plan();
    expect(plan.summary).toMatchObject({ update: 3, chunks: { add: 0, relabel: 9, delete: 0 } });
    expect(await project.settle()).toMatchObject({ embedded: 0, upserted: 0, relabelled: 9 });
    expect((await metadataOf('docs/doc-000.md'))[0]).toMatchObject({ product: 'workspace' });
  });
});

describe('text', () => {
  it('a moved section embeds nothing', async () => {
    project.doc('cats.md', article('cats', ['one', 'two', 'three', 'four']));
    await project.settle();
    project.doc('cats.md', article('cats', ['one', 'three', 'four', 'two']));
    const plan = await project.plan();
    expect(plan.summary).toMatchObject({ update: 1, chunks: { add: 0, delete: 0 }, embed: { compute: 0 } });
    expect(await project.settle()).toMatchObject({ embedded: 0, upserted: 0, deleted: 0 });
    expect((await project.drift('--verify', 'content')).drift).toBe(false);
  });

  it('one edited section embeds one chunk and keeps the others; edited back costs nothing', async () => {
    project.doc('cats.md', article('cats'));
    await project.settle();
    project.doc('cats.md', `${article('cats', ['one', 'two'])}\n${section('dogs', 'three')}`);
    expect((await project.plan()).summary).toMatchObject({ chunks: { add: 1, keep: 2, delete: 1 } });
    expect(await project.settle()).toMatchObject({ embedded: 1, upserted: 1, deleted: 1 });
    project.doc('cats.md', article('cats'));
    expect(await project.settle()).toMatchObject({ embedded: 0, cached: 1, upserted: 1, deleted: 1 });
  });
});

describe('what is no edit', () => {
  it('touched mtimes, a CRLF check-out and a BOM', async () => {
    project.docs(3);
    await project.settle();
    const before = await project.journal();
    const past = new Date('2020-01-01T00:00:00Z');
    for (const i of [0, 1, 2]) utimesSync(project.ws.path(`docs/doc-00${i}.md`), past, past);
    expect(changesOf(await project.plan())).toEqual([]);

    for (const i of [0, 1, 2]) {
      project.doc(`doc-00${i}.md`, article(`doc-00${i}`).replaceAll('\n', '\r\n'));
    }
    expect(changesOf(await project.plan())).toEqual([]);
    project.doc('doc-001.md', `\uFEFF${article('doc-001')}`);
    expect(changesOf(await project.plan())).toEqual([]);
    expect(await project.apply()).toMatchObject({ outcome: 'no_changes', upserted: 0, embedded: 0 });
    const types = (await project.journal()).slice(before.length).map((event) => event.type);
    expect(types.filter((type) => type.startsWith('DOC_') || type.startsWith('UPSERT'))).toEqual([]);
  });
});

describe('what is not indexed', () => {
  it('is named and counted: invalid UTF-8 rejected, other types and empty files skipped', async () => {
    project.docs(2);
    project.doc('latin1.md', Buffer.from('# Caf\xe9\n\nText in Latin-1.\n', 'latin1'));
    project.doc('empty.md', '');
    project.doc('blank.txt', ' \n\n');
    project.doc('logo.png', Buffer.from([0x89, 0x50, 0x4e, 0x47]));
    project.doc('data.bin', Buffer.from([0, 1, 2]));
    project.manifest({ sources: { docs: ['root: ../docs', 'include: ["**/*"]'] } });
    const plan = await project.plan();
    expect(gist(plan)).toContainEqual('reject docs/latin1.md invalid-utf8');
    expect(plan.indexes[0]?.coverage).toEqual({
      declared: 7,
      current: 2,
      old_kept: 0,
      quarantined: 0,
      rejected: 1,
      skipped: 4,
      failed: 0,
    });
    expect(plan.indexes[0]?.sources[0]?.skipped).toEqual({ '.bin': 1, '.png': 1, empty: 2 });
    const text = (await project.call(['plan'])).stdout;
    expect(text).toContain('docs/latin1.md');
    expect(text).toMatch(/4 skipped \(2 empty, 1 \.bin, 1 \.png\)/);

    expect(await project.apply()).toMatchObject({ outcome: 'partial', rejected: 1, applied: { create: 2 } });
    const next = await project.plan();
    expect(next.outcome).toBe('no_changes');
    expect(next.summary).toMatchObject({ reject: 0, known_rejects: 1, skipped: 4 });
    expect(await project.apply()).toMatchObject({ outcome: 'no_changes', rejected: 0 });

    project.doc('latin1.md', '# Café\n\nText in UTF-8 now.\n');
    expect(await project.settle()).toMatchObject({ applied: { create: 1 } });
    expect((await project.plan()).summary.known_rejects).toBe(0);
  });
});
