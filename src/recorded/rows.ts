/** How rows of the vocabulary lie in SQLite: flags as 0 and 1, structures as JSON text. */
import type { EventAnchors, JournalEvent } from '../domain/events.js';
import type { BatchRow, IndexRow, RejectRow, RunRow } from '../domain/state-rows.js';

export type StoredIndex = Omit<IndexRow, 'pins' | 'prevent_destroy'> & {
  readonly pins: string;
  readonly prevent_destroy: number;
};
export type StoredRun = Omit<RunRow, 'manifests'> & { readonly manifests: string };
export type StoredReject = Omit<RejectRow, 'codes'> & { readonly codes: string };
export type StoredBatch = Omit<BatchRow, 'sources'> & { readonly sources: string };
export type StoredEvent = Omit<JournalEvent, 'data' | keyof EventAnchors> & { readonly data: string };

export const COLUMNS = {
  collections: columns(
    'collection_id, name, target, space, dimension, vector_recipe, embedding_fingerprint, generation, foreign_count, role, retired_run, pinned',
  ),
  indexes: columns(
    'manifest_id, collection_id, manifest_sha256, manifest_file, batch_id, pins, policy, prevent_destroy, last_run, last_good_run',
  ),
  documents: columns(
    'uri, source_id, content_sha256, metadata_sha256, metadata, gate_recipe, chunk_recipe, n_chunks, run_id, version',
  ),
  chunks: columns('chunk_id, uri, ordinal, text_sha256, metadata_sha256'),
  rejects: columns(
    'uri, source_id, content_sha256, gate_recipe, chunk_recipe, code, reason, run_id, verdict, codes, location, first_run',
  ),
  contracts: columns('source_id, sha256, text, run_id'),
  cursors: columns('source_id, field, type, cursor, watermark, checkpoint, run_id, updated_at'),
  batches: columns('batch_id, mode, sources, documents, first_run, last_run'),
  landed: columns('uri, content_sha256, version, blob, form, parser, path, run_id'),
  sources: columns('source_id, type, fingerprint, documents, run_id'),
  runs: columns(
    'run_id, started_at, finished_at, command, user, host, pid, fence, plan_id, trace_id, outcome, reason, manifests, counters',
  ),
  journal: columns('seq, ts, run_id, manifest_id, type, journal_version, data'),
  lease: columns('run_id, fence, pid, host, user, command, since, boot_id, process_start'),
} as const;

export function toIndexRow(row: StoredIndex): IndexRow {
  return {
    ...row,
    pins: JSON.parse(row.pins) as IndexRow['pins'],
    prevent_destroy: row.prevent_destroy === 1,
  };
}

export function toRunRow(row: StoredRun): RunRow {
  return { ...row, manifests: JSON.parse(row.manifests) as string[] };
}

export function toRejectRow(row: StoredReject): RejectRow {
  const codes = JSON.parse(row.codes) as string[];
  // Refused by a version that knew one reason only.
  return { ...row, codes: codes.length === 0 ? [row.code] : codes };
}

export function toBatchRow(row: StoredBatch): BatchRow {
  return { ...row, sources: JSON.parse(row.sources) as BatchRow['sources'] };
}

/** Inserts a row by @name, or replaces the rest of the row with this key (its rowid and order stay). */
export function upsertSql(table: string, key: readonly string[], all: readonly string[]): string {
  const set = all.filter((name) => !key.includes(name)).map((name) => `${name} = excluded.${name}`);
  return `INSERT INTO ${table} (${all.join(', ')}) VALUES (${all.map((name) => `@${name}`).join(', ')})
    ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${set.join(', ')}`;
}

function columns(list: string): readonly string[] {
  return list.split(', ');
}
