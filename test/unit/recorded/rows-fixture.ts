/** Rows of which a test names only what matters to it. */
import type { NewEvent } from '../../../src/domain/events.js';
import type {
  ChunkRow,
  CollectionRow,
  DocumentRow,
  IndexRow,
  NewIntent,
  RunRow,
} from '../../../src/domain/state-rows.js';

export function documentRow(uri: string, row: Partial<DocumentRow> = {}): DocumentRow {
  return {
    uri,
    source_id: uri.split('/')[0] ?? '',
    content_sha256: 'c1',
    metadata_sha256: 'm1',
    metadata: '{}',
    gate_recipe: 'g1',
    chunk_recipe: 'r1',
    n_chunks: 1,
    run_id: '01RUN',
    version: null,
    ...row,
  };
}

export function chunkRow(uri: string, chunk_id: string, ordinal = 0): ChunkRow {
  return { chunk_id, uri, ordinal, text_sha256: `t-${chunk_id}`, metadata_sha256: 'm1' };
}

export function intent(record_id: string, row: Partial<NewIntent> = {}): NewIntent {
  return {
    collection_id: 'C',
    manifest_id: 'm',
    uri: 'a/1.md',
    record_id,
    operation: 'put',
    run_id: '01RUN',
    settles_at: 1000,
    ...row,
  };
}

export function event(type: NewEvent['type'], data: NewEvent['data'] = {}, run_id = '01RUN'): NewEvent {
  return { type, run_id, manifest_id: 'm', data };
}

export function runRow(run_id: string, row: Partial<RunRow> = {}): RunRow {
  return {
    run_id,
    started_at: '2026-11-21T23:41:09.000Z',
    finished_at: null,
    command: 'apply',
    user: 'ana',
    host: 'laptop',
    pid: 7,
    fence: 1,
    plan_id: null,
    trace_id: 't',
    outcome: null,
    reason: null,
    manifests: ['m'],
    counters: '{}',
    ...row,
  };
}

export function collectionRow(collection_id: string): CollectionRow {
  return {
    collection_id,
    name: 'docs',
    target: 'embedded',
    space: 'cosine',
    dimension: 1024,
    vector_recipe: 'v',
    embedding_fingerprint: 'e',
    generation: 1,
    foreign_count: 0,
    retired_run: null,
    pinned: null,
    role: 'live',
  };
}

export function indexRow(manifest_id: string, row: Partial<IndexRow> = {}): IndexRow {
  return {
    manifest_id,
    collection_id: 'C',
    manifest_sha256: 's',
    manifest_file: 'desired/m.yaml',
    batch_id: null,
    pins: { 'chunker:markdown': 1 },
    policy: '{}',
    prevent_destroy: true,
    last_run: null,
    last_good_run: null,
    ...row,
  };
}
