/** Refused documents as recorded state: a new one is news once, one that is gone or mended is forgotten. */
import type { Change, RefusedVerdict } from '../domain/plan.js';
import type { StateWriter } from '../domain/ports/state.js';
import type { ExecutableIndex } from '../plan/build-plan.js';
import type { PlanContext } from '../plan/plan-context.js';
import type { IndexRun } from './index-run.js';

export interface RefusedDocument {
  readonly uri: string;
  readonly message: string;
  readonly verdict: RefusedVerdict;
}

/** A new one is recorded, so that the next plan knows it and it is no news. */
export function recordRejects(
  run: IndexRun,
  context: PlanContext,
  changes: Iterable<Change>,
): RefusedDocument[] {
  const refused: RefusedDocument[] = [];
  for (const change of changes) {
    if (!isRefused(change)) continue;
    // A plan that an older version saved says only the reasons.
    const { verdict = 'reject', codes = change.reasons.filter((reason) => reason !== 'intent') } = change;
    const code = codes[0] ?? 'contract';
    const reason = change.detail ?? '';
    refused.push({ uri: change.uri, message: change.detail ?? code, verdict });
    const content = change.after?.content_sha256 ?? '';
    const parser = context.scratch.entry(run.manifestId, change.uri)?.parser;
    run.transaction((tx) => {
      tx.putReject(run.manifestId, {
        uri: change.uri,
        source_id: change.source_id,
        content_sha256: content,
        gate_recipe: context.preparer.gateRecipe(change.source_id),
        chunk_recipe: parser === undefined ? '' : context.preparer.chunkRecipe(parser),
        code,
        reason,
        run_id: run.runId,
        verdict,
        codes,
        location: change.location ?? null,
        first_run: firstRun(context, change, content, run),
      });
      const type = verdict === 'quarantine' ? 'DOC_QUARANTINED' : 'DOC_REJECTED';
      tx.append(run.event(type, { uri: change.uri, code, codes, reason, location: change.location ?? null }));
    });
  }
  return refused;
}

/** The same version, judged again under another recipe, was refused first when it was. */
function firstRun({ state }: PlanContext, { uri }: Change, content: string, run: IndexRun): string | null {
  const known = state.reject(run.manifestId, uri);
  return known?.content_sha256 === content ? known.first_run : run.runId;
}

/**
 * Forgets what was refused and is not any more: its source is not declared, does not have it, or has another version
 * that passes. Not where something was not seen.
 */
export function forgetRejects(writer: StateWriter, { context, header }: ExecutableIndex): void {
  const { manifest, scratch, scope } = context;
  const id = manifest.manifest_id;
  const full = new Set(
    header.sources.filter(({ listing }) => listing === 'full').map((one) => one.source_id),
  );
  for (const { uri, source_id } of writer.rejects(id)) {
    const declared = manifest.sources.some((source) => source.id === source_id);
    if (declared) {
      const unseen = !full.has(source_id) || scratch.isUnread(id, source_id) || !scope.inScope(uri);
      if (unseen || scratch.isRefused(id, uri)) continue;
    }
    writer.transaction((tx) => tx.deleteReject(id, uri));
  }
}

/** What it replaces is kept, or deleted (`on_reject: delete`). */
function isRefused(change: Change): boolean {
  return change.action === 'reject' || (change.action === 'delete' && change.after !== null);
}
