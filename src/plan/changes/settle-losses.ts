/** After the scan: losses that are moves become moves; the rest face the guards. */
import { guardLosses, type SourceGuard } from '../../diff/guard-losses.js';
import { pairMoves } from '../../diff/pair-moves.js';
import { guardLastDocuments } from '../../diff/protection.js';
import type { Change, GuardVerdict } from '../../domain/plan.js';
import type { PlanContext } from '../plan-context.js';

/** Pairs deletes and creates of equal content. The move stands at its new uri; the delete vanishes. */
export function settleMoves(context: PlanContext): void {
  const { scratch, manifest, state, rowsOf } = context;
  const id = manifest.manifest_id;
  if (scratch.changes(id, 'delete').next().done === true) return;
  for (const { losses, creates } of scratch.changesByContent(id).moveCandidates()) {
    for (const [to, from] of pairMoves(losses, creates)) {
      const created = scratch.change(id, to);
      const lost = scratch.change(id, from);
      if (created === undefined || lost === undefined) continue;
      const row = rowsOf === undefined ? undefined : state.document(rowsOf, id, from);
      // Equal content under an equal recipe has equal texts, whose vectors the old records hold.
      const { replacement } = context;
      const old = replacement === undefined ? context.live.collection : replacement.old;
      const sameTexts =
        row !== undefined &&
        created.after?.chunks === row.n_chunks &&
        old !== undefined &&
        replacement?.sameVectors !== false;
      const move: Change = {
        ...created,
        action: 'move',
        reasons: [
          ...new Set(
            ['moved', ...created.reasons, ...lost.reasons].filter((r) => r !== 'new' && r !== 'gone'),
          ),
        ].sort(),
        moved_from: from,
        resume: created.resume || lost.resume,
        before: lost.before,
        chunks: { ...created.chunks, delete: created.chunks.delete + lost.chunks.delete },
        embed: sameTexts
          ? { ...created.embed, compute: 0, cached: created.chunks.add, tokens: 0, cost: 0 }
          : created.embed,
      };
      scratch.deleteChange(id, from);
      scratch.putChange(id, move);
    }
  }
}

export interface SourceFacts {
  readonly listed: number;
  readonly complete: boolean;
}

/** Turns losses that a guard holds back into `withheld`, and notes the glob that let others through. */
export function settleGuards(
  context: PlanContext,
  facts: ReadonlyMap<string, SourceFacts>,
  recordedBySource: ReadonlyMap<string, number>,
): void {
  const { scratch, manifest, replacement } = context;
  const id = manifest.manifest_id;
  guardEach(context, facts, recordedBySource, () => scratch.changes(id, 'delete'));
  protectLast(context, recordedBySource);
  // Beside the live one nothing is deleted that searchers see.
  if (replacement !== undefined) return;
  const found = new Map(recordedBySource);
  for (const { source_id } of orphanDocuments(context)) found.set(source_id, (found.get(source_id) ?? 0) + 1);
  guardEach(context, facts, found, () => orphanDocuments(context));
}

/**
 * Whole documents that live has and nothing explains, as after an old backup of the state: searchers find them, so to
 * delete many of them is a loss as any other. What an interrupted run left was approved then.
 */
function* orphanDocuments({ scratch, manifest }: PlanContext): Generator<Change> {
  for (const change of scratch.changes(manifest.manifest_id, 'repair')) {
    if (change.before === null && change.after === null && !change.resume) yield change;
  }
}

function guardEach(
  context: PlanContext,
  facts: ReadonlyMap<string, SourceFacts>,
  recordedBySource: ReadonlyMap<string, number>,
  changes: () => Iterable<Change>,
): void {
  const { manifest, scope, options } = context;
  const losses = new Map<string, { all: number; allowed: number }>();
  for (const change of changes()) {
    const count = losses.get(change.source_id) ?? { all: 0, allowed: 0 };
    count.all++;
    if (scope.approves(change.uri) !== undefined) count.allowed++;
    losses.set(change.source_id, count);
  }
  for (const [sourceId, count] of losses) {
    const fact = facts.get(sourceId);
    const situation = {
      source_id: sourceId,
      recorded: recordedBySource.get(sourceId) ?? 0,
      losses: count.all,
      listed: fact?.listed ?? 0,
      complete: fact?.complete ?? true,
      removed: fact === undefined,
      emptyAllowed: options.allow_empty.includes(sourceId),
    };
    const limits = manifest.policy.deletes;
    const guard = guardLosses({ ...situation, allowed: count.allowed }, limits);
    const without = guardLosses({ ...situation, allowed: 0 }, limits);
    holdBack(context, sourceId, guard, without.unnamed, changes());
  }
}

/** What the other guards let through, over all sources: a protected index keeps its last documents. */
function protectLast(context: PlanContext, recordedBySource: ReadonlyMap<string, number>): void {
  const { scratch, manifest, protection } = context;
  const id = manifest.manifest_id;
  let recorded = 0;
  for (const count of recordedBySource.values()) recorded += count;
  let losses = 0;
  for (const _ of scratch.changes(id, 'delete')) losses++;
  const guard = guardLastDocuments(protection, recorded, losses);
  if (guard === null) return;
  for (const change of scratch.changes(id, 'delete')) {
    scratch.putChange(id, { ...change, action: 'withheld', guard });
  }
}

function holdBack(
  context: PlanContext,
  sourceId: string,
  guard: SourceGuard,
  lifted: GuardVerdict | null,
  changes: Iterable<Change>,
): void {
  const { scratch, manifest, scope } = context;
  const id = manifest.manifest_id;
  if (guard.named === null && guard.unnamed === null && lifted === null) return;
  for (const change of changes) {
    if (change.source_id !== sourceId) continue;
    const glob = scope.approves(change.uri);
    const verdict = glob === undefined ? guard.unnamed : guard.named;
    if (verdict !== null) {
      scratch.putChange(id, { ...change, action: 'withheld', guard: verdict });
    } else if (glob !== undefined && lifted !== null) {
      scratch.putChange(id, { ...change, guard: { ...lifted, allowed_by: glob } });
    }
  }
}
