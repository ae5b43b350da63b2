import { describe, expect, it } from 'vitest';
import { baseFromRows, type DocumentSituation, decideDocument } from '../../../src/diff/decide-document.js';
import type { PreparedDocument } from '../../../src/domain/document.js';
import { prepared, rowOf } from './documents.js';

const OLD = prepared(['one', 'two', 'three'], { title: 'old', lang: 'en' });

/** `now` against OLD as recorded and live, unless told otherwise. */
function decide(now: PreparedDocument, more: Partial<DocumentSituation> = {}) {
  return decideDocument({
    prepared: now,
    recorded: rowOf(OLD),
    base: baseOf(OLD),
    finding: undefined,
    resume: false,
    forced: false,
    ...more,
  });
}

function baseOf(document: PreparedDocument) {
  return baseFromRows(document.chunks.map(({ id, metadata_sha256 }) => ({ chunk_id: id, metadata_sha256 })));
}

describe('decideDocument', () => {
  it('has nothing to do for a document that is as desired', () => {
    expect(decide(OLD)).toBeUndefined();
  });

  it('creates what was never recorded', () => {
    const decision = decide(OLD, { recorded: undefined, base: [] });
    expect(decision).toMatchObject({ action: 'create', reasons: ['new'], detail: null });
    expect(decision?.diff.put).toHaveLength(3);
  });

  it('updates an edited text by what changed of it: content', () => {
    const decision = decide(prepared(['one', 'TWO', 'three'], OLD.metadata));
    expect(decision).toMatchObject({ action: 'update', reasons: ['content'], detail: null });
    expect(decision?.diff.put.map((chunk) => chunk.text)).toEqual(['TWO']);
    expect(decision?.diff.keep.map((chunk) => chunk.text)).toEqual(['one', 'three']);
    expect(decision?.diff.remove).toEqual([OLD.chunks[1]?.id]);
  });

  it('calls a front matter edit metadata, names the keys, and puts nothing', () => {
    const decision = decide(prepared(['one', 'two', 'three'], { title: 'new', tags: 'a' }));
    expect(decision).toMatchObject({ action: 'update', reasons: ['metadata'], detail: 'lang, tags, title' });
    expect(decision?.diff.put).toEqual([]);
    expect(decision?.diff.patch).toHaveLength(3);
  });

  it('gives both reasons when text and metadata changed', () => {
    const decision = decide(prepared(['one', 'two'], { ...OLD.metadata, title: 'new' }));
    expect(decision).toMatchObject({ reasons: ['content', 'metadata'], detail: 'title' });
  });

  it('finds metadata that changed without the file: the source says it', () => {
    const now = prepared(['one', 'two', 'three'], { ...OLD.metadata, product: 'x' });
    const decision = decide({ ...now, content_sha256: OLD.content_sha256 });
    expect(decision).toMatchObject({ action: 'update', reasons: ['metadata'], detail: 'product' });
  });

  it('updates for another gate or chunker, each by its name', () => {
    expect(decide({ ...OLD, gate_recipe: 'gate-2' })?.reasons).toEqual(['gate']);
    expect(decide({ ...OLD, chunk_recipe: 'chunk-2' })?.reasons).toEqual(['chunker']);
  });

  it('repairs an unchanged document of which live lost, changed or doubled records', () => {
    const [first] = OLD.chunks;
    const base = baseOf(OLD).filter((chunk) => chunk.id !== first?.id);
    expect(decide(OLD, { base, finding: { missing: 1, tampered: 0, orphans: 0 } })).toMatchObject({
      action: 'repair',
      reasons: ['missing-in-index'],
      diff: { put: [first] },
    });
    expect(decide(OLD, { finding: { missing: 0, tampered: 2, orphans: 0 } })).toMatchObject({
      action: 'repair',
      reasons: ['tampered'],
    });
    const orphan = { id: 'stray', metadata_sha256: '', text_intact: true };
    const withOrphan = [...baseOf(OLD), orphan];
    expect(decide(OLD, { base: withOrphan, finding: { missing: 0, tampered: 0, orphans: 1 } })).toMatchObject(
      {
        action: 'repair',
        reasons: ['orphan-in-index'],
        diff: { put: [], remove: ['stray'] },
      },
    );
  });

  it('updates, not repairs, what was both edited and damaged', () => {
    const decision = decide(prepared(['one'], OLD.metadata), {
      finding: { missing: 1, tampered: 0, orphans: 0 },
    });
    expect(decision).toMatchObject({ action: 'update', reasons: ['content', 'missing-in-index'] });
  });

  it('resumes an unchanged document with open intents as an update, also when nothing differs', () => {
    expect(decide(OLD, { resume: true })).toMatchObject({
      action: 'update',
      reasons: ['intent'],
      diff: { put: [], patch: [], remove: [] },
    });
  });

  it('resumes what was begun and never committed as a create', () => {
    expect(decide(OLD, { recorded: undefined, resume: true })).toMatchObject({
      action: 'create',
      reasons: ['intent', 'new'],
    });
  });

  it('writes every chunk of a forced document again', () => {
    const decision = decide(OLD, { forced: true });
    expect(decision).toMatchObject({ action: 'update', reasons: ['forced'] });
    expect(decision?.diff.put).toHaveLength(3);
    expect(decision?.diff.remove).toEqual([]);
  });

  it('compares recorded metadata as JSON, whatever order its keys have', () => {
    const recorded = { ...rowOf(OLD), metadata: '{"title":"old","lang":"de"}', metadata_sha256: 'other' };
    expect(decide(OLD, { recorded })).toMatchObject({ reasons: ['metadata'], detail: 'lang' });
  });
});
