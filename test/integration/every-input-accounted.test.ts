/** Failures of the systems before this one in taking inputs in, each of which must not happen here. */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { StateReader } from '../../src/domain/ports/state.js';
import { report, status } from '../../src/pipeline.js';
import { openStateReader } from '../../src/recorded/open-state.js';
import { renderPlan } from '../../src/report/render-plan.js';
import { plainStyle } from '../../src/report/style.js';
import { Workspace } from '../support/workspace.js';

const chromaUrl = inject('chromaUrl');

const PLAIN = { style: plainStyle, width: 100, verbose: false, next: '' };

describe.skipIf(chromaUrl === '')('inputs', () => {
  let work: Workspace;

  beforeEach(() => {
    work = new Workspace(chromaUrl);
  });
  afterEach(() => work.close());

  function records(more = ''): void {
    work.write(
      'desired/tickets.yaml',
      `apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: tickets }
environments:
  dev: { chroma: { url: "${chromaUrl}", collection: accounted-${randomUUID()} } }
embedding: { provider: lexical-hash, dimensions: 64 }
sources:
  - { id: tickets, type: jsonl, path: ../tickets.jsonl, key: id, text: [body], ${more} }
`,
    );
  }

  function lines(...records: readonly (object | string)[]): void {
    const line = (one: object | string): string => (typeof one === 'string' ? one : JSON.stringify(one));
    work.write('tickets.jsonl', records.map((one) => `${line(one)}\n`).join(''));
  }

  const planned = () =>
    work.plan(({ indexes: [index] }) => ({
      header: index?.header,
      changes: [...(index?.changes() ?? [])].map(({ action, uri, detail }) => ({ action, uri, detail })),
    }));

  test('a malformed line is counted and located, and what follows it is read', async () => {
    records();
    lines({ id: 'a', body: 'first' }, '{"id": "b", "body', { id: 'c', body: 'third' });
    const { header, changes } = await planned();
    expect(header?.coverage).toMatchObject({ declared: 3, current: 2, rejected: 1 });
    expect(header?.sources).toMatchObject([{ documents: 2, malformed: 1, complete: false }]);
    expect(changes.map(({ detail }) => detail)).toContain('tickets.jsonl:2: not JSON: it ends too early');
    expect(await work.applied()).toMatchObject({ outcome: 'partial', rejected: 1, applied: { create: 2 } });
    // Known now: counted, and no news.
    expect(await work.applied()).toMatchObject({ outcome: 'no_changes', rejected: 0 });
    expect((await planned()).header?.summary).toMatchObject({ known_rejects: 1, reject: 0 });
  });

  test('absence from a listing with a malformed line is no deletion', async () => {
    records();
    lines({ id: 'a', body: 'first' }, { id: 'b', body: 'second' });
    await work.applied();
    lines({ id: 'a', body: 'first' }, '{"id": "b", "body');
    expect((await planned()).changes).toContainEqual(
      expect.objectContaining({ action: 'withheld', uri: 'tickets/b' }),
    );
    records('load: { on_malformed: pass }');
    expect((await planned()).changes).not.toContainEqual(expect.objectContaining({ action: 'withheld' }));
  });

  test('the same record in another batch is not new: its hash knows of no batch', async () => {
    records('load: { mode: incremental_cursor, cursor_field: at, cursor_type: number }');
    lines({ id: 'a', body: 'first', at: 1 });
    await work.applied();
    const batches = [batch()];
    lines({ id: 'a', body: 'first', at: 1 }, { id: 'b', body: 'second', at: 2 });
    expect((await planned()).changes.map(({ uri }) => uri)).toEqual(['tickets/b']);
    await work.applied();
    expect(batch()).not.toBe(batches[0]);
    expect((await planned()).changes).toEqual([]);

    function batch(): string | null | undefined {
      return state((read) => read.index('tickets')?.batch_id);
    }
  });

  test('a malformed line that was mended is forgotten, also by a source that is read in increments', async () => {
    records('load: { mode: incremental_cursor, cursor_field: at, cursor_type: number }');
    lines({ id: 'a', body: 'first', at: 1 }, '{"id": "b", "body', { id: 'c', body: 'third', at: null });
    expect(await work.applied()).toMatchObject({ outcome: 'partial', rejected: 2 });
    expect(state((read) => [...read.rejects('tickets')].length)).toBe(2);
    // Held every night, so it is said every night.
    const held = await work.plan((found) => [...renderPlan(found, PLAIN)].join('\n'));
    expect(held).toContain('stays at the beginning: its listing is incomplete');
    expect(held).toMatch(/No changes.*2 known rejects/s);

    lines({ id: 'a', body: 'first', at: 1 }, { id: 'b', body: 'second', at: 2 });
    expect(await work.applied()).toMatchObject({ outcome: 'applied', applied: { create: 1 } });
    expect(state((read) => [...read.rejects('tickets')])).toEqual([]);
    expect(state(cursor)).toBe('2');

    // Past the cursor, and gone again: a later increment forgets it as well.
    lines({ id: 'a', body: 'first', at: 1 }, { id: 'b', body: 'second', at: 2 }, 'no record');
    await work.applied();
    expect(state((read) => [...read.rejects('tickets')].length)).toBe(1);
    lines({ id: 'a', body: 'first', at: 1 }, { id: 'b', body: 'second', at: 2 });
    await work.applied();
    expect(state((read) => [...read.rejects('tickets')])).toEqual([]);
  });

  test('a record that the contract refused is not forgotten because an increment does not list it', async () => {
    work.write('ticket.schema.json', JSON.stringify({ required: ['owner'] }));
    records(
      'contract: ../ticket.schema.json, load: { mode: incremental_cursor, cursor_field: at, cursor_type: number }',
    );
    lines({ id: 'a', body: 'first', at: 1 }, { id: 'b', body: 'second', at: 2, owner: 'ana' });
    await work.applied();
    lines({ id: 'c', body: 'third', at: 3, owner: 'ana' });
    await work.applied();
    expect(state((read) => [...read.rejects('tickets')].map(({ uri }) => uri))).toEqual(['tickets/a']);
  });

  test('a source that nobody can read leaves the run partial, its cursor where it is, and the report true', async () => {
    work.write('tickets.jsonl.gz', '');
    records('load: { mode: incremental_cursor, cursor_field: at, cursor_type: number }');
    const manifest = readFileSync(join(work.root, 'desired/tickets.yaml'), 'utf8');
    work.write('desired/tickets.yaml', manifest.replace('tickets.jsonl,', 'tickets.jsonl.gz,'));
    const packed = (...records: readonly object[]) =>
      writeFileSync(
        join(work.root, 'tickets.jsonl.gz'),
        gzipSync(records.map((one) => `${JSON.stringify(one)}\n`).join('')),
      );
    packed({ id: 'a', body: 'first', at: 1 }, { id: 'b', body: 'second', at: 2 });
    await work.applied();
    packed({ id: 'b', body: 'second', at: 2 }, { id: 'c', body: 'third', at: 3 });
    await work.applied();
    // An increment declares less than is recorded, which is no difference.
    expect(reported().reconciliation.filter(({ ok }) => ok === false)).toEqual([]);

    work.write('tickets.jsonl.gz', 'torn');
    const { header } = await planned();
    expect(header?.sources).toMatchObject([{ complete: false, cursor: { held: 'incomplete', to: '3' } }]);
    expect(await work.applied()).toMatchObject({ outcome: 'partial', reason: 'sources_unreadable' });
    expect(state(cursor)).toBe('3');
    expect(state((read) => status(read, undefined, 'dev', null)).indexes).toMatchObject([
      { last_run: { outcome: 'applied' }, failed_since: { reason: 'sources_unreadable' }, searchers: 'new' },
    ]);
    const { verdict, reconciliation } = reported();
    expect(verdict).toMatchObject({
      status: 'warning',
      recommended_action: 'rerun_after_fix',
      reason_codes: ['warn:unreadable'],
    });
    expect(reconciliation.filter(({ ok }) => ok === false)).toEqual([]);
  });

  function state<T>(read: (found: StateReader) => T): T {
    const opened = openStateReader(join(work.root, 'state/dev'));
    try {
      return read(opened);
    } finally {
      opened.close();
    }
  }

  const cursor = (read: StateReader) => read.cursors('tickets')[0]?.cursor;
  const reported = () => state((read) => report(read, 'dev', { run: undefined, running: undefined }));

  test('formats of a contract are checked, of every record', async () => {
    work.write(
      'ticket.schema.json',
      JSON.stringify({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        required: ['id', 'created_at'],
        properties: {
          created_at: { type: 'string', format: 'date-time' },
          url: { type: 'string', format: 'uri' },
        },
      }),
    );
    records('contract: ../ticket.schema.json');
    lines(
      { id: 'good', body: 'one', created_at: '2026-01-31T09:30:00Z', url: 'https://example.com/1' },
      { id: 'no-date', body: 'two', created_at: '31.1.2026' },
      { id: 'no-uri', body: 'three', created_at: '2026-01-31T09:30:00Z', url: 'nowhere at all' },
    );
    const { header, changes } = await planned();
    expect(header?.coverage).toMatchObject({ declared: 3, current: 1, rejected: 2 });
    expect(changes.filter(({ action }) => action === 'reject').map(({ detail }) => detail)).toEqual([
      '/created_at must match format "date-time"',
      '/url must match format "uri"',
    ]);
  });

  test('content that comes under a second uri is a warning, once, and a move is none', async () => {
    work.manifest('notes', `accounted-${randomUUID()}`);
    work.write('docs/notes/a.md', 'The same words in two places.\n');
    work.write('docs/notes/b.md', 'The same words in two places.\n');
    const warnings = async () =>
      (await planned()).header?.warnings
        .filter(({ key }) => key === 'duplicate-content')
        .map(({ message }) => message);
    expect(await warnings()).toEqual(['notes/b.md has the content of notes/a.md']);
    await work.applied();
    expect(await warnings()).toEqual([]);
    work.write('docs/notes/c.md', 'The same words in two places.\n');
    expect(await warnings()).toEqual(['notes/c.md has the content of notes/a.md']);
    // One of them goes: what is left is a move, and the content is there as often as before.
    work.remove('docs/notes/b.md');
    expect(await warnings()).toEqual([]);
    work.write('docs/notes/a.md', 'Other words by now.\n');
    work.write('docs/notes/d.md', 'Other words by now.\n');
    expect(await warnings()).toEqual(['notes/d.md has the content of notes/a.md']);
  });
});
