/** Vocabulary of personal data (PII): who looks for it, what happens to it, and what is said of it. Never holds a value. */
import type { Secret } from './secret.js';

export const PII_DETECTORS = [
  'email',
  'phone',
  'cn-resident-id',
  'us-ssn',
  'payment-card',
  'iban',
  'ip',
  'api-key',
] as const;
export type PiiDetector = (typeof PII_DETECTORS)[number];

/** What happens to something found: the document is refused, it is replaced, or it stays and is told. */
export type FindingAction = 'deny' | 'redact' | 'hash' | 'warn';
/** What happens to a declared field; `internal-only` takes it out of text and metadata. */
export type FieldAction = 'deny' | 'internal-only' | 'redact' | 'hash';
export type PiiAction = FindingAction | FieldAction;

const STRICTEST_FIRST: readonly PiiAction[] = ['deny', 'internal-only', 'redact', 'hash', 'warn'];

export function stricter<A extends PiiAction>(a: A, b: A): A {
  return STRICTEST_FIRST.indexOf(a) <= STRICTEST_FIRST.indexOf(b) ? a : b;
}

/** `policy.pii` of a manifest, with its defaults. */
export interface PiiPolicy {
  readonly detectors: readonly { readonly name: PiiDetector; readonly action: FindingAction }[];
  readonly patterns: readonly PiiPattern[];
  /** What is no finding: a text as it is written, whatever its case, or a pattern of the whole finding. */
  readonly allow: readonly (string | { readonly pattern: string })[];
  readonly hash_key: Secret | undefined;
}

export interface PiiPattern {
  readonly name: string;
  /** In RE2's syntax. */
  readonly pattern: string;
  readonly action: FindingAction;
}

/** One finding, by its place. */
export interface PiiFinding {
  /** A detector, the name of a pattern, or `field` for a rule of the contract. */
  readonly rule: string;
  readonly action: PiiAction;
  /** Where it is: JSON Pointer into the metadata or a record's fields. */
  readonly field?: string;
  /** Where it is in the file, 1-based; without a column where the text is not the file's own. In code points. */
  readonly line?: number;
  readonly column?: number;
}

/** What was found in one document. */
export interface PiiReport {
  /** The first of them. */
  readonly found: readonly PiiFinding[];
  /** All of them, by rule and action. */
  readonly counts: readonly PiiCount[];
  /** Rules that find something in the uri, which stays as it is. */
  readonly uri: readonly string[];
}

export interface PiiCount {
  readonly rule: string;
  readonly action: PiiAction;
  readonly count: number;
}
