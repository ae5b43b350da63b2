/** Rejects as recorded state: a new one is news once, one that is gone is forgotten. */
import type { Change } from '../domain/plan.js';
import type { StateWriter } from '../domain/ports/state.js';
import type { PlanContext } from '../plan/plan-context.js';
import type { IndexRun } from './index-run.js';

export interface RejectedDocument {
  readonly uri: string;
  readonly message: string;
}

/** A new reject is recorded, so that the next plan knows it and it is no news. */
export function recordRejects(
  run: IndexRun,
  context: PlanContext,
  changes: Iterable<Change>,
): RejectedDocument[] {
  const rejected: RejectedDocument[] = [];
  for (const change of changes) {
    if (!isRejected(change)) continue;
    const [code] = change.reasons.filter((reason) => reason !== 'intent');
    rejected.push({ uri: change.uri, message: change.detail ?? code ?? '' });
    const gateRecipe = context.preparer.gateRecipe(change.source_id);
    const parser = context.scratch.entry(run.manifestId, change.uri)?.parser;
    run.transaction((tx) => {
      tx.putReject(run.manifestId, {
        uri: change.uri,
        source_id: change.source_id,
        content_sha256: change.after?.content_sha256 ?? '',
        gate_recipe: gateRecipe,
        chunk_recipe: parser === undefined ? '' : context.preparer.chunkRecipe(parser),
        code: code ?? 'contract',
        reason: change.detail ?? '',
        run_id: run.runId,
        verdict: 'reject',
        codes: [code ?? 'contract'],
        location: null,
        first_run: run.runId,
      });
      tx.append(run.event('DOC_REJECTED', { uri: change.uri, code, reason: change.detail }));
    });
  }
  return rejected;
}

/** A refused file that is gone is no reject any more, also when no version of it was ever indexed. */
export async function forgetRejects(writer: StateWriter, context: PlanContext): Promise<void> {
  const { preparer, manifest } = context;
  const id = manifest.manifest_id;
  for (const { uri, source_id } of writer.rejects(id)) {
    const declared = manifest.sources.some((source) => source.id === source_id);
    if (declared && (await preparer.source(source_id).exists(uri))) continue;
    writer.transaction((tx) => tx.deleteReject(id, uri));
  }
}

/** Refused by the gate: what it replaces is kept, or deleted (`on_reject: delete`). */
function isRejected(change: Change): boolean {
  return change.action === 'reject' || (change.action === 'delete' && change.after !== null);
}
