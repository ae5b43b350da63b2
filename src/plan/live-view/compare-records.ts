/** Compares live records with recorded chunks, id by id, and names the documents concerned. */

import type { Metadata, MetadataValue } from '../../domain/document.js';
import type { RecordPart } from '../../domain/drift-classes.js';
import { structureHash } from '../../domain/hashing.js';
import { textSha256 } from '../../domain/identity.js';
import type { LiveCollection, LiveRecord } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import { ANCHOR_KEYS } from '../../domain/record.js';
import { compareUtf8 } from '../../domain/text.js';
import type { Scratch } from '../scratch.js';
import { type CachedVectors, VECTOR_SLICE, wrongVectors } from './compare-vectors.js';

const PAGE = 1000;
const ANCHORS: ReadonlySet<string> = new Set(ANCHOR_KEYS);

/** Missing, orphan and foreign ids. */
export async function compareIds(
  collection: LiveCollection,
  state: StateReader,
  scratch: Scratch,
  owned: ReadonlySet<string>,
): Promise<void> {
  for await (const page of collection.ids()) for (const id of page) scratch.addLiveId(id, '');
  await classify(collection, state, scratch, owned);
}

/**
 * Beside the ids, the text, metadata and vector of each record. False: Chroma does not give its vectors back, or of a
 * `suspect` collection others than were written. A wrong vector may be somebody's doing and is repaired in place; one
 * that is wrong after a run went wrong is damage, and putting it again would spoil another (two records, one place).
 */
export async function compareContent(
  collection: LiveCollection,
  state: StateReader,
  scratch: Scratch,
  owned: ReadonlySet<string>,
  cached: CachedVectors,
  suspect: boolean,
): Promise<boolean> {
  let readable = true;
  for await (const page of collection.records()) {
    for (let i = 0; i < page.length; i += VECTOR_SLICE) {
      const records = page.slice(i, i + VECTOR_SLICE);
      const ids = records.map((record) => record.id);
      const wrong = readable ? await wrongVectors(collection, state, ids, cached) : 'broken';
      if (wrong === 'broken' || (suspect && wrong.size > 0)) readable = false;
      for (const record of records) {
        const row = state.chunk(collection.id, record.id);
        const parts = row === undefined ? [] : tamperedParts(record, row);
        if (wrong !== 'broken' && wrong.has(record.id)) parts.push('vector');
        scratch.addLiveId(record.id, parts.join(','));
      }
    }
  }
  await classify(collection, state, scratch, owned);
  return readable;
}

/** What of a record is not as it was written; its vector is compared apart. */
export function tamperedParts(
  record: LiveRecord,
  row: { readonly text_sha256: string; readonly metadata_sha256: string },
): RecordPart[] {
  const parts: RecordPart[] = [];
  if (!textIntact(record, row.text_sha256)) parts.push('text');
  if (metadataHash(record.metadata) !== row.metadata_sha256) parts.push('metadata');
  return parts;
}

export function textIntact(record: LiveRecord, textSha: string): boolean {
  return record.text !== null && textSha256(record.text) === textSha;
}

/** Hash of what is stored without the anchors, comparable with Chunk.metadata_sha256. */
export function metadataHash(metadata: Metadata): string {
  const kept: Record<string, MetadataValue> = {};
  for (const [key, value] of Object.entries(metadata)) if (!ANCHORS.has(key)) kept[key] = value;
  return structureHash(kept);
}

/** Both sides are in id order: one pass finds what only one of them has. */
async function classify(
  collection: LiveCollection,
  state: StateReader,
  scratch: Scratch,
  owned: ReadonlySet<string>,
): Promise<void> {
  const live = scratch.liveIds();
  const recorded = state.collectionChunks(collection.id)[Symbol.iterator]();
  let extra: string[] = [];
  let l = live.next();
  let r = recorded.next();
  while (!l.done || !r.done) {
    const order = l.done || r.done ? 0 : compareUtf8(l.value.id, r.value.chunk_id);
    if (!l.done && (r.done || order < 0)) {
      extra.push(l.value.id);
      if (extra.length >= PAGE) {
        await classifyExtra(collection, extra, scratch, owned);
        extra = [];
      }
      l = live.next();
    } else if (!r.done && (l.done || order > 0)) {
      scratch.addFinding(r.value.manifest_id, { uri: r.value.uri, kind: 'missing', id: r.value.chunk_id });
      r = recorded.next();
    } else if (!l.done && !r.done) {
      if (l.value.tampered !== '') {
        scratch.addFinding(r.value.manifest_id, {
          uri: r.value.uri,
          kind: 'tampered',
          id: r.value.chunk_id,
          detail: l.value.tampered,
        });
      }
      l = live.next();
      r = recorded.next();
    }
  }
  await classifyExtra(collection, extra, scratch, owned);
}

/** A record that nothing recorded explains: an orphan of ours, or foreign and left alone. */
async function classifyExtra(
  collection: LiveCollection,
  ids: readonly string[],
  scratch: Scratch,
  owned: ReadonlySet<string>,
): Promise<void> {
  if (ids.length === 0) return;
  for (const record of (await collection.get(ids)).values()) {
    const manifestId = record.metadata['ingest_manifest_id'];
    const uri = record.metadata['ingest_uri'];
    if (typeof manifestId === 'string' && typeof uri === 'string' && owned.has(manifestId)) {
      const detail = record.text === null ? '' : textSha256(record.text);
      scratch.addFinding(manifestId, { uri, kind: 'orphan', id: record.id, detail });
    } else {
      scratch.addFinding('', { uri: '', kind: 'foreign', id: record.id });
    }
  }
}
