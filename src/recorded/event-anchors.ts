/**
 * The anchors of journal events. An event's row names its run and its manifest; what that run worked on (trace,
 * batches, fingerprints) is written once, in the run's row and in its RUN_START, and joined when events are read: a
 * million documents do not carry the same three hashes a million times.
 */
import type { EventAnchors } from '../domain/events.js';
import { sourceIdOf } from '../domain/identity.js';
import type { Database } from '../platform/sqlite.js';
import type { StoredEvent } from './rows.js';

/** What RUN_START says under `batches`. */
interface StartedBatch {
  readonly manifest_id: string;
  readonly batch_id: string;
  readonly sources: readonly { readonly source_id: string; readonly fingerprint: string }[];
}

interface RunAnchors {
  readonly traceId: string | undefined;
  readonly batches: ReadonlyMap<string, StartedBatch>;
}

const UNKNOWN: RunAnchors = { traceId: undefined, batches: new Map() };

export class AnchorIndex {
  readonly #db: Database;
  /** Only runs whose start was read: they are few, and what they began with does not change. */
  readonly #runs = new Map<string, RunAnchors>();

  constructor(db: Database) {
    this.#db = db;
  }

  of({ run_id, manifest_id }: StoredEvent, data: Readonly<Record<string, unknown>>): EventAnchors {
    const { traceId, batches } = this.#runs.get(run_id) ?? this.#read(run_id);
    const batch = manifest_id === null ? undefined : batches.get(manifest_id);
    const source = sourceOf(data);
    return {
      trace_id: textOf(data['trace_id']) ?? traceId ?? null,
      batch_id: batch?.batch_id ?? null,
      source_fingerprint: batch?.sources.find(({ source_id }) => source_id === source)?.fingerprint ?? null,
    };
  }

  #read(runId: string): RunAnchors {
    const row = this.#db
      .prepare<{ trace_id: string }>('SELECT trace_id FROM runs WHERE run_id = ?')
      .get(runId);
    if (row === undefined) return UNKNOWN;
    const start = this.#db
      .prepare<{ data: string }>("SELECT data FROM journal WHERE run_id = ? AND type = 'RUN_START' LIMIT 1")
      .get(runId);
    const { batches = [] } = (start === undefined ? {} : JSON.parse(start.data)) as {
      readonly batches?: readonly StartedBatch[];
    };
    const found: RunAnchors = {
      traceId: textOf(row.trace_id),
      batches: new Map(batches.map((batch) => [batch.manifest_id, batch])),
    };
    if (start !== undefined) this.#runs.set(runId, found);
    return found;
  }
}

/** An event of a document names its uri; one of a whole source, the source. */
function sourceOf(data: Readonly<Record<string, unknown>>): string | undefined {
  const uri = textOf(data['uri']);
  return uri === undefined ? textOf(data['source_id']) : sourceIdOf(uri);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
