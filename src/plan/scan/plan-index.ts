/** Plans one index: merge, decide, settle, count. Everything was gathered before; changes go to scratch. */
import { batchId, SourceFingerprint, sourceIdOf } from '../../domain/identity.js';
import type { Warning } from '../../domain/manifest.js';
import type { Coverage, IndexAction, SourceSummary } from '../../domain/plan.js';
import { planUri } from '../changes/plan-document.js';
import type { CoverageClass, PlannedUri } from '../changes/planned-uri.js';
import { settleGuards, settleMoves } from '../changes/settle-losses.js';
import type { PlanContext } from '../plan-context.js';
import { scanIndex } from './scan-index.js';

export interface PlannedIndex {
  readonly batch_id: string;
  readonly sources: readonly SourceSummary[];
  readonly index_actions: readonly IndexAction[];
  readonly coverage: Coverage;
  readonly known_rejects: number;
  readonly unchanged: number;
  readonly warnings: readonly Warning[];
}

interface SourceTally {
  readonly fingerprint: SourceFingerprint;
  documents: number;
  listed: number;
  complete: boolean;
  malformed: number;
  readonly skipped: Record<string, number>;
}

export async function planIndex(
  context: PlanContext,
  actions: readonly IndexAction[],
  onScanned: (documents: number) => void,
): Promise<PlannedIndex> {
  const { manifest, scratch, state, rowsOf, writesTo, replacement } = context;
  const tallies = new Map<string, SourceTally>(
    manifest.sources.map((source) => [
      source.id,
      {
        fingerprint: new SourceFingerprint(),
        documents: 0,
        listed: 0,
        complete: true,
        malformed: 0,
        skipped: {},
      },
    ]),
  );
  const classes: Record<CoverageClass, number> = {
    current: 0,
    old_kept: 0,
    quarantined: 0,
    rejected: 0,
    skipped: 0,
    failed: 0,
  };
  let knownRejects = 0;
  let unchanged = 0;
  let scanned = 0;
  const warnings: Warning[] = [];

  const sources = manifest.sources.map((source) => context.preparer.source(source.id));
  const collections = { rows: rowsOf, staged: replacement === undefined ? undefined : writesTo };
  const walk = scanIndex(sources, state, collections, manifest.manifest_id, scratch, context.signal);
  for await (const item of walk) {
    const planned = await planUri(context, item);
    const tally = tallies.get(sourceIdOf(item.uri));
    if (planned.change !== undefined) {
      const entry = item.entry?.kind === 'document' ? item.entry : undefined;
      scratch.putChange(manifest.manifest_id, planned.change, entry);
    }
    if (replacement !== undefined && item.row !== undefined && keepsOld(planned)) {
      scratch.keepOld(manifest.manifest_id, item.uri);
    }
    // What is refused now is not forgotten; whatever else was refused once, and this scan saw, is.
    if (planned.knownReject || planned.change?.verdict !== undefined) {
      scratch.noteRefused(manifest.manifest_id, item.uri);
    }
    if (planned.unreadable !== undefined) scratch.noteUnread(manifest.manifest_id, sourceIdOf(item.uri));
    if (planned.coverage !== undefined) classes[planned.coverage]++;
    if (planned.coverage === 'current' && planned.change === undefined) unchanged++;
    if (planned.knownReject) knownRejects++;
    if (tally !== undefined && item.entry !== undefined) {
      if (planned.unreadable !== undefined) {
        tally.complete = false;
        warnings.push(unreadable(item.uri, planned.unreadable));
      }
      if (planned.malformed !== undefined) {
        tally.malformed++;
        tally.complete = false;
      }
      if (planned.skipped !== undefined)
        tally.skipped[planned.skipped] = (tally.skipped[planned.skipped] ?? 0) + 1;
      if (item.entry.kind === 'document') {
        tally.documents++;
        if (planned.skipped === undefined) tally.listed++;
        if (planned.content_sha256 !== undefined) tally.fingerprint.add(item.uri, planned.content_sha256);
      }
    }
    if (++scanned % 100 === 0) onScanned(scanned);
  }

  settleMoves(context);
  const recorded = rowsOf === undefined ? new Map() : state.documentsBySource(rowsOf, manifest.manifest_id);
  settleGuards(context, tallies, recorded);
  countWithheld(context, classes);

  const summaries = manifest.sources.map((source): SourceSummary => {
    const tally = tallies.get(source.id);
    return {
      source_id: source.id,
      type: source.type,
      fingerprint: tally?.fingerprint.hex() ?? '',
      listing: 'full',
      documents: tally?.documents ?? 0,
      complete: tally?.complete ?? false,
      skipped: tally?.skipped ?? {},
    };
  });
  const declared = Object.values(classes).reduce((sum, n) => sum + n, 0);
  return {
    batch_id: batchId(
      manifest.manifest_id,
      summaries.map((source) => ({ id: source.source_id, fingerprint: source.fingerprint })),
    ),
    sources: summaries,
    index_actions: actions,
    coverage: { declared, ...classes },
    known_rejects: knownRejects,
    unchanged,
    warnings,
  };
}

/** What is recorded of it stays, without anything to make it from. */
function keepsOld({ coverage }: PlannedUri): boolean {
  return coverage === 'old_kept' || coverage === 'failed';
}

/** Withheld keeps the old version: it leaves the class it would have had, or is declared after all. */
function countWithheld(context: PlanContext, classes: Record<CoverageClass, number>): void {
  for (const change of context.scratch.changes(context.manifest.manifest_id, 'withheld')) {
    // An orphan was never declared, and its old version is not recorded.
    if (change.before === null) continue;
    if (change.reasons.some((reason) => SKIPPED.has(reason))) classes.skipped--;
    else if (change.verdict === 'quarantine') classes.quarantined--;
    else if (!change.reasons.some((reason) => UNDECLARED.has(reason))) classes.rejected--;
    classes.old_kept++;
  }
}

const SKIPPED: ReadonlySet<string> = new Set(['emptied', 'unsupported', 'deleted']);
const UNDECLARED: ReadonlySet<string> = new Set(['gone', 'excluded', 'source-removed']);

function unreadable(uri: string, message: string): Warning {
  return {
    key: 'unreadable',
    message: `${uri} cannot be read: the listing is incomplete`,
    detail: message,
    functional: true,
  };
}
