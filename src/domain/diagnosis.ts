/** The triage of one document or record: manifest, run, checkpoint, coverage, incident; then its history. */
import type { Incident, RecordPart } from './drift-classes.js';
import type { JournalEvent } from './events.js';
import type { RefusedVerdict } from './plan.js';
import type { RunRow } from './state-rows.js';

export interface DiagnosedChunk {
  readonly chunk_id: string;
  readonly ordinal: number;
  /** `unknown`: live could not be looked at. */
  readonly live: 'ok' | 'missing' | 'tampered' | 'unknown';
  /** What is not as it was written. */
  readonly parts: readonly RecordPart[];
}

export interface Diagnosis {
  readonly environment: string;
  readonly manifest_id: string;
  readonly uri: string;
  /** The record that was asked for; null when a document was. */
  readonly chunk_id: string | null;
  readonly manifest: {
    readonly declared: boolean;
    readonly source_id: string;
    readonly source_declared: boolean;
    /** Whether the source still lists it; `unknown` when it is not declared here or cannot be read. */
    readonly listed: 'yes' | 'no' | 'deleted' | 'skipped' | 'unreadable' | 'unknown';
    /** What the gate says of it now; null when it is not listed. */
    readonly gate: 'accept' | 'quarantine' | 'reject' | 'empty' | 'unreadable' | null;
    readonly gate_detail: string | null;
    /** Of the document as it is now; null when it cannot be told. */
    readonly content_sha256: string | null;
  };
  readonly recorded: {
    readonly content_sha256: string;
    readonly n_chunks: number;
    /** The run that wrote it last. */
    readonly run: RunRow | null;
  } | null;
  /** A reject that is on record. */
  readonly reject: {
    readonly verdict: RefusedVerdict;
    readonly code: string;
    /** All reasons, the weightiest first. */
    readonly codes: readonly string[];
    readonly reason: string;
    readonly location: string | null;
    readonly run_id: string;
    readonly first_run: string | null;
  } | null;
  readonly checkpoint: string | null;
  readonly cursor: string | null;
  /** Operations on its records that an interrupted run left open. */
  readonly open_intents: number;
  readonly coverage: {
    readonly live: 'ok' | 'unknown';
    /** Why it is unknown. */
    readonly reason: string | null;
    readonly chunks: readonly DiagnosedChunk[];
    /** Ids of records of this document that nothing recorded explains. */
    readonly extra: readonly string[];
  };
  readonly incident: Incident | 'none' | 'unknown';
  /** What it rests on, a sentence each. */
  readonly findings: readonly string[];
  /** The command that mends it; null when none is needed. */
  readonly remedy: string | null;
  readonly history: readonly JournalEvent[];
}
