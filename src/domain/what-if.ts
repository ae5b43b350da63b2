/** What of an index survives a change of its manifest, and what the rest costs. */

export interface WhatIfChunks {
  readonly chunks_now: number;
  readonly chunks_then: number;
  /** Records that stay, text and vector. */
  readonly keep: number;
  /** Written anew, with a vector that was computed before. */
  readonly cached: number;
  /** To embed. */
  readonly compute: number;
  readonly tokens: number;
  /** Dollars; null when the price is not known. */
  readonly cost: number | null;
}

export interface WhatIfIndex extends WhatIfChunks {
  readonly manifest_id: string;
  /** Set after a rollback: nothing is planned, so nothing is known but what there is now. */
  readonly pinned?: { readonly generation: number };
  readonly sources: readonly (WhatIfChunks & { readonly source_id: string })[];
}

export interface WhatIfReport {
  /** As they were given. */
  readonly overrides: readonly string[];
  readonly indexes: readonly WhatIfIndex[];
}
