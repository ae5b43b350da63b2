/**
 * One listing of records, on disk until it is listed anew: they come in any order, are listed by uri, and are read
 * again as they were listed, whatever has become of the source since.
 */
import { type CursorType, compareCursors } from '../../domain/cursor.js';
import { IngestError } from '../../domain/errors.js';
import type { Database } from '../../platform/sqlite.js';
import { openTemporaryDatabase } from '../../platform/temporary-database.js';

const SCHEMA = `
CREATE TABLE listed (uri TEXT PRIMARY KEY, kind TEXT NOT NULL, path TEXT NOT NULL, content_sha256 TEXT NOT NULL,
  version TEXT, fields TEXT, location TEXT NOT NULL, message TEXT, times INTEGER NOT NULL) WITHOUT ROWID;
`;
const INSERT = `INSERT INTO listed VALUES (@uri, @kind, @path, @content_sha256, @version, @fields, @location, @message, 1)
  ON CONFLICT DO NOTHING`;
const REPLACE = `UPDATE listed SET kind = @kind, path = @path, content_sha256 = @content_sha256, version = @version,
  fields = @fields, location = @location, message = @message WHERE uri = @uri`;
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

  /** @throws IngestError E201 when two different records have one uri, and no cursor says which is newer */
  add(record: Omit<SpooledRecord, 'times'>): void {
    if (++this.#inBatch >= BATCH) {
      this.#db.exec('COMMIT');
      this.#db.exec('BEGIN');
      this.#inBatch = 0;
    }
    if (this.#db.prepare(INSERT).run({ ...record }).changes > 0) return;
    const known = this.get(record.uri);
    if (known === undefined) throw new TypeError(`neither inserted nor there: ${record.uri}`);
    if (record.kind === 'malformed' && known.content_sha256 === record.content_sha256) {
      this.#db.prepare('UPDATE listed SET times = times + 1 WHERE uri = ?').run(record.uri);
      return;
    }
    const order = this.#order(record, known);
    if (order > 0) this.#db.prepare(REPLACE).run({ ...record });
    else if (order === 0 && !(this.#cursor !== undefined && sameContent(record, known))) {
      throw twice(record, known, this.#cursor !== undefined);
    }
  }

  get(uri: string): SpooledRecord | undefined {
    return this.#db.prepare<SpooledRecord>('SELECT * FROM listed WHERE uri = ?').get(uri);
  }

  /** In uri order; may be read while others are looked up. Without the fields, which are only wanted of a few. */
  *entries(): Generator<Omit<SpooledRecord, 'fields'>> {
    const find = `SELECT uri, kind, path, content_sha256, version, location, message, times FROM listed
      WHERE uri > ? ORDER BY uri LIMIT ?`;
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
