/**
 * The whole recorded state as lines of JSON, for evidence and for other programs: streamed, in an order that depends
 * on nothing but the rows, so that two exports of one state are equal byte for byte.
 */
import type { StateReader } from '../../domain/ports/state.js';
import { readCounters } from '../../domain/run-counters.js';

/** Minor versions only add; readers ignore keys and types of line that they do not know. */
const EXPORT_FORMAT = '1.1';

export interface ExportFacts {
  readonly environment: string;
  readonly toolVersion: string;
}

/** A header, the rows, and a last line that says how many there were: an export that was cut off lacks it. */
export function* exportState(state: StateReader, facts: ExportFacts): Generator<object> {
  yield {
    type: 'header',
    format: 'ingest-state',
    format_version: EXPORT_FORMAT,
    tool_version: facts.toolVersion,
    environment: facts.environment,
    lineage: state.lineage ?? null,
    serial: state.serial(),
  };
  let rows = 0;
  for (const row of rowsOf(state)) {
    rows++;
    yield row;
  }
  yield { type: 'end', rows };
}

function* rowsOf(state: StateReader): Generator<object> {
  const indexes = state.indexes();
  const collections = state.collections();
  for (const row of collections) yield { type: 'collection', ...row };
  for (const { policy, ...row } of indexes) yield { type: 'index', ...row, policy: JSON.parse(policy) };
  for (const { collection_id } of collections) {
    for (const { manifest_id } of indexes) {
      const place = { collection_id, manifest_id };
      for (const { metadata, ...row } of state.documents(collection_id, manifest_id)) {
        yield { type: 'document', ...place, ...row, metadata: JSON.parse(metadata) };
        for (const chunk of state.chunks(collection_id, manifest_id, row.uri)) {
          yield { type: 'chunk', ...place, ...chunk };
        }
      }
      for (const row of state.intents(collection_id, manifest_id)) yield { type: 'intent', ...row };
    }
  }
  for (const { manifest_id } of indexes) {
    for (const { type: source_type, ...row } of state.sources(manifest_id)) {
      yield { type: 'source', manifest_id, source_type, ...row };
    }
    for (const row of state.rejects(manifest_id)) yield { type: 'reject', manifest_id, ...row };
    yield* inputsOf(state, manifest_id);
  }
  // A row a run, a few hundred bytes each: the oldest comes first.
  for (const run of [...state.runs(Number.MAX_SAFE_INTEGER)].reverse()) {
    yield { type: 'run', ...run, counters: readCounters(run) };
  }
  for (const plan of state.usedPlans()) yield { type: 'used_plan', ...plan };
  for (const { type: event, ...row } of state.journal(undefined, 0)) yield { ...row, type: 'event', event };
}

/** How far each source was read, and of what; the bytes in the landing store are no rows. */
function* inputsOf(state: StateReader, manifest_id: string): Generator<object> {
  for (const { type: cursor_type, ...row } of state.cursors(manifest_id)) {
    yield { type: 'cursor', manifest_id, cursor_type, ...row };
  }
  for (const { text: _, ...row } of state.contracts(manifest_id)) {
    yield { type: 'contract', manifest_id, ...row };
  }
  for (const row of [...state.batches(manifest_id)].reverse()) {
    yield { type: 'batch', manifest_id, ...row };
    for (const landed of state.landed(manifest_id, row.batch_id)) {
      yield { type: 'landed', manifest_id, batch_id: row.batch_id, ...landed };
    }
  }
}
