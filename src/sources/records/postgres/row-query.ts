/**
 * The query that gives every row as one JSON text, written by the server: it alone knows arrays, zones and microseconds,
 * and the types that somebody added to it. Pure.
 */
import type { CursorWindow } from '../../../domain/cursor.js';
import { IngestError } from '../../../domain/errors.js';
import type { CursorSpec, RowSet } from '../../../domain/source-spec.js';
import { quoteIdentifier } from '../quote-identifier.js';

export interface Column {
  readonly name: string;
  /** The server's number of its type; of a domain that of its base. */
  readonly type: number;
}

export interface SqlText {
  readonly text: string;
  readonly values: readonly string[];
}

const BYTEA = 17;
const NUMERIC = 1700;
const NUMERICS = 1231;
const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
/** int8, int2, int4, numeric, float4, float8. */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, NUMERIC, 700, 701]);

export function rowsOf(rows: RowSet): string {
  if ('query' in rows) return `(${rows.query.trim().replace(/;$/, '')}\n)`;
  return rows.table.split('.').map(quoteIdentifier).join('.');
}

export function rowQuery(
  rows: RowSet,
  columns: readonly Column[],
  cursor: CursorSpec | undefined,
  window: CursorWindow,
): SqlText {
  const list = columns
    .map((column) => `${asJsonValue(column)} AS ${quoteIdentifier(column.name)}`)
    .join(', ');
  const values: string[] = [];
  const conditions = cursor === undefined ? [] : windowConditions(columns, cursor, window, values);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return {
    text: `SELECT row_to_json(r.*)::text AS record FROM (SELECT ${list} FROM ${rowsOf(rows)} AS t${where}) AS r`,
    values,
  };
}

/** Bytes are no text: their hash tells when they change. A decimal keeps its digits as text. */
function asJsonValue({ name, type }: Column): string {
  const column = `t.${quoteIdentifier(name)}`;
  switch (type) {
    case BYTEA:
      return `'sha256:' || encode(sha256(${column}), 'hex')`;
    case NUMERIC:
      return `${column}::text`;
    case NUMERICS:
      return `${column}::text[]`;
    default:
      return column;
  }
}

/**
 * Never narrower than the window, and never without the rows that have no cursor: they are malformed, not absent.
 * Timestamps have microseconds there; what is asked for is cut to them, and an end that was cut is inclusive.
 */
function windowConditions(
  columns: readonly Column[],
  { field, type }: CursorSpec,
  { start, end }: CursorWindow,
  values: string[],
): string[] {
  const of = columns.find(({ name }) => name === field)?.type;
  const cast =
    type === 'timestamp' && of === TIMESTAMPTZ
      ? 'timestamptz'
      : type === 'number' && of !== undefined && NUMBERS.has(of)
        ? 'numeric'
        : undefined;
  if (cast === undefined) return [];
  const column = `t.${quoteIdentifier(field)}`;
  const bound = (sign: string, cursor: string): string => {
    values.push(cast === 'timestamptz' ? `${cursor.slice(0, 26)}Z` : cursor);
    return `(${column} ${sign} $${values.length}::${cast} OR ${column} IS NULL)`;
  };
  return [...(start === null ? [] : [bound('>=', start)]), ...(end === null ? [] : [bound('<=', end)])];
}

/** @throws IngestError E202 for a cursor of a type that says no instant */
export function checkCursorColumn(
  columns: readonly Column[],
  cursor: CursorSpec | undefined,
  where: string,
): void {
  if (cursor?.type !== 'timestamp') return;
  const type = columns.find(({ name }) => name === cursor.field)?.type;
  if (type !== TIMESTAMP && type !== DATE) return;
  const name = type === DATE ? 'date' : 'timestamp without time zone';
  throw new IngestError('E202', `${where} has the cursor "${cursor.field}", a ${name}, which is no instant`, {
    kind: 'input',
    advice: `Use a timestamptz, or a query that says the zone: SELECT *, ${quoteIdentifier(cursor.field)} AT TIME ZONE 'UTC' AS changed_at FROM ...`,
  });
}
