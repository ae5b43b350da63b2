/**
 * A table that is read in increments, driven through late rows, ties, soft deletes, zones, gaps, kills and backfills:
 * in the end the index is what a fresh build of the same table makes.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { compareCursors, readCursor } from '../../src/domain/cursor.js';
import type { StateReader } from '../../src/domain/ports/state.js';
import type { CursorRow } from '../../src/domain/state-rows.js';
import { openStateReader } from '../../src/recorded/open-state.js';
import { differences, readCollection } from '../support/ingest-cli.js';
import { chromaClient } from '../support/project.js';
import { Workspace } from '../support/workspace.js';

const chromaUrl = inject('chromaUrl');
const LATENESS_MINUTES = 120;
const START = Date.UTC(2026, 0, 1);

interface Row {
  readonly id: string;
  readonly body: string;
  readonly updated_at: string;
  readonly deleted_at: string | null;
}

function instant(minutes: number): string {
  return new Date(START + minutes * 60_000).toISOString();
}

/** The same instant, as a clock in another zone shows it. */
function written(minutes: number, zoneHours: number): string {
  const wall = new Date(START + (minutes + zoneHours * 60) * 60_000).toISOString().slice(0, 19);
  const zone = String(Math.abs(zoneHours)).padStart(2, '0');
  return zoneHours === 0 ? `${wall}Z` : `${wall}${zoneHours < 0 ? '-' : '+'}${zone}:00`;
}

function manifest(collection: string): string {
  return `apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: tickets }
environments:
  dev: { chroma: { url: "${chromaUrl}", collection: ${collection} } }
embedding: { provider: lexical-hash, dimensions: 64 }
chunking: { max_chars: 200, min_chars: 20 }
sources:
  - id: tickets
    type: jsonl
    path: ../tickets.jsonl
    key: id
    template: "{{body}}"
    metadata_from: { changed: updated_at }
    landing: true
    load:
      mode: incremental_cursor
      cursor_field: updated_at
      cursor_type: timestamp
      lateness: ${LATENESS_MINUTES}m
      deleted_field: deleted_at
policy: { deletes: { max_count: 1000, max_ratio: 1 } }
`;
}

class Table {
  readonly rows = new Map<string, Row>();
  readonly work: Workspace;
  readonly collection = `cursor-${randomUUID()}`;

  constructor(work: Workspace) {
    this.work = work;
    work.write('desired/tickets.yaml', manifest(this.collection));
  }

  put(id: string, minutes: number, over: { body?: string; deleted?: boolean; zone?: number } = {}): void {
    const updated_at = written(minutes, over.zone ?? 0);
    const body = over.body ?? text(id, minutes);
    this.rows.set(id, { id, body, updated_at, deleted_at: over.deleted === true ? updated_at : null });
    this.save();
  }

  save(): void {
    const lines = [...this.rows.values()].map((row) => JSON.stringify(row));
    this.work.write('tickets.jsonl', lines.map((line) => `${line}\n`).join(''));
  }

  recorded<T>(read: (state: StateReader) => T): T {
    const state = openStateReader(join(this.work.root, 'state/dev'));
    try {
      return read(state);
    } finally {
      state.close();
    }
  }

  cursor(): CursorRow | undefined {
    return this.recorded((state) => state.cursors('tickets')[0]);
  }

  /** Newest first. */
  batches(): string[] {
    return this.recorded((state) => state.batches('tickets').map(({ batch_id }) => batch_id));
  }

  replay(batch_id: string) {
    return this.work.applied({ input: { verb: 'replay', batch_id } });
  }

  backfill(from: number, to: number) {
    const window = { start: instant(from), end: instant(to) };
    return this.work.applied({ input: { verb: 'backfill', source: 'tickets', ...window } });
  }

  /** As the next plan sees it: actions by uri, what was listed, and where the cursor goes. */
  plan() {
    return this.work.plan(({ indexes: [index], header }) => {
      const [source] = index?.header.sources ?? [];
      return {
        changes: [...(index?.changes() ?? [])].map(
          ({ action, uri }) => `${action} ${uri.slice('tickets/'.length)}`,
        ),
        listed: source?.documents,
        cursor: source?.cursor,
        outcome: header.outcome,
      };
    });
  }
}

function text(id: string, version: number): string {
  return ['first', 'second', 'third']
    .map((part) => `The ${part} part of ${id} in version ${version} says what it says. `.repeat(4))
    .join('\n\n');
}

describe.skipIf(chromaUrl === '')('a source with a cursor', () => {
  let work: Workspace;
  let table: Table;

  beforeEach(() => {
    work = new Workspace(chromaUrl);
    table = new Table(work);
  });
  afterEach(() => work.close());

  async function expectAsFresh(): Promise<void> {
    const fresh = new Workspace(chromaUrl);
    try {
      const other = new Table(fresh);
      for (const [id, row] of table.rows) other.rows.set(id, row);
      other.save();
      await fresh.applied();
      const [actual, expected] = await Promise.all(
        [table, other].map(({ collection }) => readCollection(chromaUrl, collection)),
      );
      expect(differences(actual ?? new Map(), expected ?? new Map())).toEqual([]);
      expect(actual?.size).toBeGreaterThan(0);
    } finally {
      fresh.close();
    }
  }

  /** By somebody's hand. */
  async function lose(uri: string): Promise<void> {
    const records = [...(await readCollection(chromaUrl, table.collection))];
    const lost = records.filter(([, { metadata }]) => metadata['ingest_uri'] === uri);
    const collection = await chromaClient(chromaUrl).getCollection({ name: table.collection });
    await collection.delete({ ids: lost.map(([id]) => id) });
  }

  test('is read whole first, then from the last cursor less the lateness, ties with it included', async () => {
    table.put('a', 0);
    table.put('b', 600);
    expect(await table.plan()).toMatchObject({
      changes: ['create a', 'create b'],
      cursor: { full_read: 'first-read', window: { start: null, end: null }, from: null },
    });
    await work.applied();
    table.put('tie', 600);
    table.put('late', 600 - LATENESS_MINUTES);
    table.put('too-late', 600 - LATENESS_MINUTES - 1);
    expect(await table.plan()).toMatchObject({ changes: ['create late', 'create tie'], listed: 3 });
    await work.applied();
    expect(await table.plan()).toMatchObject({ changes: [], outcome: 'no_changes' });
    expect(table.cursor()).toMatchObject({
      cursor: '2026-01-01T10:00:00.000000000Z',
      watermark: '2026-01-01T08:00:00.000000000Z',
    });
    // What came later than the declared lateness is a gap, which a backfill closes.
    expect(await table.backfill(0, 480)).toMatchObject({ outcome: 'applied', applied: { create: 1 } });
    expect(await table.backfill(0, 480)).toMatchObject({ outcome: 'no_changes', embedded: 0, upserted: 0 });
    await expectAsFresh();
  });

  test('compares instants and not their spelling, so that a replayed zone moves no cursor back', async () => {
    table.put('a', 600, { zone: 8 });
    await work.applied();
    const before = table.cursor();
    table.put('b', 600, { zone: -5 });
    table.put('c', 599);
    await work.applied();
    expect(table.cursor()?.cursor).toBe(before?.cursor);
    expect(await table.plan()).toMatchObject({ changes: [], outcome: 'no_changes' });
  });

  test('absence from an increment is nothing, and what the source calls deleted is a loss', async () => {
    for (const id of ['a', 'b', 'c']) table.put(id, 0);
    await work.applied();
    table.rows.delete('a');
    table.put('b', 10, { deleted: true });
    expect(await table.plan()).toMatchObject({ changes: ['delete b'] });
    await work.applied();
    expect(
      [...(await readCollection(chromaUrl, table.collection)).values()].map(
        ({ metadata }) => metadata['ingest_uri'],
      ),
    ).toEqual(expect.arrayContaining(['tickets/a', 'tickets/c']));
    table.put('b', 20);
    expect(await table.plan()).toMatchObject({ changes: ['create b'] });
  });

  test('the cursor waits for a whole listing: nothing is passed that could not be read', async () => {
    table.put('a', 0);
    await work.applied();
    const before = table.cursor();
    table.put('b', 500);
    work.write(
      'tickets.jsonl',
      `${JSON.stringify(table.rows.get('a'))}\n${JSON.stringify(table.rows.get('b'))}\n{"id":"c", "upd`,
    );
    expect((await table.plan()).cursor).toMatchObject({ held: 'incomplete', to: before?.cursor });
    expect(await work.applied()).toMatchObject({ outcome: 'partial', applied: { create: 1 }, rejected: 1 });
    expect(table.cursor()).toEqual(before);
    table.put('c', 400);
    expect(await table.plan()).toMatchObject({ changes: ['create c'], listed: 3 });
    await work.applied();
    expect(table.cursor()?.cursor).toBe('2026-01-01T08:20:00.000000000Z');
  });

  test('the cursor waits for losses that a guard withholds', async () => {
    work.write('desired/tickets.yaml', manifest(table.collection).replace('max_count: 1000', 'max_count: 0'));
    table.put('a', 0);
    table.put('b', 0);
    await work.applied();
    const before = table.cursor();
    table.put('a', 10, { deleted: true });
    table.put('b', 20);
    expect(await work.applied()).toMatchObject({
      outcome: 'partial',
      reason: 'losses_withheld',
      withheld: 1,
    });
    expect(table.cursor()).toEqual(before);
    expect(await work.applied({ allow_delete: ['tickets/a'] })).toMatchObject({ applied: { delete: 1 } });
    expect(table.cursor()?.cursor).toBe('2026-01-01T00:20:00.000000000Z');
  });

  test('a run that is killed moves no cursor, and the next one reads the same window', async () => {
    table.put('old', 0);
    table.put('a', 200);
    await work.applied();
    const before = table.cursor();
    for (let i = 0; i < 5; i++) table.put(`n${i}`, 300 + i);
    await work.killed({ after: (step, call) => step === 'transaction' && call === 3 });
    expect(table.cursor()).toEqual(before);
    const { cursor, listed } = await table.plan();
    expect(cursor).toMatchObject({ full_read: null, from: before?.cursor });
    // The five, and the tie with the cursor; not what is older.
    expect(listed).toBe(6);
    await work.applied();
    await expectAsFresh();
    expect(table.cursor()?.cursor).toBe('2026-01-01T05:04:00.000000000Z');
  });

  test('what live lost of an old record is mended by reading the source from its beginning', async () => {
    table.put('old', 0);
    table.put('new', 900);
    await work.applied();
    await lose('tickets/old');
    expect(await table.plan()).toMatchObject({ changes: ['repair old'], cursor: { full_read: 'repair' } });
    expect(await work.applied()).toMatchObject({ outcome: 'applied', embedded: 0, applied: { repair: 1 } });
    expect(await table.plan()).toMatchObject({ changes: [], cursor: { full_read: null } });
    await expectAsFresh();
  });

  test('a record that changes how it is composed is read again, however old', async () => {
    table.put('old', 0);
    table.put('new', 900);
    await work.applied();
    work.write(
      'desired/tickets.yaml',
      manifest(table.collection).replace('{ changed: updated_at }', '{ at: updated_at }'),
    );
    expect(await table.plan()).toMatchObject({
      changes: ['update new', 'update old'],
      cursor: { full_read: 'recipe-changed' },
    });
    expect(await work.applied()).toMatchObject({ embedded: 0, upserted: 0, applied: { update: 2 } });
  });

  test('a backfill never brings back an older version', async () => {
    table.put('a', 500, { body: text('a', 2) });
    await work.applied();
    // As from a copy of the table of last week.
    table.put('a', 100, { body: text('a', 1) });
    const result = await table.backfill(0, 400);
    expect(result).toMatchObject({ outcome: 'no_changes', upserted: 0 });
    table.put('a', 500, { body: text('a', 2) });
    await expectAsFresh();
  });

  test('a replay brings back what live lost, without its source, and never an older version', async () => {
    table.put('a', 0);
    table.put('b', 0);
    await work.applied();
    const [first = ''] = table.batches();
    table.put('a', 500, { body: text('a', 2) });
    table.put('b', 500, { deleted: true });
    await work.applied();
    const before = table.cursor();
    const [second = ''] = table.batches();
    expect(await table.replay(first)).toMatchObject({ outcome: 'no_changes', upserted: 0 });
    expect(table.cursor()).toEqual(before);
    work.remove('tickets.jsonl');
    work.write('tickets.jsonl', '');
    await lose('tickets/a');
    expect(await table.replay(second)).toMatchObject({
      outcome: 'applied',
      embedded: 0,
      applied: { repair: 1 },
    });
    expect(await table.replay(second)).toMatchObject({ outcome: 'no_changes' });
    expect(table.cursor()).toEqual(before);
    table.save();
    expect(await table.plan()).toMatchObject({ changes: [], outcome: 'no_changes' });
    await expectAsFresh();
  });

  test.each([1, 2, 3])(
    'whatever happens to it, in any order, the index ends as a fresh build (seed %i)',
    async (seed) => {
      const random = generator(seed);
      const pick = (n: number): number => Math.floor(random() * n);
      let now = 0;
      let gap: number | undefined;
      table.put('first', now);
      for (let step = 0; step < 14; step++) {
        now += 1 + pick(90);
        const id = `t${pick(6)}`;
        const zone = pick(20) - 10;
        const newest = table.cursor()?.cursor;
        switch (pick(9)) {
          case 0:
          case 1:
            table.put(id, now, { zone });
            break;
          case 2:
            // As late as is declared: not before what the last run has acknowledged.
            table.put(`late${step}`, Math.max(0, now - pick(60)), { zone });
            break;
          case 3:
            table.put(`tie${step}`, now);
            table.put(`tie${step}b`, now, { zone });
            break;
          case 4:
            if (table.rows.has(id)) table.put(id, now, { deleted: true, zone });
            break;
          case 5: {
            // A gap: it came later than anybody declared.
            const missed = Math.max(0, now - LATENESS_MINUTES * 3);
            table.put(`gap${step}`, missed, { zone });
            gap = Math.min(gap ?? missed, missed);
            break;
          }
          case 6: {
            const at = 1 + pick(12);
            await work
              .killed({ after: (name, call) => name === 'transaction' && call === at })
              .catch((error: Error) => {
                expect(error.message).toBe('the run ended before it could be killed');
              });
            break;
          }
          case 7: {
            // Whatever was applied before, once more: what is newer stays.
            const batches = table.batches();
            const batch = batches[pick(Math.max(1, batches.length))];
            if (batch !== undefined) await table.replay(batch);
            break;
          }
          default:
            await work.applied();
        }
        const moved = table.cursor()?.cursor;
        if (newest != null)
          expect(compareCursors('timestamp', moved ?? '', newest)).toBeGreaterThanOrEqual(0);
      }
      await work.applied();
      if (gap !== undefined) await table.backfill(gap, now + 1);
      expect(await table.plan()).toMatchObject({ changes: [], outcome: 'no_changes' });
      const all = [...table.rows.values()].map(({ updated_at }) => readCursor('timestamp', updated_at));
      const newest = all
        .map((read) => (read.ok ? read.cursor : ''))
        .sort()
        .at(-1);
      expect(table.cursor()?.cursor).toBe(newest);
      await expectAsFresh();
    },
  );
});

/** A small deterministic generator (mulberry32). */
function generator(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
