/**
 * The promises of an apply, each as a function that tells how it was broken: an empty list is a promise kept.
 * They look at the world alone (live, recorded state, files, requests), never at how the program works.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { textSha256 } from '../../src/domain/identity.js';
import type { IndexHeader } from '../../src/domain/plan.js';
import type { LiveDatabase } from '../../src/domain/ports/live.js';
import type { StateReader } from '../../src/domain/ports/state.js';
import { ANCHOR_KEYS } from '../../src/domain/record.js';
import type { ApplyResult } from '../../src/domain/results.js';
import { readCounters } from '../../src/domain/run-counters.js';
import { openStateReader } from '../../src/recorded/open-state.js';

export interface Seen {
  readonly id: string;
  readonly text: string | null;
  /** Without the anchors of the last write. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly vector: readonly number[];
}

export type Violations = readonly string[];

/** Everything but the anchors of the last write, in id order: what two equal builds have in common. */
export async function seenIn(database: LiveDatabase, name: string): Promise<Seen[]> {
  const collection = await database.find(name);
  if (collection === undefined) return [];
  const anchors: ReadonlySet<string> = new Set(ANCHOR_KEYS);
  const found: Seen[] = [];
  for await (const page of collection.records()) {
    const vectors = await collection.vectors(page.map((record) => record.id));
    for (const { id, text, metadata } of page) {
      const kept = Object.entries(metadata).filter(([key]) => !anchors.has(key));
      kept.sort(([a], [b]) => (a < b ? -1 : 1));
      found.push({ id, text, metadata: Object.fromEntries(kept), vector: [...(vectors.get(id) ?? [])] });
    }
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** No record of ours is ever without its anchors, whatever became of the run that wrote it. */
export async function everyRecordHasItsAnchors(
  database: LiveDatabase,
  name: string,
  manifestId: string,
  mayLack: (id: string) => boolean,
): Promise<Violations> {
  const collection = await database.find(name);
  const found: string[] = [];
  if (collection === undefined) return found;
  for await (const page of collection.records()) {
    for (const { id, metadata } of page) {
      if (metadata['ingest_manifest_id'] !== manifestId || mayLack(id)) continue;
      const missing = ANCHOR_KEYS.filter((key) => typeof metadata[key] !== 'string' || metadata[key] === '');
      if (missing.length > 0) found.push(`record ${id} has no ${missing.join(', ')}`);
    }
  }
  return found;
}

export function uriOf(record: Seen): string {
  return String(record.metadata['ingest_uri'] ?? '');
}

/** Ids by uri. */
export function idsByUri(records: Iterable<Seen>): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const record of records) {
    const ids = found.get(uriOf(record)) ?? new Set();
    found.set(uriOf(record), ids.add(record.id));
  }
  return found;
}

/** P1 A re-run converges to the collection that an uninterrupted build of the same inputs makes. */
export function convergedToFreshBuild(live: readonly Seen[], fresh: readonly Seen[]): Violations {
  const wanted = new Map(fresh.map((record) => [record.id, record]));
  const had = new Set(live.map((record) => record.id));
  return [
    ...live.filter((r) => !wanted.has(r.id)).map((r) => `P1: ${named(r)} is too much`),
    ...fresh.filter((r) => !had.has(r.id)).map((r) => `P1: ${named(r)} is missing`),
    ...live.flatMap((r) => {
      const other = wanted.get(r.id);
      if (other === undefined) return [];
      const keys = (['text', 'metadata'] as const).filter(
        (key) => JSON.stringify(r[key]) !== JSON.stringify(other[key]),
      );
      if (!sameVector(r.vector, other.vector)) return [`P1: ${named(r)} has another vector`];
      return keys.length === 0
        ? []
        : [
            `P1: ${named(r)} differs in ${keys.join(', ')}: ${JSON.stringify(r.metadata)} not ${JSON.stringify(other.metadata)}`,
          ];
    }),
  ];
}

/** A server that is sent decimals may round the last bit of a float32 another way. */
function sameVector(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((x, i) => Math.abs(x - (b[i] ?? Number.NaN)) < 1e-6);
}

/** P2 Nothing that is cached is embedded again. `cached` holds text_sha256. */
export function embedsNothingAgain(texts: readonly string[], cached: ReadonlySet<string>): Violations {
  return texts
    .filter((text) => cached.has(textSha256(text)))
    .map((text) => `P2: "${text.slice(0, 40)}" was in the cache and is embedded again`);
}

/**
 * P3 A document is never missing from the live index while it is updated or moved: at each moment all records
 * of the version before are there, or all of the version after.
 */
export class NeverMissing {
  readonly #versions: readonly (readonly [string, ReadonlySet<string>, ReadonlySet<string>])[];

  /** `moves`: new uri by old uri. Documents that are not there afterwards are none of its business. */
  constructor(
    before: ReadonlyMap<string, ReadonlySet<string>>,
    after: ReadonlyMap<string, ReadonlySet<string>>,
    moves: ReadonlyMap<string, string>,
  ) {
    this.#versions = [...before].flatMap(([uri, ids]) => {
      const wanted = after.get(moves.get(uri) ?? uri);
      return wanted === undefined || ids.size === 0 ? [] : [[uri, ids, wanted] as const];
    });
  }

  look(live: ReadonlySet<string>): Violations {
    return this.#versions
      .filter(([, before, after]) => !isWithin(before, live) && !isWithin(after, live))
      .map(([uri]) => `P3: ${uri} is in the index neither in its old version nor in its new one`);
  }
}

/** P4 A second apply plans nothing, embeds nothing, writes nothing and changes no row. */
export function secondApplyDoesNothing(
  result: ApplyResult,
  writes: number,
  rowsBefore: unknown,
  rowsAfter: unknown,
): Violations {
  const { outcome, embedded, upserted, relabelled, deleted } = result;
  const found: string[] = [];
  if (outcome !== 'no_changes') found.push(`P4: a second apply ended as ${outcome} (${result.reason})`);
  if (embedded + upserted + relabelled + deleted > 0)
    found.push(`P4: a second apply counts ${JSON.stringify({ embedded, upserted, relabelled, deleted })}`);
  if (writes > 0) found.push(`P4: a second apply sent ${writes} writes to Chroma`);
  if (JSON.stringify(rowsBefore) !== JSON.stringify(rowsAfter)) found.push('P4: a second apply changed rows');
  return found;
}

/**
 * P5 Nothing is recorded that Chroma did not confirm. Documents with open intents are known to be unknown;
 * `excused` are ids that somebody else deleted or changed.
 */
export function nothingRecordedThatLiveLacks(
  state: StateReader,
  manifestId: string,
  live: readonly Seen[],
  excused: (id: string) => boolean,
): Violations {
  const index = state.index(manifestId);
  if (index === undefined) return [];
  const found: string[] = [];
  const byId = new Map(live.map((record) => [record.id, record]));
  const intents = [...state.intents(index.collection_id, manifestId)];
  const unknown = new Set(intents.filter((one) => one.status !== 'unsettled').map((one) => one.uri));
  for (const document of state.documents(index.collection_id, manifestId)) {
    const rows = state.chunks(index.collection_id, manifestId, document.uri);
    if (rows.length !== document.n_chunks)
      found.push(`P5: ${document.uri} is recorded with ${document.n_chunks} chunks and has ${rows.length}`);
    if (unknown.has(document.uri)) continue;
    for (const row of rows) {
      if (excused(row.chunk_id)) continue;
      const record = byId.get(row.chunk_id);
      if (record === undefined)
        found.push(`P5: chunk ${row.ordinal} of ${row.uri} is recorded and not in live`);
      else if (record.text === null || textSha256(record.text) !== row.text_sha256)
        found.push(`P5: chunk ${row.ordinal} of ${row.uri} is recorded with another text`);
    }
  }
  for (const intent of intents) {
    if (intent.operation !== 'put' || intent.status !== 'confirmed' || excused(intent.record_id)) continue;
    const removed = intents.some((one) => one.operation === 'delete' && one.record_id === intent.record_id);
    if (!removed && !byId.has(intent.record_id))
      found.push(`P5: a put of ${intent.uri} is confirmed and not in live`);
  }
  return found;
}

/** P6 Plan, drift, status and show change neither the recorded state nor Chroma's contents. */
export function readersChangedNothing(before: Snapshot, after: Snapshot): Violations {
  const found: string[] = [];
  if (JSON.stringify(before.files) !== JSON.stringify(after.files))
    found.push(`P6: looking changed the state's files: ${JSON.stringify([before.files, after.files])}`);
  if (JSON.stringify(before.live) !== JSON.stringify(after.live)) found.push('P6: looking changed live');
  return found;
}

export interface Snapshot {
  /** Checksums by name. */
  readonly files: Readonly<Record<string, string>>;
  readonly live: readonly Seen[];
}

export async function snapshot(stateDir: string, database: LiveDatabase, name: string): Promise<Snapshot> {
  return { files: checksums(stateDir), live: await seenIn(database, name) };
}

/** Coverage always adds up, in exclusive classes. */
export function coverageAddsUp({ coverage }: Pick<IndexHeader, 'coverage'>): Violations {
  const { declared, ...classes } = coverage;
  const sum = Object.values(classes).reduce((total, n) => total + n, 0);
  const below = Object.values(classes).some((n) => n < 0);
  return sum === declared && !below ? [] : [`coverage does not add up: ${JSON.stringify(coverage)}`];
}

/** chunks_upserted_total never falls, across any number of crashes. */
export function totalNeverFalls(state: StateReader): Violations {
  const found: string[] = [];
  let total = 0;
  const rise = (next: number, where: string): void => {
    if (next < total) found.push(`chunks_upserted_total fell from ${total} to ${next} in ${where}`);
    total = Math.max(total, next);
  };
  for (const event of state.journal(undefined, 0)) {
    const next = event.data['chunks_upserted_total'];
    if (typeof next === 'number') rise(next, `${event.type} of ${event.run_id}`);
  }
  const latest = readCounters(state.runs(1)[0]).chunks_upserted_total;
  if (latest !== undefined) rise(latest, 'the last run');
  return found;
}

/** No record of a withheld loss disappears. */
export function withheldStays(
  uris: Iterable<string>,
  before: ReadonlyMap<string, ReadonlySet<string>>,
  live: ReadonlySet<string>,
): Violations {
  return [...uris]
    .filter((uri) => !isWithin(before.get(uri) ?? new Set(), live))
    .map((uri) => `${uri} is withheld and records of it are gone`);
}

/** Foreign records are reported, and never touched. */
export function foreignIsUntouched(foreign: ReadonlyMap<string, Seen>, live: readonly Seen[]): Violations {
  const byId = new Map(live.map((record) => [record.id, record]));
  return [...foreign]
    .filter(([id, record]) => JSON.stringify(byId.get(id)) !== JSON.stringify(record))
    .map(([id]) => `the foreign record ${id} was touched`);
}

export function inState<T>(stateDir: string, look: (state: StateReader) => T): T {
  const state = openStateReader(stateDir);
  try {
    return look(state);
  } finally {
    state.close();
  }
}

/** What is recorded of documents, chunks and intents, for "no row changed". */
export function rowsIn(stateDir: string): unknown {
  return inState(stateDir, (state) =>
    state.indexes().map((index) => ({
      documents: [...state.documents(index.collection_id, index.manifest_id)],
      chunks: [...state.collectionChunks(index.collection_id)],
      intents: [...state.intents(index.collection_id, index.manifest_id)],
    })),
  );
}

function checksums(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  return Object.fromEntries(
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file, createHash('sha256').update(readFileSync(file)).digest('hex')]),
  );
}

function isWithin(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  for (const one of part) if (!whole.has(one)) return false;
  return true;
}

function named(record: Seen): string {
  return `chunk ${String(record.metadata['ingest_ordinal'])} of ${uriOf(record)} (${record.id.slice(0, 8)})`;
}
