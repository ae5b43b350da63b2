/** Inputs that were applied, and which of them can be applied again without their sources. */
import type { BatchSource } from './state-rows.js';

export interface BatchReport {
  readonly manifest_id: string;
  readonly batch_id: string;
  readonly mode: 'apply' | 'backfill' | 'replay';
  readonly first_run: string;
  readonly last_run: string;
  /** When its first run began; ISO 8601 with zone, null when that run is not on record. */
  readonly applied_at: string | null;
  readonly documents: number;
  readonly sources: readonly BatchSource[];
  /** Inputs that it brought and that the landing store keeps. */
  readonly landed: number;
  readonly replay: 'available' | 'unavailable';
  /** Why not; null where it is. */
  readonly reason: string | null;
}

export interface BatchList {
  readonly type: 'batches';
  readonly environment: string;
  readonly batches: readonly BatchReport[];
}
