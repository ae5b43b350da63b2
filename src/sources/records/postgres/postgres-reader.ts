/**
 * Source type `postgres`: the rows of a table or a query as they were at one moment, page by page, in a transaction that
 * cannot write. Whatever goes wrong on the way makes the listing incomplete, never short.
 */
import type { CursorWindow } from '../../../domain/cursor.js';
import { IngestError } from '../../../domain/errors.js';
import type { Source } from '../../../domain/ports/source.js';
import type { PostgresSource } from '../../../domain/source-spec.js';
import { checkColumns } from '../check-columns.js';
import { quoteBigIntegers } from '../quote-big-integers.js';
import type { RawRecord, RecordReader } from '../record-reader.js';
import { createRecordSource } from '../record-source.js';
import { type Connection, connect, PostgresFailure } from './connect.js';
import { checkCursorColumn, rowQuery, rowsOf, type SqlText } from './row-query.js';

/** Rows that are asked for at once. */
const PAGE = 500;

const BEGIN = sql('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
const FETCH = sql(`FETCH FORWARD ${PAGE} FROM ingest_rows`);
/** What decides how values are written; until the transaction ends. */
const SETTINGS = `SELECT set_config('TimeZone', 'UTC', true), set_config('IntervalStyle', 'iso_8601', true),
  set_config('extra_float_digits', '1', true), set_config('statement_timeout', $1, true)`;
/** So that the server notices by itself when nobody waits for the answer any more. Not every server can. */
const NOTICE_LOSS = sql(
  `SELECT set_config(name, '1000', true) FROM pg_settings WHERE name = 'client_connection_check_interval'`,
);

export function createPostgresSource(spec: PostgresSource): Source {
  return createRecordSource(spec, postgresReader(spec));
}

export function postgresReader(spec: PostgresSource): RecordReader {
  return {
    root: `postgres:${spec.id}`,
    async *read(window, signal) {
      let connection: Connection | undefined;
      try {
        connection = await connect(spec, signal);
        yield* records(connection, spec, window);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PostgresFailure)) throw error;
        const where = connection === undefined ? 'PostgreSQL' : `PostgreSQL at ${connection.shown}`;
        yield { kind: 'unreadable', message: `${where} cannot be read: ${error.message}` };
      } finally {
        await connection?.close();
      }
    },
  };
}

async function* records(
  connection: Connection,
  spec: PostgresSource,
  window: CursorWindow,
): AsyncGenerator<RawRecord> {
  const table = 'table' in spec.rows ? spec.rows.table : 'query';
  const where = `${connection.shown}, ${'table' in spec.rows ? `table ${table},` : 'the query'}`;
  await connection.ask(BEGIN);
  await noticeLoss(connection);
  await connection.ask({ text: SETTINGS, values: [String(spec.statement_timeout_ms)] });
  const { fields } = await connection.ask(sql(`SELECT * FROM ${rowsOf(spec.rows)} AS t LIMIT 0`));
  const columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
  checkColumns(
    spec,
    columns.map(({ name }) => name),
    where,
  );
  checkCursorColumn(columns, spec.load.cursor, where);
  const { text, values } = rowQuery(spec.rows, columns, spec.load.cursor, window);
  await connection.ask({ text: `DECLARE ingest_rows NO SCROLL CURSOR FOR ${text}`, values });
  for (let number = 0; ; ) {
    const { rows } = await connection.ask(FETCH);
    for (const { record } of rows) {
      number++;
      yield { kind: 'record', fields: fieldsOf(record ?? null), location: `${table} row ${number}` };
    }
    if (rows.length < PAGE) return;
  }
}

/** A refusal must not end the transaction. */
async function noticeLoss(connection: Connection): Promise<void> {
  await connection.ask(sql('SAVEPOINT settings'));
  try {
    await connection.ask(NOTICE_LOSS);
  } catch (error) {
    if (!(error instanceof PostgresFailure)) throw error;
    await connection.ask(sql('ROLLBACK TO SAVEPOINT settings'));
  }
}

function fieldsOf(json: string | null): Readonly<Record<string, unknown>> {
  const fields: unknown = json === null ? undefined : JSON.parse(quoteBigIntegers(json));
  if (typeof fields === 'object' && fields !== null) return fields as Readonly<Record<string, unknown>>;
  throw new IngestError('E901', 'PostgreSQL wrote a row that is no JSON object', {
    kind: 'bug',
    advice: 'Please report it, with the types of the columns.',
  });
}

function sql(text: string): SqlText {
  return { text, values: [] };
}
