/**
 * The beginning of a window as SQL, where SQLite compares as this program does; where it might not, everything is read
 * and judged afterwards. Nothing is left out that has no cursor, or one of another type: that is malformed. Pure.
 */
import type { CursorWindow } from '../../../domain/cursor.js';
import type { CursorSpec } from '../../../domain/source-spec.js';
import { quoteIdentifier } from '../quote-identifier.js';

export interface Condition {
  /** With one parameter. */
  readonly sql: string;
  readonly value: string | number | bigint;
}

const MAX_INTEGER = 2n ** 63n - 1n;

export function windowStart(
  cursor: CursorSpec | undefined,
  { start }: CursorWindow,
  declaredType: string | null,
): Condition | undefined {
  if (cursor === undefined || start === null || declaredType === null) return undefined;
  const column = quoteIdentifier(cursor.field);
  const affinity = affinityOf(declaredType);
  // Texts that are no number and blobs are greater than every number here, and so are read.
  if (cursor.type === 'number' && affinity === 'number') {
    const value = numberOf(start);
    return value === undefined ? undefined : { sql: `(${column} >= ? OR ${column} IS NULL)`, value };
  }
  if (cursor.type === 'string' && affinity === 'text') {
    return { sql: `(${column} COLLATE BINARY >= ? OR ${column} IS NULL)`, value: start };
  }
  // Timestamps in text have as many forms as there are programs that write them.
  return undefined;
}

/** By the rules that SQLite has for the declared type of a column. */
function affinityOf(declaredType: string): 'number' | 'text' | 'none' {
  const type = declaredType.toUpperCase();
  if (type.includes('INT')) return 'number';
  if (/CHAR|CLOB|TEXT/.test(type)) return 'text';
  return type === '' || type.includes('BLOB') ? 'none' : 'number';
}

function numberOf(cursor: string): number | bigint | undefined {
  if (!/^-?\d+$/.test(cursor)) return Number(cursor);
  const integer = BigInt(cursor);
  return integer > MAX_INTEGER || integer < -MAX_INTEGER ? undefined : integer;
}
