/** What a kind of record source has of its own: where rows come from. Keys, cursors and texts are the same for all. */
import type { CursorWindow } from '../../domain/cursor.js';

export interface RecordReader {
  /** Tells its inputs from those of others. */
  readonly root: string;
  /**
   * Every record in any order. It may leave out what lies outside the window, or give it all the same. Ends after the
   * first `unreadable`. Throws only for what is a bug, or for a configuration that cannot work.
   */
  read(window: CursorWindow, signal: AbortSignal): AsyncIterable<RawRecord>;
}

export type RawRecord =
  | {
      readonly kind: 'record';
      readonly fields: Readonly<Record<string, unknown>>;
      /** For people: `tickets.jsonl:17`. */
      readonly location: string;
    }
  /** An input that is no record. */
  | {
      readonly kind: 'malformed';
      readonly bytes: string | Uint8Array;
      readonly location: string;
      readonly message: string;
    }
  /** What follows was not seen. */
  | { readonly kind: 'unreadable'; readonly message: string };
