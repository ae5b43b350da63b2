/**
 * One listing of records, on disk until it is listed anew: they come in any order, are listed by uri, and are read
 * again as they were listed, whatever has become of the source since.
 */
import { type CursorType, compareCursors } from '../../domain/cursor.js';
import { IngestError } from '../../domain/errors.js';
import type { Database } from '../../platform/sqlite.js';
import { openTemporaryDatabase } from '../../platform/temporary-database.js';

/** Appended to; sorted once, when all is there: a tree that is filled in any order is written many times over. */
const SCHEMA = `
CREATE TABLE listed (seq INTEGER PRIMARY KEY, uri TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL,
  content_sha256 TEXT NOT NULL, version TEXT, location TEXT NOT NULL, message TEXT, times INTEGER NOT NULL,
  fields TEXT);
`;
const SORT = 'CREATE INDEX listed_by_uri ON listed (uri)';
const COLUMNS = 'uri, kind, path, content_sha256, version, location, message, times';
const INSERT = `INSERT INTO listed (${COLUMNS}, fields)
  VALUES (@uri, @kind, @path, @content_sha256, @version, @location, @message, 1, @fields)`;
const PAGE = 500;
const BATCH = 10_000;

export interface SpooledRecord {
  readonly uri: string;
  readonly kind: 'document' | 'deleted' | 'malformed';
  /** Its key. */
  readonly path: string;
  readonly content_sha256: string;
  readonly version: string | null;
  /** JSON; null of what is no record. */
  readonly fields: string | null;
  readonly location: string;
  readonly message: string | null;
  /** How often the same damage stands in the input. */
  readonly times: number;
}

type Numbered = Omit<SpooledRecord, 'fields'> & { readonly seq: number };

export class ListingSpool {
  readonly #db: Database;
  readonly #cursor: CursorType | undefined;
  #inBatch = 0;

  /** Without a cursor a key may come once; with one the newest version counts. */
  constructor(cursor: CursorType | undefined) {
    this.#db = openTemporaryDatabase(SCHEMA);
    this.#db.exec('BEGIN');
    this.#cursor = cursor;
  }

  add(record: Omit<SpooledRecord, 'times'>): void {
    if (++this.#inBatch >= BATCH) {
      this.#db.exec('COMMIT');
      this.#db.exec('BEGIN');
      this.#inBatch = 0;
    }
    this.#db.prepare(INSERT).run({ ...record });
  }

  /**
   * Nothing more comes: sorts, and leaves one of each uri.
   * @throws IngestError E201 when two different records have one uri, and no cursor says which is newer
   */
  seal(): void {
    this.#db.exec(SORT);
    const find = `SELECT uri FROM listed WHERE uri > ? GROUP BY uri HAVING count(*) > 1 ORDER BY uri LIMIT ${PAGE}`;
    for (let after = ''; ; ) {
      const found = this.#db.prepare<{ readonly uri: string }>(find).all(after);
      for (const { uri } of found) this.#settle(uri);
      const last = found.at(-1);
      if (last === undefined) return;
      after = last.uri;
    }
  }

  /** In the order in which they came. */
  #settle(uri: string): void {
    const find = `SELECT seq, ${COLUMNS} FROM listed WHERE uri = ? AND seq > ? ORDER BY seq LIMIT ${PAGE}`;
    let kept: Numbered | undefined;
    for (let after = 0; ; ) {
      const rows = this.#db.prepare<Numbered>(find).all(uri, after);
      for (const row of rows) kept = kept === undefined ? row : this.#choose(kept, row);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.seq;
    }
    if (kept === undefined) return;
    this.#db.prepare('DELETE FROM listed WHERE uri = ? AND seq <> ?').run(uri, kept.seq);
    this.#db.prepare('UPDATE listed SET times = ? WHERE seq = ?').run(kept.times, kept.seq);
  }

  #choose(known: Numbered, next: Numbered): Numbered {
    if (next.kind === 'malformed' && known.content_sha256 === next.content_sha256) {
      return { ...known, times: known.times + 1 };
    }
    const order = this.#order(next, known);
    if (order > 0) return next;
    if (order === 0 && !(this.#cursor !== undefined && sameContent(next, known))) {
      throw twice(next, known, this.#cursor !== undefined);
    }
    return known;
  }

  get(uri: string): SpooledRecord | undefined {
    return this.#db.prepare<SpooledRecord>(`SELECT ${COLUMNS}, fields FROM listed WHERE uri = ?`).get(uri);
  }

  /** In uri order; may be read while others are looked up. Without the fields, which are only wanted of a few. */
  *entries(): Generator<Omit<SpooledRecord, 'fields'>> {
    const find = `SELECT ${COLUMNS} FROM listed WHERE uri > ? ORDER BY uri LIMIT ?`;
    for (let after = ''; ; ) {
      const rows = this.#db.prepare<Omit<SpooledRecord, 'fields'>>(find).all(after, PAGE);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.uri;
    }
  }

  close(): void {
    this.#db.close();
  }

  /** Of two inputs with one uri: what nobody can read is older than what can be. */
  #order(a: Pick<SpooledRecord, 'version'>, b: Pick<SpooledRecord, 'version'>): number {
    if (this.#cursor === undefined) return 0;
    if (a.version === null || b.version === null)
      return Number(a.version !== null) - Number(b.version !== null);
    return compareCursors(this.#cursor, a.version, b.version);
  }
}

type Found = Pick<SpooledRecord, 'kind' | 'content_sha256' | 'location' | 'uri'>;

function sameContent(a: Found, b: Found): boolean {
  return a.kind === b.kind && a.content_sha256 === b.content_sha256;
}

function twice(a: Found, b: Found, versions: boolean): IngestError {
  const same = versions ? ' and the same cursor' : '';
  return new IngestError(
    'E201',
    `two records have the uri ${a.uri}${same}: ${b.location} and ${a.location}`,
    {
      kind: 'input',
      advice: versions
        ? 'Nobody can say which is newer: take one out, or declare a cursor_field that tells them apart.'
        : 'Take one out, declare a key that tells them apart, or load.mode incremental_cursor if they are versions of one record.',
    },
  );
}
