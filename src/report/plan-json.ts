/**
 * The plan as JSON, which is also the saved plan (`contracts/plan.schema.json`). Streamed: one change a
 * line, so that diffs of plans can be read and a million changes cost no memory. Field order is fixed.
 */
import type {
  Change,
  DiffChunk,
  IndexHeader,
  Plan,
  PlanHeader,
  PlanIndex,
  PlanSummary,
  TextDiff,
} from '../domain/plan.js';
import type { Timings } from '../domain/ports/stopwatch.js';
import type { WhatIfReport } from '../domain/what-if.js';
import { safeJson } from './escape.js';

/** Of this run, which no saved plan has. */
export interface PlanExtras {
  readonly timings?: Timings | undefined;
  readonly what_if?: WhatIfReport | undefined;
}

/** Lines without their line ends; together one JSON value. */
export function* planJson(plan: Plan, extras: PlanExtras = {}): Generator<string> {
  const { header } = plan;
  yield '{';
  for (const [key, value] of Object.entries(openingFields(header))) yield field(key, value);
  yield '"indexes": [';
  const last = plan.indexes.length - 1;
  for (const [i, index] of plan.indexes.entries()) yield* indexJson(index, i === last);
  yield '],';
  yield field('summary', summaryFields(header.summary));
  for (const [key, value] of Object.entries(extras)) if (value !== undefined) yield field(key, value);
  yield `"plan_id": ${safeJson(header.plan_id)}`;
  yield '}';
}

function* indexJson(index: PlanIndex, last: boolean): Generator<string> {
  const { header } = index;
  yield '{';
  for (const [key, value] of Object.entries(indexFields(header))) yield field(key, value);
  yield '"changes": [';
  // One behind, so that the last line goes without a comma.
  let held: string | undefined;
  for (const change of index.changes()) {
    if (held !== undefined) yield `${held},`;
    held = safeJson(changeFields(change));
  }
  if (held !== undefined) yield held;
  yield '],';
  yield field('coverage', header.coverage);
  yield field('summary', summaryFields(header.summary));
  yield `"warnings": ${safeJson(header.warnings)}`;
  yield last ? '}' : '},';
}

function field(key: string, value: unknown): string {
  return `"${key}": ${safeJson(value)},`;
}

function openingFields(header: PlanHeader): object {
  const { format_version, tool_version, created_at, environment, outcome, base, options, undeclared } =
    header;
  return { format_version, tool_version, created_at, environment, outcome, base, options, undeclared };
}

function indexFields(header: IndexHeader): object {
  const { manifest_id, manifest_file, collection, target, batch_id, embedding, recorded } = header;
  const { status, count, foreign, verify, escalated, canaries, missing, orphan, tampered } = header.live;
  return {
    manifest_id,
    manifest_file,
    collection,
    target,
    batch_id,
    embedding,
    recorded,
    live: { status, count, foreign, verify, escalated, canaries, missing, orphan, tampered },
    ...(header.pinned === undefined ? {} : { pinned: header.pinned }),
    sources: header.sources,
    index_actions: header.index_actions,
  };
}

function changeFields(change: Change): object {
  const { action, source_id, uri, reasons, detail, resume, moved_from, before, after, guard } = change;
  const { add, keep, relabel } = change.chunks;
  const { compute, cached, tokens, cost, seconds } = change.embed;
  return {
    action,
    source_id,
    uri,
    reasons,
    detail,
    resume,
    moved_from,
    before,
    after,
    chunks: { add, keep, relabel, delete: change.chunks.delete },
    embed: { compute, cached, tokens, cost, seconds },
    guard,
    ...(change.verdict === undefined ? {} : { verdict: change.verdict, codes: change.codes ?? [] }),
    ...(change.location === undefined ? {} : { location: change.location }),
    ...(change.diff === undefined ? {} : { diff: diffFields(change.diff) }),
  };
}

function diffFields({ hunks, kept, cut }: TextDiff): object {
  const chunk = ({ lines, heading, text }: DiffChunk): object => ({ lines, heading, text });
  return {
    hunks: hunks.map(({ removed, added }) => ({ removed: removed.map(chunk), added: added.map(chunk) })),
    kept,
    cut,
  };
}

function summaryFields(summary: PlanSummary): object {
  const { create, move, update, repair, resume, reject, known_rejects, withheld, replace } = summary;
  const { unchanged, skipped, quarantined, failed, chunks, embed } = summary;
  return {
    create,
    move,
    update,
    delete: summary.delete,
    repair,
    resume,
    reject,
    known_rejects,
    withheld,
    replace,
    unchanged,
    skipped,
    quarantined,
    failed,
    chunks,
    embed,
  };
}
