/** The gate: judges a document's metadata by contract and policy before anything is chunked. */
import type { Metadata } from '../document.js';
import type { Warning } from '../manifest.js';

export interface Gate {
  /** gate_recipe (identity.ts): what decides verdicts and metadata. */
  readonly recipe: string;
  /** `metadata` as found in the document, nested; answers with what will be stored. */
  judge(metadata: Readonly<Record<string, unknown>>): GateVerdict;
}

export type GateVerdict =
  | { readonly verdict: 'accept'; readonly metadata: Metadata; readonly warnings: readonly Warning[] }
  | { readonly verdict: 'reject'; readonly code: 'contract' | 'metadata'; readonly detail: string };
