/** How far sources that are read in increments were read, and where their cursors go. */
import type { IndexHeader, SourceCursor } from '../domain/plan.js';
import { safe } from './escape.js';

const FULL_READ: Readonly<Record<string, string>> = {
  'first-read': 'first read',
  'cursor-changed': 'read as a whole, for its cursor is another',
  'recipe-changed': 'read as a whole, for what its documents are made with has changed',
  replacement: 'read as a whole, for the index is built anew',
  repair: 'read as a whole, for live lost what no increment holds',
  forced: 'read as a whole, for --force may mean old records',
};

const HELD: Readonly<Record<NonNullable<SourceCursor['held']>, string>> = {
  incomplete: 'its listing is incomplete',
  failed: 'documents of it cannot be read',
  withheld: 'losses of it are withheld',
  scope: 'this plan is of a part of it',
};

/** `tickets: updated_at from 2026-01-05T02:00:00Z, moves to 2026-01-09T11:30:00Z`. */
export function describeCursors({ sources }: Pick<IndexHeader, 'sources'>): string[] {
  return sources.flatMap(({ source_id, cursor }) =>
    cursor === null || cursor === undefined ? [] : [`${safe(source_id)}: ${describeCursor(cursor)}`],
  );
}

function describeCursor({ field, window, full_read, from, to, held }: SourceCursor): string {
  const read = full_read === null ? '' : `${FULL_READ[full_read] ?? safe(full_read)}; `;
  const range = `${safe(field)}${bound(' from', window.start)}${bound(' to before', window.end)}`;
  if (held !== null) {
    return `${read}${range}, stays at ${from === null ? 'the beginning' : shown(from)}: ${HELD[held]}`;
  }
  const next = to === from ? 'nothing newer' : `moves to ${to === null ? 'nothing' : shown(to)}`;
  return `${read}${range}, ${next}`;
}

function bound(word: string, value: string | null): string {
  return value === null ? '' : `${word} ${shown(value)}`;
}

/** A timestamp without decimals that say nothing. */
export function shown(cursor: string): string {
  return safe(
    cursor.replace(/(T\d\d:\d\d:\d\d)(?:\.(\d*?)0*)?Z$/, (_, time: string, rest = '') =>
      rest === '' ? `${time}Z` : `${time}.${rest}Z`,
    ),
  );
}
