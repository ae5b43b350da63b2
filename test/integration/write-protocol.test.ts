/** The order in which an apply writes: what the state says at every moment at which something is sent. */
import { afterEach, describe, expect, it } from 'vitest';
import { WriteRejected, WriteUnknown } from '../../src/domain/ports/live.js';
import type { IntentRow } from '../../src/domain/state-rows.js';
import { MemoryChroma, type Write } from '../support/memory-chroma.js';
import { COLLECTION, Workspace } from '../support/memory-workspace.js';

const open: Workspace[] = [];
afterEach(() => {
  for (const workspace of open.splice(0)) workspace.dispose();
});

function workspace(options: ConstructorParameters<typeof Workspace>[0] = {}): Workspace {
  const made = new Workspace(options);
  open.push(made);
  return made;
}

/** A paragraph that is a chunk of its own. */
function paragraph(n: number): string {
  return `Paragraph number ${n} says something that no other paragraph of this corpus says, namely ${n}.`;
}

function text(...paragraphs: readonly number[]): string {
  return `${paragraphs.map(paragraph).join('\n\n')}\n`;
}

function intents(of: Workspace): readonly IntentRow[] {
  return of.state((state) => {
    const index = state.index('docs');
    return index === undefined ? [] : [...state.intents(index.collection_id, 'docs')];
  });
}

function documents(of: Workspace): string[] {
  return of.state((state) => {
    const index = state.index('docs');
    return index === undefined ? [] : [...state.documents(index.collection_id, 'docs')].map((row) => row.uri);
  });
}

function events(of: Workspace, type: string): Readonly<Record<string, unknown>>[] {
  return of.state((state) =>
    [...state.journal(undefined, 0)].filter((event) => event.type === type).map((event) => event.data),
  );
}

/** Live ids by the uri they say they are of. */
function liveUris(of: Workspace): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { metadata } of of.chroma.records(COLLECTION).values()) {
    const uri = String(metadata['ingest_uri']);
    counts[uri] = (counts[uri] ?? 0) + 1;
  }
  return counts;
}

describe('an apply', () => {
  it('has an open intent of every record that it sends, at the moment of sending', async () => {
    const work = workspace();
    work.write('a.md', `---\ntitle: one\n---\n${text(1, 2, 3)}`);
    work.write('gone.md', text(9));
    await work.applied();
    // Now a put, a patch and two kinds of delete.
    work.write('a.md', `---\ntitle: two\n---\n${text(1, 3, 4)}`);
    work.remove('gone.md');
    const seen: string[] = [];
    work.chroma.before = ({ kind, ids }) => {
      if (kind !== 'put' && kind !== 'patch' && kind !== 'delete') return;
      seen.push(kind);
      const promised = intents(work)
        .filter((intent) => intent.operation === kind && intent.status === 'open')
        .map((intent) => intent.record_id);
      expect(promised).toEqual(expect.arrayContaining([...ids]));
      expect(ids.length).toBeGreaterThan(0);
    };
    await work.applied();
    expect(seen).toEqual(['put', 'patch', 'delete', 'delete']);
    expect(intents(work)).toEqual([]);
  });

  it('records no document before all of it is confirmed, and deletes nothing before the new is there', async () => {
    const work = workspace();
    work.write('a.md', text(1, 2, 3));
    work.chroma.before = ({ kind }) => {
      if (kind === 'put') expect(documents(work)).toEqual([]);
    };
    await work.applied();
    work.write('a.md', text(4, 5, 6));
    let deleted = 0;
    work.chroma.before = ({ kind, ids }) => {
      if (kind !== 'delete') return;
      deleted += ids.length;
      expect(liveUris(work)).toEqual({ 'h/a.md': 6 });
    };
    await work.applied();
    expect(deleted).toBe(3);
    expect(liveUris(work)).toEqual({ 'h/a.md': 3 });
  });

  it('sends at most a thousand records at once, several documents together, and confirms each batch', async () => {
    const work = workspace();
    const many = (from: number, count: number) => text(...Array.from({ length: count }, (_, i) => from + i));
    work.write('a.md', many(0, 700));
    work.write('b.md', many(10_000, 700));
    work.write('c.md', many(20_000, 700));
    const result = await work.applied();
    const puts = work.chroma.writes.filter((write) => write.kind === 'put').map((write) => write.ids.length);
    expect(puts).toEqual([1000, 1000, 100]);
    expect(result).toMatchObject({ upserted: 2100, failed: 0, strict_sync: { ok: true } });
    const totals = events(work, 'UPSERT_BATCH_COMMITTED').map((data) => data['chunks_upserted_total']);
    expect(totals).toEqual([1000, 2000, 2100]);
  });

  it('sends no more at once than the server takes, and confirms each of these requests', async () => {
    const chroma = new MemoryChroma({ maxBatch: 4 });
    const work = workspace({ chroma });
    work.write('a.md', `---\ntitle: one\n---\n${text(...Array.from({ length: 10 }, (_, i) => i))}`);
    await work.applied();
    work.write('a.md', `---\ntitle: two\n---\n${text(...Array.from({ length: 10 }, (_, i) => i))}`);
    await work.applied();
    work.remove('a.md');
    work.write('b.md', text(99));
    await work.applied();
    const sizes = (kind: Write['kind']) =>
      chroma.writes.filter((write) => write.kind === kind).map((write) => write.ids.length);
    expect(sizes('put')).toEqual([4, 4, 2, 1]);
    expect(sizes('patch')).toEqual([4, 4, 2]);
    expect(sizes('delete')).toEqual([4, 4, 2]);
    const totals = events(work, 'UPSERT_BATCH_COMMITTED').map((data) => data['chunks_upserted_total']);
    expect(totals).toEqual([4, 8, 10, 11]);
  });

  it('keeps a request below its bytes', async () => {
    const base = workspace();
    const [first] = base.manifests;
    if (first === undefined) throw new Error('no manifest');
    // 4,000 numbers of up to 20 bytes: about 200 records fill a request.
    const work = workspace({ manifest: { embedding: { ...first.embedding, dimensions: 4000 } } });
    work.write('a.md', text(...Array.from({ length: 450 }, (_, i) => i)));
    await work.applied();
    const puts = work.chroma.writes.filter((write) => write.kind === 'put');
    expect(puts.length).toBeGreaterThan(2);
    for (const { puts: records } of puts) {
      expect(Buffer.byteLength(JSON.stringify(records.map((r) => [...r.vector])))).toBeLessThan(17 * 2 ** 20);
    }
    expect(work.chroma.records(COLLECTION).size).toBe(450);
  });

  it('nulls the metadata keys that a document no longer has, also where a text is put again', async () => {
    const work = workspace();
    work.write('a.md', `---\ntitle: one\nteam: x\n---\n${text(1, 2)}`);
    await work.applied();
    work.write('a.md', `---\ntitle: two\n---\n${text(1, 2)}`);
    const result = await work.applied({ force: ['**'] });
    expect(result.upserted).toBe(2);
    for (const { metadata } of work.chroma.records(COLLECTION).values()) {
      expect(metadata['title']).toBe('two');
      expect('team' in metadata).toBe(false);
    }
    work.write('a.md', text(1, 2));
    expect(await work.applied()).toMatchObject({ upserted: 0, relabelled: 2 });
    for (const { metadata } of work.chroma.records(COLLECTION).values())
      expect('title' in metadata).toBe(false);
  });
});

describe('a record that Chroma refuses', () => {
  /** Refuses every write that holds a record with this in its text. */
  function refusing(word: string): (write: Write) => void {
    return ({ puts }) => {
      if (puts.some((record) => record.text.includes(word))) throw new WriteRejected(`refused: ${word}`);
    };
  }

  it('fails its own document only', async () => {
    const work = workspace();
    for (const name of ['a', 'b', 'c', 'd', 'e']) work.write(`${name}.md`, text(name.charCodeAt(0)));
    work.write('c.md', `${text(7)}\nThis paragraph is poison to the server, and so it is refused by it.\n`);
    work.chroma.before = refusing('poison');
    const result = await work.applied();
    expect(result).toMatchObject({ outcome: 'failed', reason: 'documents_failed', failed: 1 });
    expect(result.failures).toEqual([{ uri: 'h/c.md', message: 'refused: poison' }]);
    expect(documents(work)).toEqual(['h/a.md', 'h/b.md', 'h/d.md', 'h/e.md']);
    expect(liveUris(work)).toEqual({ 'h/a.md': 1, 'h/b.md': 1, 'h/d.md': 1, 'h/e.md': 1 });
    expect(intents(work)).toEqual([]);
    expect(events(work, 'DOC_FAILED')).toEqual([{ uri: 'h/c.md', message: 'refused: poison' }]);
  });

  it('takes the new records of its document back, and leaves the old version', async () => {
    const work = workspace();
    work.write('a.md', text(1, 2));
    await work.applied();
    const before = work.contents();
    // The poison is in the second batch, when a thousand new records of the document are there.
    const long = text(...Array.from({ length: 1100 }, (_, i) => 100 + i));
    work.write('a.md', `${long}\nThis paragraph is poison to the server, and so it is refused by it.\n`);
    work.chroma.before = refusing('poison');
    expect(await work.applied()).toMatchObject({ failed: 1, upserted: 1000, deleted: 1000 });
    expect(work.contents()).toEqual(before);
    expect(intents(work)).toEqual([]);
    // And when it is mended, it is written.
    work.write('a.md', text(1, 3));
    expect(await work.applied()).toMatchObject({ outcome: 'applied', failed: 0 });
    expect(work.contents()).toEqual(await work.fresh());
  });
});

describe('a write of which the answer is lost', () => {
  it.each(['before', 'after'] as const)('is marked unknown and redone, %s it took effect', async (when) => {
    const work = workspace();
    work.write('a.md', text(1, 2));
    const statuses: string[][] = [];
    let lost = false;
    const lose = ({ kind }: Write): void => {
      if (kind !== 'put') return;
      if (lost) statuses.push(intents(work).map((intent) => intent.status));
      if (lost) return;
      lost = true;
      throw new WriteUnknown('the connection was cut');
    };
    work.chroma[when] = lose;
    expect(await work.applied()).toMatchObject({
      outcome: 'applied',
      upserted: 2,
      strict_sync: { ok: true },
    });
    expect(statuses).toEqual([['unknown', 'unknown']]);
    // A lost request may still land: until it cannot any more, its records are looked at again.
    expect(intents(work).map((intent) => intent.status)).toEqual(['unsettled', 'unsettled']);
    work.chroma.before = () => {};
    work.chroma.after = () => {};
    expect((await work.plan()).changes).toEqual([]);
    expect(work.contents()).toEqual(await work.fresh());
  });

  it('finds the late landing of what was long superseded', async () => {
    const work = workspace();
    work.write('a.md', text(1, 2));
    const late: Write[] = [];
    work.chroma.before = (write) => {
      if (write.kind !== 'put' || late.length > 0) return;
      late.push(write);
      throw new WriteUnknown('timed out');
    };
    await work.applied();
    work.write('a.md', text(3));
    await work.applied();
    const records = work.chroma.records(COLLECTION);
    for (const { id, text: stored, vector } of late[0]?.puts ?? []) {
      records.set(id, {
        text: stored,
        vector,
        metadata: { ingest_manifest_id: 'docs', ingest_uri: 'h/a.md' },
      });
    }
    expect((await work.plan()).changes).toMatchObject([{ uri: 'h/a.md', reasons: ['orphan-in-index'] }]);
    await work.applied();
    expect(work.contents()).toEqual(await work.fresh());
  });

  it('ends the run as failed for the world when it stays lost, and the next run resumes', async () => {
    const work = workspace();
    work.write('a.md', text(1, 2));
    work.chroma.before = ({ kind }) => {
      if (kind === 'put') throw new WriteUnknown('no answer');
    };
    const failed = await work.applied();
    expect(failed.outcome).toBe('failed');
    expect(failed.reason).toContain('E401');
    expect(documents(work)).toEqual([]);
    work.chroma.before = () => {};
    expect((await work.plan()).changes).toMatchObject([{ resume: true, reasons: ['intent', 'new'] }]);
    expect(await work.applied()).toMatchObject({ outcome: 'applied', embedded: 0 });
    expect(work.contents()).toEqual(await work.fresh());
  });

  it('does no harm when it was the claim of the collection', async () => {
    for (const when of ['before', 'after'] as const) {
      const work = workspace();
      work.write('a.md', text(1));
      let lost = 0;
      work.chroma[when] = ({ kind }) => {
        if (kind === 'create' && lost++ === 0) throw new WriteUnknown('no answer');
        if (kind === 'identity' && lost++ === 1) throw new WriteUnknown('no answer');
      };
      const first = await work.applied();
      // Not created: nothing was written. Created: it is ours, and the run goes on.
      expect(first).toMatchObject(
        when === 'before' ? { reason: expect.stringContaining('E401') } : { outcome: 'applied' },
      );
      expect(await work.applied()).toMatchObject({ failed: 0 });
      expect(work.contents()).toEqual(await work.fresh());
    }
  });
});

describe('a patch', () => {
  it('is read back: a record that vanished meanwhile fails its document, which the next run mends', async () => {
    const work = workspace();
    work.write('a.md', `---\ntitle: one\n---\n${text(1, 2)}`);
    work.write('b.md', `---\ntitle: one\n---\n${text(3)}`);
    await work.applied();
    work.write('a.md', `---\ntitle: two\n---\n${text(1, 2)}`);
    work.write('b.md', `---\ntitle: two\n---\n${text(3)}`);
    work.chroma.before = ({ kind, ids }) => {
      if (kind === 'patch') work.chroma.records(COLLECTION).delete(ids[0] ?? '');
    };
    const result = await work.applied();
    expect(result.failures).toMatchObject([{ uri: 'h/a.md', message: expect.stringContaining('lost') }]);
    expect(result.applied.update).toBe(1);
    work.chroma.before = () => {};
    expect(await work.applied()).toMatchObject({ outcome: 'applied', embedded: 0 });
    expect(work.contents()).toEqual(await work.fresh());
  });
});

describe('strict sync', () => {
  it('does not blame a run for what an earlier one left open and it was told to leave alone', async () => {
    const work = workspace();
    work.write('a.md', text(1, 2));
    await work.applied();
    work.write('a.md', text(3, 4));
    // Dies when the new records are there and the old ones too.
    let boundary = 1;
    for (; ; boundary++) {
      const trial = work.chroma.writes.length;
      await work.killed(boundary);
      if (work.chroma.writes.slice(trial).some((write) => write.kind === 'put')) break;
    }
    expect(work.chroma.records(COLLECTION).size).toBe(4);
    work.write('b.md', text(5));
    const result = await work.applied({ only: ['h/b.md'] });
    expect(result).toMatchObject({ outcome: 'applied', strict_sync: { ok: true, delta: 0 } });
    await work.applied();
    expect(work.contents()).toEqual(await work.fresh());
  });
});

describe('on_reject: delete', () => {
  it('deletes a refused document once, remembers the refusal, and plans nothing after that', async () => {
    const work = workspace({
      manifest: {
        policy: {
          deletes: { max_count: 9, max_ratio: 1 },
          on_reject: 'delete',
          prevent_destroy: true,
          keep_previous: 1,
        },
      },
    });
    work.write('a.md', text(1));
    work.write('b.md', text(2));
    await work.applied();
    // Not UTF-8.
    work.write('a.md', Uint8Array.of(0x61, 0xff, 0x61));
    const first = await work.applied();
    expect(first.applied.delete).toBe(1);
    const next = await work.plan();
    expect(next.changes).toEqual([]);
    expect(next.index.coverage).toMatchObject({ declared: 2, current: 1, rejected: 1 });
  });
});
