/** Plans one index: merge, decide, settle, count. Everything was gathered before; changes go to scratch. */
import { laterCursor } from '../../domain/cursor.js';
import type { DocumentEntry, ListingEntry } from '../../domain/document.js';
import { batchId, SourceFingerprint, sourceIdOf } from '../../domain/identity.js';
import type { Coverage, IndexAction, SourceCursor, SourceSummary } from '../../domain/plan.js';
import type { SourceSpec } from '../../domain/source-spec.js';
import type { Warning } from '../../domain/warning.js';
import { planUri } from '../changes/plan-document.js';
import type { CoverageClass, PlannedUri } from '../changes/planned-uri.js';
import { type SourceFacts, settleGuards, settleMoves } from '../changes/settle-losses.js';
import type { PlanContext } from '../plan-context.js';
import { warnOfDuplicates } from './find-duplicates.js';
import { type ScannedUri, scanIndex } from './scan-index.js';

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
  readonly spec: SourceSpec;
  readonly fingerprint: SourceFingerprint;
  documents: number;
  listed: number;
  complete: boolean;
  malformed: number;
  superseded: number;
  failed: number;
  /** The newest version that was seen. */
  newest: string | null;
  readonly skipped: Record<string, number>;
}

export async function planIndex(
  context: PlanContext,
  actions: readonly IndexAction[],
  onScanned: (documents: number) => void,
): Promise<PlannedIndex> {
  const { manifest, scratch, state, rowsOf, writesTo, replacement } = context;
  const tallies = new Map<string, SourceTally>(
    manifest.sources.map((source) => [source.id, emptyTally(source)]),
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
  let toLand = 0;
  const warnings: Warning[] = [];

  const sources = context.listings.all(context.preparer);
  const collections = { rows: rowsOf, staged: replacement === undefined ? undefined : writesTo };
  const walk = scanIndex(sources, state, collections, manifest.manifest_id, scratch, context.signal);
  for await (const item of walk) {
    const planned = await planUri(context, item);
    const tally = tallies.get(sourceIdOf(item.uri));
    if (planned.change !== undefined) {
      const entry = planned.from ?? (item.entry?.kind === 'document' ? item.entry : undefined);
      scratch.putChange(manifest.manifest_id, planned.change, entry);
    }
    const unlanded = planned.change === undefined ? entryToLand(context, item, planned) : undefined;
    if (unlanded !== undefined) {
      scratch.noteToLand(manifest.manifest_id, unlanded);
      toLand++;
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
        if (tally.spec.load.on_malformed === 'hold') tally.complete = false;
      }
      if (planned.stays === 'superseded') tally.superseded++;
      if (planned.coverage === 'failed') tally.failed++;
      tally.newest = newest(tally, item.entry);
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
  warnings.push(...warnOfDuplicates(context));
  const recorded = rowsOf === undefined ? new Map() : state.documentsBySource(rowsOf, manifest.manifest_id);
  settleGuards(context, guardFacts(context, tallies, recorded), recorded);
  const withheld = countWithheld(context, classes);

  const summaries = manifest.sources.map((source): SourceSummary => {
    const tally = tallies.get(source.id);
    return {
      source_id: source.id,
      type: source.type,
      fingerprint: replayedFingerprint(context, source.id) ?? tally?.fingerprint.hex() ?? '',
      listing: LISTING[context.listings.of(source.id)?.kind ?? 'none'],
      documents: tally?.documents ?? 0,
      complete: tally?.complete ?? false,
      skipped: tally?.skipped ?? {},
      malformed: tally?.malformed ?? 0,
      superseded: tally?.superseded ?? 0,
      replay: source.landing === true ? 'available' : 'unavailable',
      cursor: tally === undefined ? null : cursorOf(context, tally, withheld.has(source.id)),
    };
  });
  const moved = cursorAction(summaries);
  const declared = Object.values(classes).reduce((sum, n) => sum + n, 0);
  return {
    batch_id:
      context.listings.replayed?.batch.batch_id ??
      batchId(
        manifest.manifest_id,
        summaries.map((source) => ({ id: source.source_id, fingerprint: source.fingerprint })),
      ),
    sources: summaries,
    index_actions: [
      ...actions,
      ...(moved === undefined ? [] : [moved]),
      ...(toLand === 0 ? [] : [{ action: 'landing', reasons: ['landing'], documents: toLand } as const]),
    ],
    coverage: { declared, ...classes },
    known_rejects: knownRejects,
    unchanged,
    warnings,
  };
}

/** Of what is as it should be, only the bytes are wanted: landing was off when it came. */
function entryToLand(
  { manifest, state, scope, replacement }: PlanContext,
  { entry, row, uri }: ScannedUri,
  { coverage, stays }: PlannedUri,
): DocumentEntry | undefined {
  if (entry?.kind !== 'document' || entry.landed !== undefined || row === undefined) return undefined;
  if (coverage !== 'current' || stays !== undefined || replacement !== undefined) return undefined;
  const source = manifest.sources.find(({ id }) => id === row.source_id);
  if (source?.landing !== true || !scope.inScope(uri)) return undefined;
  const landed = state.landedContent(manifest.manifest_id, uri, row.content_sha256);
  return landed === undefined ? entry : undefined;
}

/** Of a batch that is replayed, the version of the source that it was. */
function replayedFingerprint({ listings }: PlanContext, sourceId: string): string | undefined {
  return listings.replayed?.batch.sources.find(({ source_id }) => source_id === sourceId)?.fingerprint;
}

/** What is recorded of it stays, without anything to make it from. */
function keepsOld({ coverage, stays }: PlannedUri): boolean {
  return coverage === 'old_kept' || coverage === 'failed' || stays !== undefined;
}

/**
 * Withheld keeps the old version: it leaves the class it would have had, or is declared after all. Answers with the
 * sources concerned.
 */
function countWithheld(context: PlanContext, classes: Record<CoverageClass, number>): ReadonlySet<string> {
  const sources = new Set<string>();
  for (const change of context.scratch.changes(context.manifest.manifest_id, 'withheld')) {
    // An orphan was never declared, and its old version is not recorded.
    sources.add(change.source_id);
    if (change.before === null) continue;
    if (change.reasons.some((reason) => SKIPPED.has(reason))) classes.skipped--;
    else if (change.verdict === 'quarantine') classes.quarantined--;
    else if (!change.reasons.some((reason) => UNDECLARED.has(reason))) classes.rejected--;
    classes.old_kept++;
  }
  return sources;
}

const LISTING = { whole: 'full', window: 'window', none: 'none' } as const;

function emptyTally(spec: SourceSpec): SourceTally {
  return {
    spec,
    fingerprint: new SourceFingerprint(),
    documents: 0,
    listed: 0,
    complete: true,
    malformed: 0,
    superseded: 0,
    failed: 0,
    newest: null,
    skipped: {},
  };
}

/** A refused record was seen as well as any other; what is no record has no cursor. */
function newest({ spec, newest: before }: SourceTally, entry: ListingEntry): string | null {
  const { cursor } = spec.load;
  const version = 'version' in entry ? entry.version : undefined;
  return cursor === undefined || version === undefined ? before : laterCursor(cursor.type, before, version);
}

/** What a window does not list is not gone: only what the source itself calls deleted is lost there. */
function guardFacts(
  { listings }: PlanContext,
  tallies: ReadonlyMap<string, SourceTally>,
  recorded: ReadonlyMap<string, number>,
): ReadonlyMap<string, SourceFacts> {
  return new Map(
    [...tallies].map(([id, { listed, complete }]) => {
      const whole = listings.of(id)?.kind === 'whole';
      return [id, { complete, listed: whole ? listed : Math.max(listed, recorded.get(id) ?? 0) }];
    }),
  );
}

function cursorOf(
  { listings, options, state, manifest }: PlanContext,
  { spec, newest: seen, complete, failed }: SourceTally,
  withheld: boolean,
): SourceCursor | null {
  const { cursor } = spec.load;
  const listing = listings.of(spec.id);
  if (cursor === undefined || spec.load.mode !== 'incremental_cursor' || listing?.kind !== 'window')
    return null;
  const recorded = state.cursors(manifest.manifest_id).find(({ source_id }) => source_id === spec.id);
  const same = recorded?.field === cursor.field && recorded.type === cursor.type;
  const from = same ? recorded.cursor : null;
  const next = laterCursor(cursor.type, from, seen);
  const scoped = options.only.length > 0 || options.input !== undefined;
  const reasons = { scope: scoped, failed: failed > 0, incomplete: !complete, withheld } as const;
  // Of what was not seen nobody knows whether it is newer.
  const moves = next !== from || scoped || !complete || failed > 0;
  const held = moves ? HELD.find((reason) => reasons[reason]) : undefined;
  return {
    field: cursor.field,
    window: listing.window,
    full_read: listing.full_read,
    from,
    to: held === undefined ? next : from,
    held: held ?? null,
  };
}

const HELD = ['scope', 'failed', 'incomplete', 'withheld'] as const;

/** That a cursor moves is a change of what is recorded, also where no document changes. */
function cursorAction(sources: readonly SourceSummary[]): IndexAction | undefined {
  const changes = sources.flatMap(({ source_id, cursor }) =>
    cursor === null || cursor.to === cursor.from
      ? []
      : [{ field: `${source_id}.${cursor.field}`, from: cursor.from, to: cursor.to }],
  );
  return changes.length === 0 ? undefined : { action: 'cursor', reasons: ['cursor'], changes };
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
