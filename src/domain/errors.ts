/**
 * Errors carry a code, a message, advice and a cause. Three classes, never told apart by message text:
 * `input` (yours: the manifest, a flag, a file), `world` (outside: Chroma, the disk, a provider) and
 * `bug` (ours). Codes and their one-line titles live in `error-codes.ts`.
 */
import type { ErrorCode } from './error-codes.js';

export type ErrorKind = 'input' | 'world' | 'bug';

/** A position in a file the user wrote. Lines and columns count from 1; columns count UTF-16 units. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface IngestErrorOptions {
  readonly kind: ErrorKind;
  /** What the reader can do about it; one or two sentences. */
  readonly advice: string;
  readonly cause?: unknown;
}

export class IngestError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly advice: string;

  constructor(code: ErrorCode, message: string, options: IngestErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'IngestError';
    this.code = code;
    this.kind = options.kind;
    this.advice = options.advice;
  }
}

/** One fault in a manifest. All faults of all manifests are collected before anything is thrown. */
export interface Fault {
  readonly code: ErrorCode;
  readonly position: SourcePosition;
  /** The offending source line, secrets already masked. */
  readonly excerpt: string;
  /** Where the underline starts in the excerpt; differs from position.column where a mask stands before it. */
  readonly excerptColumn: number;
  /** How many columns of the excerpt, from excerptColumn, are underlined. */
  readonly length: number;
  readonly message: string;
  readonly advice: string;
}

/** Thrown by the loader with every fault of every manifest. */
export class ManifestFaults extends Error {
  readonly faults: readonly Fault[];
  readonly manifestsTotal: number;
  readonly manifestsFaulty: number;

  constructor(faults: readonly Fault[], manifestsTotal: number, manifestsFaulty: number) {
    super(`${faults.length} errors in ${manifestsFaulty} of ${manifestsTotal} manifests`);
    this.name = 'ManifestFaults';
    this.faults = faults;
    this.manifestsTotal = manifestsTotal;
    this.manifestsFaulty = manifestsFaulty;
  }
}
