/**
 * What another tool has of the documents that a manifest declares: its records by the uris they would have here,
 * beside what the sources list now. Reads only; its collection is not changed, and neither is the recorded state.
 */
import { mapUri, type UriMapping } from '../../diff/map-uri.js';
import type {
  ComparedCollection,
  ComparedDocument,
  DocumentTotals,
  NextPlan,
  UnmappedRecord,
} from '../../domain/adopted-documents.js';
import { isUnreadFolder, type ListingEntry } from '../../domain/document.js';
import { IngestError } from '../../domain/errors.js';
import { textSha256 } from '../../domain/identity.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import { DEFAULT_PLAN_OPTIONS } from '../../domain/plan.js';
import type { LiveCollection, LiveRecord } from '../../domain/ports/live.js';
import { normaliseText } from '../../domain/text.js';
import { buildPlan } from '../build-plan.js';
import { NO_EMBEDDING } from '../estimate-embedding.js';
import type { PlanningPorts } from '../planning-ports.js';
import { everything } from '../scan/choose-listings.js';
import { mergeByKey } from '../scan/merge-by-key.js';
import type { Preparer } from '../scan/prepare-document.js';
import { listAll } from '../scan/scan-index.js';
import { TheirRecords } from './their-records.js';

export interface CompareRequest extends UriMapping {
  readonly collection: LiveCollection;
  /** Metadata key that says where a record comes from. */
  readonly uriFrom: string;
  /** Metadata key that has its text; undefined: its document. */
  readonly textFrom: string | undefined;
}

const SHOWN = 5;

export async function compareDocuments(
  ports: PlanningPorts,
  desired: DesiredState,
  manifest: Manifest,
  request: CompareRequest,
): Promise<ComparedCollection> {
  const { collection, sourceId, strip, uriFrom } = request;
  const theirs = new TheirRecords();
  try {
    const read = await readTheirs(ports.signal, theirs, request);
    const preparer = await ports.preparer(manifest, ports.state.index(manifest.manifest_id)?.pins);
    const sources = manifest.sources.map((source) => preparer.source(source.id));
    const documents: ComparedDocument[] = [];
    const duplicates = { records: 0, documents: 0 };
    const merged = mergeByKey(
      listAll(everything(sources), ports.signal),
      (entry) => entry.uri,
      theirs.documents(),
      (document) => document.uri,
    );
    for await (const { key: uri, left, right } of merged) {
      ports.signal.throwIfAborted();
      const entry = left?.kind === 'deleted' ? undefined : left;
      if (isNoDocument(entry) || (entry === undefined && right === undefined)) continue;
      const ours = await cutNow(preparer, entry, (sha) => theirs.hasText(sha));
      const side = entry === undefined ? 'theirs' : right === undefined ? 'ours' : 'both';
      documents.push({ uri, side, records: right?.records ?? 0, ...ours });
      duplicates.records += right?.duplicates ?? 0;
      if (right !== undefined && right.duplicates > 0) duplicates.documents++;
      ports.onProgress({ type: 'scan', documents: documents.length });
    }
    const of = (side: ComparedDocument['side']): DocumentTotals =>
      totals(documents.filter((document) => document.side === side));
    return {
      collection: collection.name,
      manifest_id: manifest.manifest_id,
      source_id: sourceId,
      uri_from: uriFrom,
      strip,
      ...read,
      both: of('both'),
      theirs: of('theirs'),
      ours: of('ours'),
      duplicates,
      documents,
      next_plan: await nextPlan(ports, desired, manifest),
    };
  } finally {
    theirs.close();
  }
}

async function readTheirs(
  signal: AbortSignal,
  into: TheirRecords,
  { collection, uriFrom, textFrom, ...mapping }: CompareRequest,
): Promise<Pick<ComparedCollection, 'records' | 'without_key' | 'unmapped' | 'where'>> {
  const tally = { records: 0, without_key: 0, unmapped: 0 };
  const where: UnmappedRecord[] = [];
  for await (const page of collection.records()) {
    signal.throwIfAborted();
    for (const record of page) {
      tally.records++;
      const value = record.metadata[uriFrom];
      const uri = value === undefined ? undefined : mapUri(String(value), mapping);
      if (value === undefined) tally.without_key++;
      else if (uri === undefined) tally.unmapped++;
      if (uri === undefined && where.length < SHOWN) {
        where.push({ id: record.id, value: value === undefined ? null : String(value) });
      }
      const text = textOf(record, textFrom);
      into.add(uri, text === undefined ? undefined : textSha256(text));
    }
  }
  return { ...tally, where };
}

/** As it is looked for in the embedding cache; undefined: it has none. */
export function textOf(record: LiveRecord, textFrom: string | undefined): string | undefined {
  const text = textFrom === undefined ? record.text : record.metadata[textFrom];
  return typeof text === 'string' && text.trim() !== '' ? normaliseText(text) : undefined;
}

/** A folder that cannot be read, and what has no key: the plan says them. */
function isNoDocument(entry: ListingEntry | undefined): boolean {
  return entry?.kind === 'malformed' || (entry?.kind === 'unreadable' && isUnreadFolder(entry));
}

async function cutNow(
  preparer: Preparer,
  entry: Exclude<ListingEntry, { kind: 'deleted' }> | undefined,
  hasText: (sha: string) => boolean,
): Promise<Pick<ComparedDocument, 'chunks' | 'same_text' | 'other_text' | 'no_chunks'>> {
  const none = { chunks: 0, same_text: 0, other_text: [] };
  if (entry === undefined) return { ...none, no_chunks: null };
  if (entry.kind === 'skipped') return { ...none, no_chunks: entry.reason };
  if (entry.kind !== 'document') return { ...none, no_chunks: entry.kind };
  const found = await preparer.prepare(entry);
  if (found.kind === 'reject' || found.kind === 'quarantine') return { ...none, no_chunks: found.code };
  if (found.kind !== 'document') return { ...none, no_chunks: found.kind };
  const { chunks } = found.document;
  const other_text = chunks.filter((one) => !hasText(one.text_sha256)).map((one) => one.ordinal);
  return {
    chunks: chunks.length,
    same_text: chunks.length - other_text.length,
    other_text,
    no_chunks: null,
  };
}

function totals(documents: readonly ComparedDocument[]): DocumentTotals {
  const sum = (key: 'records' | 'chunks' | 'same_text'): number =>
    documents.reduce((total, document) => total + document[key], 0);
  return {
    documents: documents.length,
    records: sum('records'),
    chunks: sum('chunks'),
    same_text: sum('same_text'),
  };
}

/** The plan itself is asked, as only it knows what is recorded already and what the cache has. */
async function nextPlan(ports: PlanningPorts, desired: DesiredState, manifest: Manifest): Promise<NextPlan> {
  try {
    const plan = await buildPlan(ports, desired, DEFAULT_PLAN_OPTIONS);
    try {
      const index = plan.indexes.find(({ header }) => header.manifest_id === manifest.manifest_id);
      return { outcome: plan.header.outcome, embed: index?.header.summary.embed ?? NO_EMBEDDING };
    } finally {
      plan.close();
    }
  } catch (error) {
    if (!(error instanceof IngestError) || error.kind === 'bug') throw error;
    return { outcome: 'refused', code: error.code, message: error.message, advice: error.advice };
  }
}
