/**
 * Cursors: typed values that say how new a record is. Each has one canonical form, so that what two machines record of
 * it is the same text; comparison is by type, never by how a value happens to be written.
 */
import { compareUtf8 } from './text.js';

export type CursorType = 'timestamp' | 'number' | 'string';

/**
 * What one listing looks at: [start, end), both in canonical form, null where it is open. A record whose cursor equals
 * `start` is in it, so that ties with the last one seen are read again and none is lost.
 */
export interface CursorWindow {
  readonly start: string | null;
  readonly end: string | null;
}

export const EVERYTHING: CursorWindow = { start: null, end: null };

export type ReadCursor =
  | { readonly ok: true; readonly cursor: string }
  | { readonly ok: false; readonly problem: string };

const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(?:([Zz])|([+-])(\d{2}):?(\d{2})?)$/;
const INTEGER = /^-?(?:0|[1-9]\d*)$/;

/**
 * The canonical form of a value: a timestamp in UTC with nine decimals (its text sorts as its time), an integer of any
 * size or a finite number in decimal, a string as it is.
 */
export function readCursor(type: CursorType, value: unknown): ReadCursor {
  if (value === undefined || value === null || value === '') return bad('has no value');
  switch (type) {
    case 'timestamp':
      return typeof value === 'string'
        ? readTimestamp(value)
        : bad('must be a timestamp in text, with its zone');
    case 'number':
      return readNumber(value);
    case 'string':
      return typeof value === 'string' ? { ok: true, cursor: value } : bad('must be text');
  }
}

/** Negative, 0 or positive; both in canonical form. */
export function compareCursors(type: CursorType, a: string, b: string): number {
  if (type !== 'number') return compareUtf8(a, b);
  const [left, right] = [numberOf(a), numberOf(b)];
  // Mixed comparison of bigint and number is exact.
  return left < right ? -1 : left > right ? 1 : 0;
}

export function inWindow(type: CursorType, cursor: string, { start, end }: CursorWindow): boolean {
  if (start !== null && compareCursors(type, cursor, start) < 0) return false;
  return end === null || compareCursors(type, cursor, end) < 0;
}

/** The later of two; null is before everything. */
export function laterCursor(type: CursorType, a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return compareCursors(type, a, b) >= 0 ? a : b;
}

/** `lateness` in milliseconds of a timestamp, in its own unit of a number; a string has none. */
export function earlier(type: CursorType, cursor: string, lateness: number): string {
  if (lateness === 0 || type === 'string') return cursor;
  if (type === 'number') {
    const from = numberOf(cursor);
    const to =
      typeof from === 'bigint' && Number.isInteger(lateness)
        ? from - BigInt(lateness)
        : Number(from) - lateness;
    return String(to);
  }
  const [seconds, fraction] = [cursor.slice(0, 19), cursor.slice(20, 29)];
  const millis = Date.parse(`${seconds}Z`) + Number(fraction.slice(0, 3)) - lateness;
  return `${new Date(Math.max(millis, FIRST_INSTANT)).toISOString().slice(0, -1)}${fraction.slice(3)}Z`;
}

/** 0000-01-01: what is earlier has another form. */
const FIRST_INSTANT = Date.parse('0000-01-01T00:00:00Z');

function readTimestamp(text: string): ReadCursor {
  const match = TIMESTAMP.exec(text.trim());
  if (match === null) {
    return bad(
      `must be a timestamp with its zone, such as 2026-01-31T09:30:00Z or 2026-01-31T17:30:00+08:00`,
    );
  }
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second = '00',
    fraction = '',
    ,
    sign,
    zoneHour = '0',
    zoneMinute = '0',
  ] = match;
  const wall = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse takes 31 February for March.
  if (Number.isNaN(wall) || new Date(wall).getUTCDate() !== Number(day))
    return bad('is no date of the calendar');
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -1 : 1);
  if (Math.abs(offset) > 24 * 60) return bad('has a zone that does not exist');
  const utc = new Date(wall - offset * 60_000).toISOString();
  return { ok: true, cursor: `${utc.slice(0, 19)}.${fraction.padEnd(9, '0')}Z` };
}

function readNumber(value: unknown): ReadCursor {
  if (typeof value === 'bigint') return { ok: true, cursor: String(value) };
  const text = typeof value === 'string' ? value.trim() : value;
  if (typeof text === 'string' && INTEGER.test(text)) return { ok: true, cursor: String(BigInt(text)) };
  const number =
    typeof text === 'number' ? text : typeof text === 'string' && text !== '' ? Number(text) : Number.NaN;
  if (!Number.isFinite(number)) return bad('must be a number');
  return { ok: true, cursor: Number.isInteger(number) ? String(BigInt(number)) : String(number) };
}

function numberOf(cursor: string): number | bigint {
  return INTEGER.test(cursor) ? BigInt(cursor) : Number(cursor);
}

function bad(problem: string): ReadCursor {
  return { ok: false, problem };
}
