/** Two states, one collection: whoever creates it owns it, and the other writes nothing to it, at any moment. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LiveDatabase } from '../../../src/domain/ports/live.js';
import { startTestChroma, type TestChroma } from '../../support/chroma.js';
import { COLLECTION, Workspace } from '../../support/memory-workspace.js';
import { identity, open, remote } from '../live/open-live.js';

const TEXT = '# Page\n\nSome words that are enough for a chunk of their own in this index.\n';
describe('in one Chroma', () => {
  let first: Workspace;
  let second: Workspace;

  beforeEach(() => {
    first = new Workspace();
    second = new Workspace({ chroma: first.chroma });
    for (const workspace of [first, second]) workspace.write('page.md', TEXT);
  });
  afterEach(() => {
    first.dispose();
    second.dispose();
  });

  /** Nothing of the loser: neither a write of its run in Chroma nor a row of a collection in its state. */
  function expectUntouched(loser: Workspace, contents: unknown, writes: number): void {
    expect(first.contents()).toEqual(contents);
    expect(first.chroma.writes.length).toBe(writes);
    expect(loser.rows(['collections', 'indexes', 'documents', 'chunks', 'intents'])).toEqual({
      collections: [],
      indexes: [],
      documents: [],
      chunks: [],
      intents: [],
    });
  }

  it('the second is refused at plan and at apply', async () => {
    await first.applied();
    const contents = first.contents();
    const writes = first.chroma.writes.length;
    await expect(second.plan()).rejects.toMatchObject({ code: 'E403' });
    await expect(second.apply()).rejects.toMatchObject({ code: 'E403' });
    expectUntouched(second, contents, writes);
    await expect(second.plan({ verify: 'off' })).resolves.toMatchObject({ header: { outcome: 'changes' } });
    const answer = await second.apply({ verify: 'off' });
    expect(answer).toMatchObject({
      kind: 'result',
      result: { outcome: 'failed', reason: expect.stringContaining('E403') },
    });
    expectUntouched(second, contents, writes);
    expect((await first.plan({ verify: 'content' })).changes).toEqual([]);
  });

  it('of two that create it at once, the one that comes second is refused by name', async () => {
    // The winner's whole apply happens between the loser's look and its create.
    const create = first.chroma.create.bind(first.chroma);
    let waited = false;
    first.chroma.create = async (...args) => {
      if (!waited) {
        waited = true;
        await first.applied();
      }
      return create(...args);
    };
    const answer = await second.apply();
    expect(answer).toMatchObject({
      kind: 'result',
      result: { outcome: 'failed', reason: expect.stringContaining('E403'), upserted: 0 },
    });
    expect(second.rows(['collections', 'indexes', 'documents', 'chunks', 'intents'])).toEqual({
      collections: [],
      indexes: [],
      documents: [],
      chunks: [],
      intents: [],
    });
    expect((await first.plan({ verify: 'content' })).changes).toEqual([]);
    expect(first.contents()).toEqual(await first.fresh());
  });

  it('one that was made again by another lineage between plan and apply is not written to', async () => {
    await second.applied();
    second.write('more.md', TEXT.replace('Page', 'More'));
    const rows = second.rows();
    const find = first.chroma.find.bind(first.chroma);
    let looks = 0;
    first.chroma.find = async (name) => {
      // The plan has looked; now the collection is deleted, and another state builds its own.
      if (++looks === 2) {
        first.chroma.drop(COLLECTION);
        await first.applied();
      }
      return find(name);
    };
    const answer = await second.apply();
    expect(looks).toBeGreaterThanOrEqual(2);
    expect(answer).toMatchObject({
      kind: 'result',
      result: { outcome: 'failed', reason: expect.stringMatching(/E403|E407/), upserted: 0, deleted: 0 },
    });
    expect(second.rows()).toEqual(rows);
    expect(first.contents()).toEqual(await first.fresh());
    expect((await first.plan({ verify: 'content' })).changes).toEqual([]);
    await expect(second.plan()).rejects.toMatchObject({ code: 'E403' });
  });
});

describe('createCollection of a real server', () => {
  let chroma: TestChroma;
  let databases: LiveDatabase[] = [];

  beforeEach(async () => {
    chroma = await startTestChroma();
    databases = await Promise.all(Array.from({ length: 8 }, () => open({ target: remote(chroma.url) })));
  });
  afterEach(async () => {
    for (const database of databases) await database.close();
    await chroma.stop();
  });

  it('gives a name to exactly one of eight that ask at once, and all see the same owner', async () => {
    const name = `race-${randomUUID()}`;
    const made = await Promise.all(
      databases.map((database, n) => database.create(name, 'cosine', identity({ lineage: `lineage-${n}` }))),
    );
    const [winner, ...others] = made.filter((collection) => collection !== undefined);
    expect(others).toEqual([]);
    const seen = await Promise.all(databases.map((database) => database.find(name)));
    expect(new Set(seen.map((collection) => collection?.id))).toEqual(new Set([winner?.id]));
    expect(new Set(seen.map((collection) => collection?.identity?.lineage)).size).toBe(1);
  });
});
