/** One collection of a Chroma, by its id: a rename does not lose it. */
import type { Collection } from 'chromadb';
import type { Metadata, MetadataValue } from '../domain/document.js';
import type { Space } from '../domain/manifest.js';
import {
  type LiveCollection,
  type LiveRecord,
  type PatchRecord,
  type PutRecord,
  type QueryHit,
  WriteUnknown,
} from '../domain/ports/live.js';
import type { CollectionIdentity } from '../domain/record.js';
import { isCount, isHits, isJson, isPage, isUnreadable, notChroma } from './check-answers.js';
import { checkCollectionMetadata, checkPatches, checkPuts } from './check-records.js';
import { type CollectionMetadata, readIdentity, withIdentity } from './collection-identity.js';
import type { CollectionDescription, DatabaseAccess } from './database-access.js';
import { readFailure, writeFailure } from './failures.js';
import { patchBodies, putBodies, vectorJson } from './write-bodies.js';

export class ChromaCollection implements LiveCollection {
  readonly id: string;
  readonly space: Space | undefined;
  #name: string;
  readonly #access: DatabaseAccess;
  readonly #handle: Collection;
  #metadata: CollectionMetadata;
  #dimension: number | undefined;
  /** The write that fixes the dimension: two at once could fix two. */
  #first: Promise<void> | undefined;

  constructor(access: DatabaseAccess, description: CollectionDescription) {
    this.id = description.id;
    this.#name = description.name;
    this.space = description.space;
    this.#access = access;
    this.#handle = access.handle(description.id);
    this.#metadata = description.metadata;
    this.#dimension = description.dimension;
  }

  get name(): string {
    return this.#name;
  }

  get identity(): CollectionIdentity | undefined {
    return readIdentity(this.#metadata);
  }

  get dimension(): number | undefined {
    return this.#dimension;
  }

  count(): Promise<number> {
    return this.#read('count', () => this.#handle.count(), isCount);
  }

  answers(): Promise<boolean> {
    return this.#access.answers(this.id);
  }

  async *ids(): AsyncIterable<readonly string[]> {
    const limit = this.#access.limits.pageOfIds;
    for (let offset = 0; ; offset += limit) {
      const page = await this.#read(
        'list ids',
        () => this.#handle.get({ limit, offset, include: [] }),
        (answer) => isPage(answer, []),
      );
      if (page.ids.length > 0) yield page.ids;
      if (page.ids.length < limit) return;
    }
  }

  async *records(): AsyncIterable<readonly LiveRecord[]> {
    const limit = this.#access.limits.pageOfRecords;
    for (let offset = 0; ; offset += limit) {
      const page = await this.#read(
        'list records',
        () => this.#handle.get({ limit, offset, include: ['documents', 'metadatas'] }),
        (answer) => isPage(answer, ['documents', 'metadatas']),
      );
      if (page.ids.length > 0) yield liveRecords(page);
      if (page.ids.length < limit) return;
    }
  }

  async get(ids: readonly string[]): Promise<Map<string, LiveRecord>> {
    const found = new Map<string, LiveRecord>();
    for (const batch of batches(ids, this.#access.limits.pageOfRecords)) {
      const page = await this.#read(
        'read records',
        () => this.#handle.get({ ids: batch, include: ['documents', 'metadatas'] }),
        (answer) => isPage(answer, ['documents', 'metadatas']),
      );
      for (const record of liveRecords(page)) found.set(record.id, record);
    }
    return found;
  }

  async existing(ids: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (const batch of batches(ids, this.#access.limits.pageOfIds)) {
      const page = await this.#read(
        'look for ids',
        () => this.#handle.get({ ids: batch, include: [] }),
        (answer) => isPage(answer, []),
      );
      for (const id of page.ids) found.add(id);
    }
    return found;
  }

  async idsOf(manifestId: string, uri: string): Promise<string[]> {
    const found: string[] = [];
    const limit = this.#access.limits.pageOfIds;
    const where = { $and: [{ ingest_manifest_id: manifestId }, { ingest_uri: uri }] };
    for (let offset = 0; ; offset += limit) {
      const page = await this.#read(
        'look for the records of a document',
        () => this.#handle.get({ where, limit, offset, include: [] }),
        (answer) => isPage(answer, []),
      );
      found.push(...page.ids);
      if (page.ids.length < limit) return found.sort();
    }
  }

  async vectors(ids: readonly string[]): Promise<Map<string, Float32Array>> {
    const found = new Map<string, Float32Array>();
    for (const batch of batches(ids, this.#access.limits.pageOfVectors)) {
      const page = await this.#read(
        'read vectors',
        () => this.#handle.get({ ids: batch, include: ['embeddings'] }),
        (answer) => isPage(answer, ['embeddings']),
      );
      page.ids.forEach((id, index) => {
        const vector = page.embeddings[index];
        if (vector !== undefined && vector !== null) found.set(id, Float32Array.from(vector));
      });
    }
    return found;
  }

  async put(records: readonly PutRecord[]): Promise<void> {
    if (records.length === 0) return;
    while (this.#dimension === undefined && this.#first !== undefined) await this.#first.catch(() => {});
    checkPuts(records, this.#dimension, this.#access.limits);
    const writing = this.#write(
      'upsert',
      `the upsert of ${records.length} records`,
      putBodies(records, this.#access.base64, this.#access.bodyLimits),
    );
    if (this.#dimension !== undefined) return writing;
    this.#first = writing;
    try {
      await writing;
      this.#dimension = records[0]?.vector.length;
    } finally {
      this.#first = undefined;
    }
  }

  async patch(patches: readonly PatchRecord[]): Promise<void> {
    const changing = patches.filter(({ metadata }) => Object.keys(metadata).length > 0);
    checkPatches(changing, this.#access.limits);
    await this.#write(
      'update',
      `the update of ${changing.length} records`,
      patchBodies(changing, this.#access.bodyLimits),
    );
  }

  async delete(ids: readonly string[]): Promise<void> {
    const what = `the deletion of ${ids.length} records`;
    const parts = batches(ids, this.#access.limits.deleteIds);
    await this.#inParts(what, parts, async (batch) => {
      await this.#handle.delete({ ids: batch });
    });
  }

  async copyFrom(source: LiveCollection, ids: readonly string[]): Promise<void> {
    for (const batch of batches(ids, this.#access.limits.pageOfVectors)) {
      const what = `the copy of ${batch.length} records`;
      // As JSON from one to the other: lists in metadata and records without a document stay what they are.
      const found = await this.#read(
        'read records to copy',
        async () => {
          const body = JSON.stringify({ ids: batch, include: EVERYTHING });
          return JSON.parse(await this.#access.send('POST', `/${source.id}/get`, body)) as CopiedRecords;
        },
        (answer) => isPage(answer, ['embeddings', 'documents', 'metadatas']),
      );
      if (found.ids.length === 0) continue;
      const { ids: copied, documents, metadatas, uris } = found;
      const vectors = found.embeddings.map((vector) =>
        vector === null ? 'null' : vectorJson(Float32Array.from(vector), this.#access.base64),
      );
      const rest = JSON.stringify({ ids: copied, documents, metadatas, uris });
      await this.#write('upsert', what, [`{"embeddings":[${vectors.join(',')}],${rest.slice(1)}`]);
    }
  }

  async query(vector: Float32Array, n: number, manifestId: string | undefined): Promise<QueryHit[]> {
    const answer = await this.#read(
      'query',
      () =>
        this.#handle.query({
          queryEmbeddings: [Array.from(vector)],
          nResults: n,
          include: ['documents', 'metadatas', 'distances'],
          ...(manifestId === undefined ? {} : { where: { ingest_manifest_id: manifestId } }),
        }),
      isHits,
    );
    const hits: QueryHit[] = [];
    (answer.ids[0] ?? []).forEach((id, index) => {
      const distance = answer.distances[0]?.[index];
      if (typeof distance !== 'number') return;
      const text = answer.documents[0]?.[index] ?? null;
      hits.push({ id, distance, text, metadata: plainMetadata(answer.metadatas[0]?.[index]) });
    });
    return hits;
  }

  writeIdentity(identity: CollectionIdentity): Promise<void> {
    return this.#modify(identity, undefined, `the identity of collection ${this.name}`);
  }

  rename(name: string, identity: CollectionIdentity): Promise<void> {
    return this.#modify(identity, name, `the renaming of collection ${this.name} to ${name}`);
  }

  async #modify(identity: CollectionIdentity, name: string | undefined, what: string): Promise<void> {
    const now = await this.#access.describe(this.name);
    const metadata = withIdentity(identity, now?.id === this.id ? now.metadata : this.#metadata);
    checkCollectionMetadata(metadata, this.#access.limits);
    const change = { new_metadata: metadata, ...(name === undefined ? {} : { new_name: name }) };
    try {
      await this.#access.send('PUT', `/${this.id}`, JSON.stringify(change));
    } catch (error) {
      throw writeFailure(error, this.#access.server, what);
    }
    this.#metadata = metadata;
    if (name !== undefined) this.#name = name;
  }

  async #read<T>(what: string, fn: () => Promise<T>, isAnswer: (answer: unknown) => boolean): Promise<T> {
    const { server } = this.#access;
    let answer: T;
    try {
      answer = await fn();
    } catch (error) {
      if (isUnreadable(error)) throw notChroma(server, error);
      throw readFailure(error, server, `${what} (collection ${this.name})`);
    }
    if (!isAnswer(answer)) throw notChroma(server);
    return answer;
  }

  #write(operation: 'upsert' | 'update', what: string, parts: readonly string[]): Promise<void> {
    return this.#inParts(what, parts, async (body) => {
      const answer = await this.#access.send('POST', `/${this.id}/${operation}`, body);
      if (!isJson(answer)) throw notChroma(this.#access.server);
    });
  }

  /** One after the other: two at a time gain nothing. */
  async #inParts<T>(what: string, parts: readonly T[], fn: (part: T) => Promise<void>): Promise<void> {
    for (const [index, part] of parts.entries()) {
      try {
        await fn(part);
      } catch (error) {
        const failure = isUnreadable(error)
          ? notChroma(this.#access.server, error)
          : writeFailure(error, this.#access.server, what);
        // Earlier parts were written, so not even a rejection may say that nothing was.
        if (index === 0 || failure instanceof WriteUnknown) throw failure;
        throw new WriteUnknown(`a part of ${what} was written, then it failed`, { cause: failure });
      }
    }
  }
}

function batches(ids: readonly string[], size: number): string[][] {
  const unique = [...new Set(ids)];
  const result: string[][] = [];
  for (let start = 0; start < unique.length; start += size) result.push(unique.slice(start, start + size));
  return result;
}

const EVERYTHING = ['embeddings', 'documents', 'metadatas', 'uris'];

interface CopiedRecords {
  readonly ids: readonly string[];
  readonly embeddings: readonly (readonly number[] | null)[];
  readonly documents: unknown;
  readonly metadatas: unknown;
  readonly uris: unknown;
}

interface RecordPage {
  readonly ids: readonly string[];
  readonly documents: readonly (string | null)[];
  readonly metadatas: readonly unknown[];
}

/** Rows come in the server's order, whatever was asked for; within a page the columns belong together. */
function liveRecords(page: RecordPage): LiveRecord[] {
  return page.ids.map((id, index) => ({
    id,
    text: page.documents[index] ?? null,
    metadata: plainMetadata(page.metadatas[index]),
  }));
}

/** Records of others may hold lists or sparse vectors; they are shown as JSON. */
function plainMetadata(metadata: unknown): Metadata {
  const plain: Record<string, MetadataValue> = {};
  for (const [key, value] of Object.entries(metadata ?? {})) {
    if (value === null || value === undefined) continue;
    const simple = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    plain[key] = simple ? value : JSON.stringify(value);
  }
  return plain;
}
