/** One scanned uri -> the change it needs, and the coverage class it falls in. */

import { decideDocument, type Finding } from '../diff/decide-document.js';
import type { BaseChunk } from '../diff/diff-chunks.js';
import type { DocumentEntry, PreparedDocument } from '../domain/document.js';
import { sourceIdOf } from '../domain/identity.js';
import type { Change, ChunkCounts, Coverage, DocumentSide } from '../domain/plan.js';
import type { DocumentRow } from '../domain/ports/state.js';
import { baseOf, findingOf, type UriFindings } from './base-of-document.js';
import { estimateEmbedding, NO_EMBEDDING } from './estimate-embedding.js';
import type { PlanContext } from './plan-context.js';
import { readBase } from './read-base.js';
import type { ScannedUri } from './scan-index.js';

export type CoverageClass = Exclude<keyof Coverage, 'declared'>;

export interface PlannedUri {
  readonly change: Change | undefined;
  /** Undefined: not declared (a loss that goes, an orphan). */
  readonly coverage: CoverageClass | undefined;
  /** Of an input that was read or known by its stat: part of the source fingerprint. */
  readonly content_sha256: string | undefined;
  /** Why it was skipped, for counting by type; undefined when it was not. */
  readonly skipped: string | undefined;
  readonly knownReject: boolean;
  /** Set when this entry makes its source's listing incomplete. */
  readonly unreadable: string | undefined;
}

const NOTHING_FOUND: UriFindings = { finding: undefined, resume: false, orphans: [], intended: [] };

const PLAIN: PlannedUri = {
  change: undefined,
  coverage: undefined,
  content_sha256: undefined,
  skipped: undefined,
  knownReject: false,
  unreadable: undefined,
};

const NO_CHUNKS: ChunkCounts = { add: 0, keep: 0, relabel: 0, delete: 0 };

export async function planUri(context: PlanContext, scanned: ScannedUri): Promise<PlannedUri> {
  const { entry, row, uri } = scanned;
  if (entry === undefined) {
    if (row !== undefined) return planLoss(context, row, undefined);
    return { ...PLAIN, change: scanned.flagged ? await planOrphans(context, uri) : undefined };
  }
  if (entry.kind === 'unreadable') {
    const folder = entry.uri.endsWith('/');
    return { ...PLAIN, unreadable: entry.message, coverage: folder ? undefined : 'failed' };
  }
  if (entry.kind === 'skipped') {
    const base = row === undefined ? PLAIN : await planLoss(context, row, 'unsupported');
    return {
      ...base,
      coverage: 'skipped',
      skipped: entry.reason === 'unsupported-type' ? entry.type : entry.reason,
    };
  }
  return planEntry(context, entry, row, scanned.flagged);
}

async function planEntry(
  context: PlanContext,
  entry: DocumentEntry,
  row: DocumentRow | undefined,
  flagged: boolean,
): Promise<PlannedUri> {
  const { preparer, scope, state, manifest } = context;
  const uri = entry.uri;
  const sourceId = sourceIdOf(uri);
  const chunkRecipe = preparer.chunkRecipe(entry.parser);
  const gateRecipe = preparer.gateRecipe(sourceId);
  const cached = cachedContent(context, entry);
  const forced = scope.forced(uri);

  if (!scope.inScope(uri)) {
    const content = cached?.content_sha256 ?? (await hashOf(context, entry));
    return { ...PLAIN, content_sha256: content };
  }
  if (row === undefined && !flagged && !forced && cached?.empty_for === chunkRecipe) {
    return { ...PLAIN, coverage: 'skipped', skipped: 'empty', content_sha256: cached.content_sha256 };
  }
  const known = state.reject(manifest.manifest_id, uri);
  let content = cached?.content_sha256;
  if (content === undefined && (row !== undefined || known !== undefined)) {
    content = await hashOf(context, entry);
    if (content === undefined) return { ...PLAIN, coverage: 'failed', unreadable: 'the file cannot be read' };
  }
  const sameRow =
    row !== undefined &&
    row.content_sha256 === content &&
    row.gate_recipe === gateRecipe &&
    row.chunk_recipe === chunkRecipe;
  const findings = flagged ? findingOf(context, uri) : NOTHING_FOUND;
  const calm = findings.finding === undefined && !findings.resume && !forced;
  if (sameRow && calm && !context.live.replaced && context.replace.length === 0) {
    return { ...PLAIN, coverage: 'current', content_sha256: content };
  }
  if (sameRow && calm && context.replace.length > 0) {
    return { ...PLAIN, coverage: 'current', content_sha256: content, change: replaceChange(context, row) };
  }
  if (
    known !== undefined &&
    known.content_sha256 === content &&
    known.gate_recipe === gateRecipe &&
    !findings.resume
  ) {
    return {
      ...PLAIN,
      coverage: row === undefined ? 'rejected' : 'old_kept',
      content_sha256: content,
      knownReject: true,
    };
  }

  const preparation = await preparer.prepare(entry);
  if (preparation.kind === 'unreadable')
    return { ...PLAIN, coverage: 'failed', unreadable: preparation.message };
  content =
    preparation.kind === 'document' ? preparation.document.content_sha256 : preparation.content_sha256;
  if (preparation.kind === 'empty') {
    remember(context, entry, preparation.content_sha256, chunkRecipe);
    if (row !== undefined) {
      const loss = await planLoss(context, row, 'emptied');
      return { ...loss, coverage: 'skipped', skipped: 'empty', content_sha256: content };
    }
    const change = flagged ? await planOrphans(context, uri) : undefined;
    return { ...PLAIN, coverage: 'skipped', skipped: 'empty', content_sha256: content, change };
  }
  remember(context, entry, content, null);
  if (preparation.kind === 'reject') {
    if (row !== undefined && manifest.policy.on_reject === 'delete') {
      const loss = await planLoss(context, row, preparation.code);
      return { ...loss, coverage: 'rejected', content_sha256: content };
    }
    const change = await planReject(context, uri, row, preparation, findings.resume);
    return {
      ...PLAIN,
      coverage: row === undefined ? 'rejected' : 'old_kept',
      content_sha256: content,
      change,
    };
  }
  for (const warning of preparation.document.warnings) context.warn(warning);
  const change = await planPrepared(context, preparation.document, row, findings, forced);
  return { ...PLAIN, coverage: 'current', content_sha256: preparation.document.content_sha256, change };
}

async function planPrepared(
  context: PlanContext,
  prepared: PreparedDocument,
  row: DocumentRow | undefined,
  findings: UriFindings,
  forced: boolean,
): Promise<Change | undefined> {
  const base = await baseOf(context, prepared, row, findings);
  const lost = context.live.replaced && row !== undefined;
  const finding = lost && findings.finding === undefined ? lostIn(base, row) : findings.finding;
  const decision = decideDocument({
    prepared,
    recorded: row,
    base,
    finding,
    resume: findings.resume,
    forced,
  });
  if (decision === undefined) return undefined;
  const { diff } = decision;
  return {
    action: decision.action,
    source_id: prepared.source_id,
    uri: prepared.uri,
    reasons: decision.reasons,
    detail: decision.detail,
    resume: findings.resume,
    moved_from: null,
    before: sideOf(row),
    after: {
      content_sha256: prepared.content_sha256,
      metadata_sha256: prepared.metadata_sha256,
      chunks: prepared.chunks.length,
    },
    chunks: {
      add: diff.put.length,
      keep: diff.keep.length,
      relabel: diff.patch.length,
      delete: diff.remove.length,
    },
    embed: estimateEmbedding(diff.put, context.embedding, context.scratch),
    guard: null,
  };
}

function lostIn(base: readonly BaseChunk[], row: DocumentRow): Finding | undefined {
  const missing = row.n_chunks - base.length;
  return missing <= 0 ? undefined : { missing, tampered: 0, orphans: 0 };
}

/** Recorded, and no longer there: a delete until moves are paired and guards have spoken. */
export async function planLoss(
  context: PlanContext,
  row: DocumentRow,
  why: string | undefined,
): Promise<PlannedUri> {
  const { manifest, preparer, scope } = context;
  if (!scope.inScope(row.uri)) return PLAIN;
  let reason = why;
  if (reason === undefined) {
    const declared = manifest.sources.some((source) => source.id === row.source_id);
    if (!declared) reason = 'source-removed';
    else reason = (await preparer.source(row.source_id).exists(row.uri)) ? 'excluded' : 'gone';
  }
  const found = findingOf(context, row.uri);
  const reasons = found.resume ? [reason, 'intent'].sort() : [reason];
  const change: Change = {
    action: 'delete',
    source_id: row.source_id,
    uri: row.uri,
    reasons,
    detail: null,
    resume: found.resume,
    moved_from: null,
    before: sideOf(row),
    after: null,
    chunks: { ...NO_CHUNKS, delete: await recordsOf(context, row, found) },
    embed: NO_EMBEDDING,
    guard: null,
  };
  return { ...PLAIN, change };
}

/** How many records a delete would delete. */
async function recordsOf(context: PlanContext, row: DocumentRow, found: UriFindings): Promise<number> {
  if (!found.resume) return row.n_chunks - (found.finding?.missing ?? 0) + found.orphans.length;
  const { state, manifest, rowsOf, scratch, live } = context;
  const rows = rowsOf === undefined ? [] : state.chunks(rowsOf, manifest.manifest_id, row.uri);
  const others = scratch.findingsOf(manifest.manifest_id, row.uri).map((f) => f.id);
  return (await readBase(live.collection, rows, others)).length;
}

/** Records of ours that no recorded document explains. */
async function planOrphans(context: PlanContext, uri: string): Promise<Change | undefined> {
  if (!context.scope.inScope(uri)) return undefined;
  const { scratch, manifest, live } = context;
  const found = scratch.findingsOf(manifest.manifest_id, uri);
  const resume = found.some((f) => f.kind === 'resume');
  const existing = await readBase(live.collection, [], [...new Set(found.map((f) => f.id))]);
  if (existing.length === 0 && !resume) return undefined;
  return {
    action: 'repair',
    source_id: sourceIdOf(uri),
    uri,
    reasons: resume ? ['intent', 'orphan-in-index'] : ['orphan-in-index'],
    detail: null,
    resume,
    moved_from: null,
    before: null,
    after: null,
    chunks: { ...NO_CHUNKS, delete: existing.length },
    embed: NO_EMBEDDING,
    guard: null,
  };
}

/** The last good version stays; what an interrupted newer version left beside it goes. */
async function planReject(
  context: PlanContext,
  uri: string,
  row: DocumentRow | undefined,
  reject: { content_sha256: string; code: string; detail: string },
  resume: boolean,
): Promise<Change> {
  let leftovers = 0;
  if (resume) {
    const { scratch, manifest, live, state, rowsOf } = context;
    const kept = new Set(
      row === undefined || rowsOf === undefined
        ? []
        : state.chunks(rowsOf, manifest.manifest_id, uri).map((chunk) => chunk.chunk_id),
    );
    const ids = scratch.findingsOf(manifest.manifest_id, uri).map((f) => f.id);
    leftovers = (await readBase(live.collection, [], [...new Set(ids)])).filter(
      (c) => !kept.has(c.id),
    ).length;
  }
  return {
    action: 'reject',
    source_id: sourceIdOf(uri),
    uri,
    reasons: resume ? [reject.code, 'intent'].sort() : [reject.code],
    detail: reject.detail,
    resume,
    moved_from: null,
    before: sideOf(row),
    after: { content_sha256: reject.content_sha256, metadata_sha256: '', chunks: 0 },
    chunks: { ...NO_CHUNKS, keep: row?.n_chunks ?? 0, delete: leftovers },
    embed: NO_EMBEDDING,
    guard: null,
  };
}

/** Unchanged in itself, but the whole index is to be built anew. No file is opened: rows tell the texts. */
function replaceChange(context: PlanContext, row: DocumentRow): Change {
  const { state, manifest, rowsOf, embedding } = context;
  const shas =
    rowsOf === undefined ? [] : state.chunks(rowsOf, manifest.manifest_id, row.uri).map((c) => c.text_sha256);
  const cached = embedding.cache.has(embedding.fingerprint, shas);
  const compute = shas.filter((sha) => !cached.has(sha) && context.scratch.firstSeen(sha)).length;
  return {
    action: 'replace',
    source_id: row.source_id,
    uri: row.uri,
    reasons: [...context.replace].sort(),
    detail: null,
    resume: false,
    moved_from: null,
    before: sideOf(row),
    after: sideOf(row),
    chunks: { add: row.n_chunks, keep: 0, relabel: 0, delete: row.n_chunks },
    embed: { compute, cached: row.n_chunks - compute, tokens: 0, cost: null, seconds: null },
    guard: null,
  };
}

export function sideOf(row: DocumentRow | undefined): DocumentSide | null {
  if (row === undefined) return null;
  return { content_sha256: row.content_sha256, metadata_sha256: row.metadata_sha256, chunks: row.n_chunks };
}

function cachedContent(context: PlanContext, entry: DocumentEntry) {
  return context.statCache.get(rootOf(context, entry), entry.path, entry.stat);
}

function remember(
  context: PlanContext,
  entry: DocumentEntry,
  content: string,
  emptyFor: string | null,
): void {
  context.statCache.put(rootOf(context, entry), entry.path, entry.stat, {
    content_sha256: content,
    empty_for: emptyFor,
  });
}

/** content_sha256 by reading and hashing the file; undefined when it cannot be read. */
async function hashOf(context: PlanContext, entry: DocumentEntry): Promise<string | undefined> {
  const hashed = await context.preparer.source(sourceIdOf(entry.uri)).hash(entry);
  if ('unreadable' in hashed) return undefined;
  remember(context, entry, hashed.content_sha256, null);
  return hashed.content_sha256;
}

function rootOf(context: PlanContext, entry: DocumentEntry): string {
  const id = sourceIdOf(entry.uri);
  return context.manifest.sources.find((source) => source.id === id)?.root ?? '';
}
