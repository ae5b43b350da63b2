/** What a query answers: the nearest chunks, best first. */

export interface QueryResultHit {
  /** Chunk id. */
  readonly id: string;
  /** Higher is nearer; 1 - distance for cosine. */
  readonly score: number;
  /** As Chroma gives it, in the space of the collection. */
  readonly distance: number;
  readonly uri: string;
  /** 1-based, inclusive, of the document's file. */
  readonly line_start: number;
  readonly line_end: number;
  /** Of what was said: when, in milliseconds from the beginning of the recording; null for other documents. */
  readonly start_ms: number | null;
  readonly end_ms: number | null;
  /** Headings joined with " > "; empty without. */
  readonly heading_path: string;
  readonly text: string;
}

export interface QueryResult {
  readonly collection: string;
  readonly environment: string;
  /** True when the embedding only matches words (lexical-hash). */
  readonly lexical: boolean;
  readonly hits: readonly QueryResultHit[];
}
