/**
 * A Chroma in memory, behind the port that the program owns: it merges metadata, ignores patches of absent ids and
 * refuses what Chroma refuses, so that thousands of applies can be tried. What real servers do is tested elsewhere.
 */
import { randomUUID } from 'node:crypto';
import type { Metadata, MetadataValue } from '../../src/domain/document.js';
import { IngestError } from '../../src/domain/errors.js';
import type { Space } from '../../src/domain/manifest.js';
import {
  type LiveCollection,
  type LiveDatabase,
  type LiveRecord,
  type PatchRecord,
  type PutRecord,
  type QueryHit,
  WriteRejected,
  WriteUnknown,
} from '../../src/domain/ports/live.js';
import { ANCHOR_KEYS, type CollectionIdentity } from '../../src/domain/record.js';

export interface StoredRecord {
  text: string | null;
  metadata: Record<string, MetadataValue>;
  vector: Float32Array;
}

interface Stored {
  readonly id: string;
  name: string;
  /** As after a kill in the middle of a flush: reads are exact, search finds nothing. */
  unsearchable: boolean;
  readonly space: Space;
  identity: CollectionIdentity | undefined;
  readonly records: Map<string, StoredRecord>;
}

export interface Write {
  readonly kind: 'create' | 'identity' | 'rename' | 'remove' | 'put' | 'patch' | 'delete';
  readonly ids: readonly string[];
  readonly puts: readonly PutRecord[];
}

export class MemoryChroma implements LiveDatabase {
  readonly description = 'memory';
  readonly targetId = 'embedded';
  readonly server: LiveDatabase['server'];
  readonly writes: Write[] = [];
  /** Called before a write takes effect; throwing means that nothing was written. */
  before: (write: Write) => void = () => {};
  /** Called after it took effect; throwing means that the answer was lost. */
  after: (write: Write) => void = () => {};
  /** Records whose vectors it fails to read, as a Chroma that was killed in the middle of a flush. */
  readonly unreadable = new Set<string>();
  /** Called before every read. */
  reading: () => void = () => {};
  readonly #collections = new Map<string, Stored>();

  constructor(options: { readonly maxBatch?: number } = {}) {
    this.server = { version: 'memory', maxBatch: options.maxBatch ?? 1000 };
  }

  async find(name: string): Promise<LiveCollection | undefined> {
    this.reading();
    const stored = this.#collections.get(name);
    return stored === undefined ? undefined : new MemoryCollection(this, stored);
  }

  async create(
    name: string,
    space: Space,
    identity: CollectionIdentity,
  ): Promise<LiveCollection | undefined> {
    return this.perform({ kind: 'create', ids: [], puts: [] }, () => {
      if (this.#collections.has(name)) return undefined;
      const stored: Stored = {
        id: randomUUID(),
        name,
        unsearchable: false,
        space,
        identity,
        records: new Map(),
      };
      this.#collections.set(name, stored);
      return new MemoryCollection(this, stored);
    });
  }

  async remove({ id, name }: LiveCollection): Promise<void> {
    this.perform({ kind: 'remove', ids: [], puts: [] }, () => {
      if (this.#collections.get(name)?.id === id) this.#collections.delete(name);
    });
  }

  async comesBack(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {}

  names(): string[] {
    return [...this.#collections.keys()].sort();
  }

  breakSearch(name: string): void {
    const stored = this.#collections.get(name);
    if (stored !== undefined) stored.unsearchable = true;
  }

  /** Chroma answers a rename to a taken name as it answers any failed write. */
  rename(stored: { name: string }, name: string): void {
    const known = this.#collections.get(stored.name);
    if (known === undefined || known.name === name) return;
    if (this.#collections.has(name)) throw new WriteUnknown('UNIQUE constraint failed');
    this.#collections.delete(known.name);
    known.name = name;
    this.#collections.set(name, known);
  }

  /** Records by id, for tests that look or tamper. */
  records(name: string): Map<string, StoredRecord> {
    return this.#collections.get(name)?.records ?? new Map();
  }

  /** A record that ingest did not write. */
  async foreign(name: string, id: string): Promise<void> {
    const records = this.#collections.get(name)?.records;
    const vector = records?.values().next().value?.vector ?? new Float32Array(1);
    records?.set(id, { text: 'not ours', metadata: { by: 'hand' }, vector });
  }

  /** A collection of somebody else under this name. */
  async squat(name: string): Promise<void> {
    const records = new Map<string, StoredRecord>();
    this.#collections.set(name, {
      id: randomUUID(),
      name,
      unsearchable: false,
      space: 'cosine',
      identity: undefined,
      records,
    });
  }

  drop(name: string): void {
    this.#collections.delete(name);
  }

  /** Everything but the anchors of the last write, in id order: what two equal builds have in common. */
  contents(name: string): unknown[] {
    const anchors: ReadonlySet<string> = new Set(ANCHOR_KEYS);
    return [...this.records(name)]
      .map(([id, { text, metadata, vector }]) => ({
        id,
        text,
        metadata: Object.fromEntries(
          Object.entries(metadata)
            .filter(([key]) => !anchors.has(key))
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        ),
        vector: Array.from(vector),
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  perform<T>(write: Write, effect: () => T): T {
    this.before(write);
    this.writes.push(write);
    const value = effect();
    this.after(write);
    return value;
  }
}

class MemoryCollection implements LiveCollection {
  readonly id: string;
  name: string;
  readonly space: Space;
  identity: CollectionIdentity | undefined;
  readonly #chroma: MemoryChroma;
  readonly #stored: Stored;

  constructor(chroma: MemoryChroma, stored: Stored) {
    this.#chroma = chroma;
    this.#stored = stored;
    this.id = stored.id;
    this.name = stored.name;
    this.space = stored.space;
    // As a real handle: what was read when it was found.
    this.identity = stored.identity;
  }

  get dimension(): number | undefined {
    return this.#records.values().next().value?.vector.length;
  }

  async count(): Promise<number> {
    return this.#records.size;
  }

  async answers(): Promise<boolean> {
    return true;
  }

  async *ids(): AsyncIterable<readonly string[]> {
    yield [...this.#records.keys()].reverse();
  }

  async *records(): AsyncIterable<readonly LiveRecord[]> {
    yield [...(await this.get([...this.#records.keys()])).values()];
  }

  async get(ids: readonly string[]): Promise<Map<string, LiveRecord>> {
    const found = new Map<string, LiveRecord>();
    for (const [id, record] of this.#records) {
      if (ids.includes(id)) found.set(id, { id, text: record.text, metadata: { ...record.metadata } });
    }
    return found;
  }

  async existing(ids: readonly string[]): Promise<Set<string>> {
    return new Set(ids.filter((id) => this.#records.has(id)));
  }

  async idsOf(manifestId: string, uri: string): Promise<string[]> {
    const ours = [...this.#records].filter(
      ([, { metadata }]) => metadata['ingest_manifest_id'] === manifestId && metadata['ingest_uri'] === uri,
    );
    return ours.map(([id]) => id).sort();
  }

  async vectors(ids: readonly string[]): Promise<Map<string, Float32Array>> {
    const found = new Map<string, Float32Array>();
    if (ids.some((id) => this.#chroma.unreadable.has(id))) {
      throw new IngestError('E411', 'Error getting embedding', { kind: 'world', advice: '' });
    }
    for (const id of ids) {
      const vector = this.#records.get(id)?.vector;
      if (vector !== undefined) found.set(id, vector);
    }
    return found;
  }

  async put(records: readonly PutRecord[]): Promise<void> {
    const ids = records.map((record) => record.id);
    if (new Set(ids).size < ids.length) throw new WriteRejected('an id is there twice');
    if (ids.length > this.#chroma.server.maxBatch) throw new WriteRejected('too many records');
    if (records.some((record) => record.vector.length === 0)) throw new WriteRejected('an empty vector');
    this.#chroma.perform({ kind: 'put', ids, puts: records }, () => {
      for (const { id, text, vector, metadata } of records) {
        const before = this.#stored.records.get(id)?.metadata ?? {};
        this.#stored.records.set(id, { text, vector, metadata: merged(before, metadata) });
      }
    });
  }

  async patch(patches: readonly PatchRecord[]): Promise<void> {
    const ids = patches.map((patch) => patch.id);
    this.#chroma.perform({ kind: 'patch', ids, puts: [] }, () => {
      for (const { id, metadata } of patches) {
        const record = this.#stored.records.get(id);
        if (record !== undefined) record.metadata = merged(record.metadata, metadata);
      }
    });
  }

  async delete(ids: readonly string[]): Promise<void> {
    this.#chroma.perform({ kind: 'delete', ids, puts: [] }, () => {
      for (const id of ids) this.#stored.records.delete(id);
    });
  }

  async copyFrom(source: LiveCollection, ids: readonly string[]): Promise<void> {
    const from = this.#chroma.records(source.name);
    this.#chroma.perform({ kind: 'put', ids, puts: [] }, () => {
      for (const id of ids) {
        const record = from.get(id);
        if (record !== undefined) this.#stored.records.set(id, structuredClone(record));
      }
    });
  }

  async query(vector: Float32Array, n: number, manifestId: string | undefined): Promise<QueryHit[]> {
    if (this.#stored.unsearchable) return [];
    const hits: QueryHit[] = [];
    for (const [id, { text, metadata, vector: other }] of this.#records) {
      if (manifestId !== undefined && metadata['ingest_manifest_id'] !== manifestId) continue;
      hits.push({ id, text, metadata: { ...metadata }, distance: cosineDistance(vector, other) });
    }
    return hits.sort((a, b) => a.distance - b.distance).slice(0, n);
  }

  async writeIdentity(identity: CollectionIdentity): Promise<void> {
    this.#chroma.perform({ kind: 'identity', ids: [], puts: [] }, () => {
      this.#stored.identity = identity;
    });
    this.identity = identity;
  }

  async rename(name: string, identity: CollectionIdentity): Promise<void> {
    this.#chroma.perform({ kind: 'rename', ids: [], puts: [] }, () => {
      this.#chroma.rename(this.#stored, name);
      this.#stored.identity = identity;
    });
    this.identity = identity;
    this.name = name;
  }

  get #records(): ReadonlyMap<string, StoredRecord> {
    this.#chroma.reading();
    return this.#stored.records;
  }
}

/** An upsert merges; only an explicit null removes a key. */
function merged(
  before: Metadata,
  change: Readonly<Record<string, MetadataValue | null>>,
): Record<string, MetadataValue> {
  const next: Record<string, MetadataValue> = { ...before };
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete next[key];
    else next[key] = value;
  }
  return next;
}

function cosineDistance(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return 1 - dot / Math.sqrt(aa * bb || 1);
}
