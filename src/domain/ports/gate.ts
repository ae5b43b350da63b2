/** The gate: judges a document by contract, PII rules and policy before anything is chunked. */
import type { Metadata, ParsedRecord, RejectCode } from '../document.js';
import type { Warning } from '../manifest.js';

export interface Gate {
  /** gate_recipe (identity.ts): what decides verdicts, metadata and redaction. */
  readonly recipe: string;
  /** Pure, and never throws for what a document contains. */
  judge(input: GateInput): GateVerdict;
}

export interface GateInput {
  /** As found in the document, nested. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Set for a record: its fields are judged, and text and metadata are composed of what is left of them. */
  readonly record?: ParsedRecord | undefined;
}

export type GateVerdict = Accepted | Refused;

export interface Accepted {
  readonly verdict: 'accept';
  /** Source metadata under the document's own, flat, as stored. */
  readonly metadata: Metadata;
  /** What is chunked and embedded: redacted, where a rule says so, with the same number of lines. */
  readonly text: string;
  /** Something was taken out: what was read is not to be kept anywhere. */
  readonly redacted: boolean;
  readonly warnings: readonly Warning[];
}

export interface Refused {
  /** `quarantine` waits for a person; both keep the document out. */
  readonly verdict: 'quarantine' | 'reject';
  /** The reason that weighs most. */
  readonly code: RejectCode;
  /** All of them, the weightiest first. */
  readonly codes: readonly RejectCode[];
  /** For a person; holds no value of the document. */
  readonly detail: string;
}
