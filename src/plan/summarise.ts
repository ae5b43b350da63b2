/** Sums the changes of one index or of many; the numbers of the verdict. */
import type { Change, Coverage, EmbedEstimate, PlanSummary } from '../domain/plan.js';
import { NO_EMBEDDING } from './estimate-embedding.js';

export const NO_COVERAGE: Coverage = {
  declared: 0,
  current: 0,
  old_kept: 0,
  quarantined: 0,
  rejected: 0,
  skipped: 0,
  failed: 0,
};

export const EMPTY_SUMMARY: PlanSummary = {
  create: 0,
  move: 0,
  update: 0,
  delete: 0,
  repair: 0,
  resume: 0,
  reject: 0,
  known_rejects: 0,
  withheld: 0,
  replace: 0,
  unchanged: 0,
  skipped: 0,
  quarantined: 0,
  failed: 0,
  chunks: { add: 0, keep: 0, relabel: 0, delete: 0 },
  embed: NO_EMBEDDING,
};

export function summariseChanges(
  changes: Iterable<Change>,
  counts: Pick<PlanSummary, 'known_rejects' | 'unchanged' | 'skipped' | 'failed'>,
): PlanSummary {
  let sum: PlanSummary = { ...EMPTY_SUMMARY, ...counts };
  for (const change of changes) {
    const acts = change.action !== 'withheld';
    sum = {
      ...sum,
      [change.action]: sum[change.action] + 1,
      quarantined: sum.quarantined + (change.action === 'reject' && change.verdict === 'quarantine' ? 1 : 0),
      resume: sum.resume + (change.resume ? 1 : 0),
      chunks: acts ? addChunks(sum.chunks, change.chunks) : sum.chunks,
      embed: acts ? addEmbed(sum.embed, change.embed) : sum.embed,
    };
  }
  return sum;
}

export function addSummaries(a: PlanSummary, b: PlanSummary): PlanSummary {
  return {
    create: a.create + b.create,
    move: a.move + b.move,
    update: a.update + b.update,
    delete: a.delete + b.delete,
    repair: a.repair + b.repair,
    resume: a.resume + b.resume,
    reject: a.reject + b.reject,
    known_rejects: a.known_rejects + b.known_rejects,
    withheld: a.withheld + b.withheld,
    replace: a.replace + b.replace,
    unchanged: a.unchanged + b.unchanged,
    skipped: a.skipped + b.skipped,
    quarantined: a.quarantined + b.quarantined,
    failed: a.failed + b.failed,
    chunks: addChunks(a.chunks, b.chunks),
    embed: addEmbed(a.embed, b.embed),
  };
}

/** True when apply would have something to do; withheld losses alone are no change. */
export function hasChanges(summary: PlanSummary): boolean {
  const { create, move, update, repair, reject, replace } = summary;
  return create + move + update + summary.delete + repair + reject + replace > 0;
}

function addChunks(a: PlanSummary['chunks'], b: PlanSummary['chunks']): PlanSummary['chunks'] {
  return {
    add: a.add + b.add,
    keep: a.keep + b.keep,
    relabel: a.relabel + b.relabel,
    delete: a.delete + b.delete,
  };
}

/** What is unknown of anything that must be computed is unknown of all of it. */
function addEmbed(a: EmbedEstimate, b: EmbedEstimate): EmbedEstimate {
  return {
    compute: a.compute + b.compute,
    cached: a.cached + b.cached,
    tokens: a.tokens + b.tokens,
    cost: addKnown(a.cost, b.cost),
    seconds: addKnown(a.seconds, b.seconds),
  };
}

/** What is not known of one is not known of both. */
export function addKnown(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
