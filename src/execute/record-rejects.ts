/** Refused documents as recorded state: a new one is news once, one that is gone or mended is forgotten. */
import type { Change, RefusedVerdict } from '../domain/plan.js';
import type { LandingStore } from '../domain/ports/landing.js';
import type { StateWriter } from '../domain/ports/state.js';
import type { LandedRow } from '../domain/state-rows.js';
import type { ExecutableIndex } from '../plan/executable-plan.js';
import type { PlanContext } from '../plan/plan-context.js';
import type { IndexRun } from './index-run.js';
import { land, recordLanded } from './land-inputs.js';

export interface RefusedDocument {
  readonly uri: string;
  readonly message: string;
  readonly verdict: RefusedVerdict;
}

/** A new one is recorded, so that the next plan knows it and it is no news. */
export async function recordRejects(
  run: IndexRun,
  context: PlanContext,
  landing: LandingStore,
  changes: Iterable<Change>,
): Promise<RefusedDocument[]> {
  const refused: RefusedDocument[] = [];
  for (const change of changes) {
    if (!isRefused(change)) continue;
    // A plan that an older version saved says only the reasons.
    const { verdict = 'reject', codes = change.reasons.filter((reason) => reason !== 'intent') } = change;
    const code = codes[0] ?? 'contract';
    const reason = change.detail ?? '';
    refused.push({ uri: change.uri, message: change.detail ?? code, verdict });
    const content = change.after?.content_sha256 ?? '';
    if (run.stopped()) break;
    const parser = context.scratch.entry(run.manifestId, change.uri)?.parser;
    const landed = await landRefused(run, context, landing, change);
    run.transaction((tx) => {
      recordLanded(tx, run, landed);
      // What is denied is not to be found as it was read, also where it was let in once.
      if (codes.includes('pii')) tx.dropRawLanded(run.manifestId, change.uri);
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

/** For a replay once its contract is mended. It is read again, for the plan kept nothing of it. */
async function landRefused(
  run: IndexRun,
  { manifest, scratch, preparer }: PlanContext,
  landing: LandingStore,
  { uri, source_id, after }: Change,
): Promise<LandedRow | undefined> {
  const entry = scratch.entry(run.manifestId, uri);
  const wanted = manifest.sources.some(({ id, landing: on }) => id === source_id && on === true);
  if (!wanted || entry === undefined) return undefined;
  const found = await preparer.prepare(entry);
  if (found.kind !== 'reject' && found.kind !== 'quarantine') return undefined;
  if (found.content_sha256 !== after?.content_sha256) return undefined;
  const request = { manifest, landing, runId: run.runId };
  return land(request, entry, found.content_sha256, found.landable);
}

/** The same version, judged again under another recipe, was refused first when it was. */
function firstRun({ state }: PlanContext, { uri }: Change, content: string, run: IndexRun): string | null {
  const known = state.reject(run.manifestId, uri);
  return known?.content_sha256 === content ? known.first_run : run.runId;
}

/**
 * Forgets what was refused and is not any more: its source is not declared, does not have it, or has another version
 * that passes. Not where something was not seen. What was no record has no cursor, so every increment looks for it anew.
 */
export function forgetRejects(writer: StateWriter, { context, header }: ExecutableIndex): void {
  const { manifest, scratch, scope, options } = context;
  const id = manifest.manifest_id;
  const listings = new Map(header.sources.map((one) => [one.source_id, one.listing]));
  for (const { uri, source_id, codes } of writer.rejects(id)) {
    const declared = manifest.sources.some((source) => source.id === source_id);
    if (declared) {
      const listing = listings.get(source_id);
      const increment = listing === 'window' && options.input === undefined;
      const seen = listing === 'full' || (increment && codes.includes('malformed'));
      const unseen = !seen || scratch.isUnread(id, source_id) || !scope.inScope(uri);
      if (unseen || scratch.isRefused(id, uri)) continue;
    }
    writer.transaction((tx) => tx.deleteReject(id, uri));
  }
}

/** What it replaces is kept, or deleted (`on_reject: delete`). */
function isRefused(change: Change): boolean {
  return change.action === 'reject' || (change.action === 'delete' && change.after !== null);
}
