/** The gate: judges a document by contract, PII rules and policy before anything is chunked. */
import type { LineRange, Metadata, ParsedRecord, RejectCode } from '../document.js';
import type { PiiReport } from '../pii.js';
import type { Warning } from '../warning.js';

export interface Gate {
  /** gate_recipe (identity.ts): what decides verdicts, metadata and redaction. */
  readonly recipe: string;
  /** The contract that documents must satisfy, as it is in force; undefined without one. */
  readonly contract: { readonly sha256: string; readonly text: string } | undefined;
  /** Pure, and never throws for what a document contains. */
  judge(input: GateInput): GateVerdict;
  /** A message that may quote a document, such as a parser's: without what the PII rules find in it. */
  conceal(message: string): string;
  /** The same of a text that is in the index, made under this recipe: maybe before the rules were. */
  concealOld(text: string, recipe: unknown): string;
}

export interface GateInput {
  /** As found in the document, nested. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Set for a record: its fields are judged, and text and metadata are composed of what is left of them. */
  readonly record?: ParsedRecord | undefined;
  /** Findings in it are told: it is an identity and stays as it is. */
  readonly uri?: string | undefined;
  /** Where the lines of the text stand in the file; else they are told as they are counted. */
  readonly first_line?: number | undefined;
  readonly line_ranges?: readonly LineRange[] | undefined;
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
  /** Of a record: the fields that are left, of which text and metadata are composed. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /** Undefined without PII rules. */
  readonly pii?: PiiReport | undefined;
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
  readonly pii?: PiiReport | undefined;
}
