/** How much of a source a plan looks at, and what absence from that means. Pure. */
import { type CursorWindow, EVERYTHING, earlier } from '../domain/cursor.js';
import type { SourceSpec } from '../domain/source-spec.js';
import type { CursorRow } from '../domain/state-rows.js';

export interface Listing {
  /** `whole`: what is absent is gone. `window`: absence means nothing. `none`: not looked at by this plan. */
  readonly kind: 'whole' | 'window' | 'none';
  readonly window: CursorWindow;
  /** Why a source with a cursor is read from its beginning; null where it is not. */
  readonly full_read: FullRead | null;
}

export type FullRead =
  /** Nothing was read of it yet. */
  | 'first-read'
  /** Its cursor is another field now, or of another type. */
  | 'cursor-changed'
  /** How its documents are judged, composed or cut has changed, and only a new look says what comes of them. */
  | 'recipe-changed'
  /** The index is built anew, so every record is needed. */
  | 'replacement'
  /** Live lost or changed records, which may be old ones. */
  | 'repair'
  /** --force names documents, which may be old ones. */
  | 'forced';

export interface ListingFacts {
  /** What a replay or a backfill looks at; undefined: an ordinary plan. */
  readonly only: { readonly sources: ReadonlySet<string>; readonly window: CursorWindow } | undefined;
  readonly recorded: CursorRow | undefined;
  readonly recipeChanged: boolean;
  readonly replaced: boolean;
  readonly forced: boolean;
}

export function chooseListing({ id, load }: SourceSpec, facts: ListingFacts): Listing {
  const { only, recorded } = facts;
  if (only !== undefined) {
    if (!only.sources.has(id)) return { kind: 'none', window: EVERYTHING, full_read: null };
    return { kind: 'window', window: only.window, full_read: null };
  }
  const { cursor } = load;
  if (load.mode !== 'incremental_cursor' || cursor === undefined) {
    return { kind: 'whole', window: EVERYTHING, full_read: null };
  }
  const why = fullRead(facts, recorded?.field === cursor.field && recorded.type === cursor.type);
  const start =
    why === null && recorded?.cursor != null
      ? earlier(cursor.type, recorded.cursor, cursor.lateness)
      : (cursor.start ?? null);
  return { kind: 'window', window: { start, end: null }, full_read: why };
}

/** The same source from its beginning: what is to be mended is not in the increment. */
export function widen({ load }: SourceSpec, listing: Listing): Listing {
  return { ...listing, window: { start: load.cursor?.start ?? null, end: null }, full_read: 'repair' };
}

function fullRead(facts: ListingFacts, sameCursor: boolean): FullRead | null {
  if (facts.recorded === undefined || facts.recorded.cursor === null) return 'first-read';
  if (!sameCursor) return 'cursor-changed';
  if (facts.replaced) return 'replacement';
  if (facts.recipeChanged) return 'recipe-changed';
  return facts.forced ? 'forced' : null;
}
