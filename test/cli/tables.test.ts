/**
 * Tables from plan to Chroma: rows that come, change and go, in a SQLite database and on a real PostgreSQL server
 * (test/support/postgres.ts says how it is started); and a server that is not there, which deletes nothing.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openDatabase } from '../../src/platform/sqlite.js';
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.js';
import { gist, Project } from '../support/project.js';

const FIELDS = ['key: id', 'text: [subject, body]', 'metadata_from: [state]'];
const TABLE = `CREATE TABLE tickets(id INTEGER PRIMARY KEY, subject TEXT, body TEXT, state TEXT, revision INTEGER, deleted INTEGER)`;

interface Stored {
  readonly text: string;
  readonly state: unknown;
}

/** What the collection holds, by uri. */
async function stored(project: Project): Promise<Record<string, Stored>> {
  const { documents, metadatas } = await (await project.collection()).get();
  return Object.fromEntries(
    documents.map((text, index) => {
      const { ingest_uri, state } = (metadatas[index] ?? {}) as Record<string, unknown>;
      return [String(ingest_uri), { text: text ?? '', state }];
    }),
  );
}

describe('a SQLite database', () => {
  const project = new Project(inject('chromaUrl'), true);
  afterAll(() => project.dispose());

  function write(sql: string): void {
    const db = openDatabase(project.ws.path('shop.db'));
    db.exec(sql);
    db.close();
  }

  it('is followed by its cursor: rows that come, change and are marked as deleted', async () => {
    project.manifest({
      sources: {
        tickets: [
          'type: sqlite',
          'path: ../shop.db',
          'table: tickets',
          ...FIELDS,
          'load: { mode: incremental_cursor, cursor_field: revision, cursor_type: number, deleted_field: deleted }',
        ],
      },
    });
    write(`${TABLE}; INSERT INTO tickets VALUES (1, 'Refund', 'of an order', 'open', 1, 0),
      (2, 'Login', 'by phone', 'open', 2, 0), (3, 'Invoice', 'of March', 'open', 3, 0)`);
    expect(gist(await project.plan())).toEqual([
      'create tickets/1 new',
      'create tickets/2 new',
      'create tickets/3 new',
    ]);
    await project.settle();
    expect(await stored(project)).toEqual({
      'tickets/1': { text: 'Refund\n\nof an order', state: 'open' },
      'tickets/2': { text: 'Login\n\nby phone', state: 'open' },
      'tickets/3': { text: 'Invoice\n\nof March', state: 'open' },
    });
    // A row that is simply gone says nothing to a cursor.
    write(`UPDATE tickets SET body = 'by mail', revision = 4 WHERE id = 2;
      UPDATE tickets SET deleted = 1, revision = 5 WHERE id = 3;
      INSERT INTO tickets VALUES (4, 'Export', 'to a file', 'closed', 5, 0); DELETE FROM tickets WHERE id = 1`);
    expect(gist(await project.plan())).toEqual([
      'update tickets/2 content',
      'delete tickets/3 deleted',
      'create tickets/4 new',
    ]);
    await project.settle();
    expect(await stored(project)).toEqual({
      'tickets/1': { text: 'Refund\n\nof an order', state: 'open' },
      'tickets/2': { text: 'Login\n\nby mail', state: 'open' },
      'tickets/4': { text: 'Export\n\nto a file', state: 'closed' },
    });
  });
});

describe('a PostgreSQL server', () => {
  const missing = postgresMissing();
  const project = new Project(inject('chromaUrl'), true);
  let server: TestPostgres;
  beforeAll(async () => {
    if (missing === undefined) server = await startPostgres();
  });
  afterAll(async () => {
    await server?.stop();
    await project.dispose();
  });

  it('is the whole truth in a full snapshot, until it cannot be reached: then nothing is deleted', async (context) => {
    if (missing !== undefined) context.skip(missing);
    project.manifest({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the manifest's own syntax
      sources: { tickets: ['type: postgres', 'url: ${PG_URL}', 'table: tickets', ...FIELDS] },
    });
    const without = await project.run(['plan']);
    expect(without.code).toBe(1);
    expect(without.stderr).toMatch(/E109 .*PG_URL is not set/);
    Object.assign(project.env, { PG_URL: server.url() });
    await server.run(`${TABLE}; INSERT INTO tickets VALUES (1, 'Refund', 'of an order', 'open', 1, 0),
      (2, 'Login', 'by phone', 'open', 2, 0), (3, 'Invoice', 'of March', 'open', 3, 0)`);
    await project.settle();
    await server.run(`UPDATE tickets SET state = 'closed' WHERE id = 1; DELETE FROM tickets WHERE id = 2;
      INSERT INTO tickets VALUES (4, 'Export', 'to a file', 'open', 4, 0)`);
    expect(gist(await project.plan())).toEqual([
      'update tickets/1 metadata',
      'delete tickets/2 gone',
      'create tickets/4 new',
    ]);
    await project.settle();
    const after = {
      'tickets/1': { text: 'Refund\n\nof an order', state: 'closed' },
      'tickets/3': { text: 'Invoice\n\nof March', state: 'open' },
      'tickets/4': { text: 'Export\n\nto a file', state: 'open' },
    };
    expect(await stored(project)).toEqual(after);
    await server.kill();
    const lost = await project.apply();
    expect({ outcome: lost.outcome, reason: lost.reason }).toEqual({
      outcome: 'partial',
      reason: 'losses_withheld',
    });
    expect(await stored(project)).toEqual(after);
    for (const args of [['plan'], ['status'], ['journal'], ['plan', '--json', '--diff']]) {
      const { stdout, stderr } = await project.call(args);
      for (const spelling of [server.password, encodeURIComponent(server.password)]) {
        expect(stdout + stderr, args.join(' ')).not.toContain(spelling);
      }
    }
  });
});
