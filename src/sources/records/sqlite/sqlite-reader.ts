/**
 * Source type `sqlite`: the rows of a table or a query, of one moment, from a connection that cannot write. Whatever
 * another program commits meanwhile is in the next listing.
 */
import { basename } from 'node:path';
import type { CursorWindow } from '../../../domain/cursor.js';
import { IngestError } from '../../../domain/errors.js';
import { sha256Hex } from '../../../domain/hashing.js';
import type { Source } from '../../../domain/ports/source.js';
import type { SqliteSource } from '../../../domain/source-spec.js';
import {
  type Database,
  openDatabase,
  type SqlValue,
  type StatementShape,
  sqliteCode,
} from '../../../platform/sqlite.js';
import { checkColumns } from '../check-columns.js';
import { quoteIdentifier } from '../quote-identifier.js';
import type { RawRecord, RecordReader } from '../record-reader.js';
import { createRecordSource } from '../record-source.js';
import { windowStart } from './push-window.js';

export function createSqliteSource(spec: SqliteSource): Source {
  return createRecordSource(spec, sqliteReader(spec));
}

export function sqliteReader(spec: SqliteSource): RecordReader {
  const name = basename(spec.path);
  return {
    root: spec.path,
    async *read(window, signal) {
      let database: Database | undefined;
      try {
        database = openDatabase(spec.path, { readonly: true, bigIntegers: true });
        yield* rowsOf(database, spec, name, window, signal);
      } catch (error) {
        signal.throwIfAborted();
        // A path without its folder is a TypeError, which opening alone may throw.
        const code = database === undefined && error instanceof TypeError ? NO_FOLDER : sqliteCode(error);
        if (code === undefined) throw error;
        yield { kind: 'unreadable', message: `${name} cannot be read: ${explain(code, error as Error)}` };
      } finally {
        database?.close();
      }
    },
  };
}

type Row = Readonly<Record<string, SqlValue>>;

function* rowsOf(
  database: Database,
  spec: SqliteSource,
  name: string,
  window: CursorWindow,
  signal: AbortSignal,
): Generator<RawRecord> {
  const from = 'table' in spec.rows ? quoteIdentifier(spec.rows.table) : `(${bare(spec.rows.query)}\n)`;
  const where = 'table' in spec.rows ? `${name}, table ${spec.rows.table},` : `the query of ${name}`;
  // Seen and read in one transaction, which is one moment of the database.
  database.exec('BEGIN');
  const { columns } =
    'table' in spec.rows
      ? database.describe(`SELECT * FROM ${from}`)
      : describeQuery(database, spec.rows.query, where);
  checkColumns(
    spec,
    columns.map((column) => column.name),
    where,
  );
  const { cursor } = spec.load;
  const declared = columns.find((column) => column.name === cursor?.field)?.declaredType ?? null;
  const start = windowStart(cursor, window, declared);
  const rows =
    start === undefined
      ? database.iterate<Row>(`SELECT * FROM ${from}`)
      : database.iterate<Row>(`SELECT * FROM ${from} WHERE ${start.sql}`, start.value);
  const of = 'table' in spec.rows ? ` ${spec.rows.table}` : '';
  let number = 0;
  for (const row of rows) {
    signal.throwIfAborted();
    number++;
    const fields = Object.fromEntries(Object.entries(row).map(([column, value]) => [column, fieldOf(value)]));
    yield { kind: 'record', fields, location: `${name}${of} row ${number}` };
  }
}

/** @throws IngestError E202 for what is not one statement that only reads */
function describeQuery(database: Database, query: string, where: string): StatementShape {
  const refused = (problem: string): IngestError =>
    new IngestError('E202', `${where} ${problem}`, {
      kind: 'input',
      advice: 'Write one SELECT, with the columns that the source declares.',
    });
  try {
    const shape = database.describe(query);
    if (!shape.readonly || shape.columns.length === 0) throw refused('does not only read rows');
    return shape;
  } catch (error) {
    throw error instanceof RangeError ? refused('is not one statement') : error;
  }
}

/** Without what may end a statement and not stand inside another. */
function bare(query: string): string {
  return query.trim().replace(/;$/, '');
}

/** As JSON has it. Bytes are no text; their hash tells when they change. */
function fieldOf(value: SqlValue): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return value instanceof Uint8Array ? `sha256:${sha256Hex(value)}` : value;
}

const NO_FOLDER = 'ENOENT';

function explain(code: string, { message }: Error): string {
  if (code === NO_FOLDER) return 'its folder does not exist';
  if (/^SQLITE_(?:BUSY|LOCKED)/.test(code))
    return 'another program is writing to it, and kept it locked (SQLITE_BUSY)';
  if (/^SQLITE_NOTADB/.test(code)) return 'it is no SQLite database, or an encrypted one (SQLITE_NOTADB)';
  if (/^SQLITE_CANTOPEN/.test(code)) {
    return (
      'it does not exist, may not be read, or is in WAL mode in a folder where nothing can be written: ' +
      `copy it with VACUUM INTO, or switch it to journal_mode=DELETE (${code})`
    );
  }
  return `${message} (${code})`;
}
