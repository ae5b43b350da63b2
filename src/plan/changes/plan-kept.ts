/** What stays as it is recorded: an older version of it came, or nobody looked for it. */
import { isNewerRecorded } from '../../diff/judge-landed.js';
import { compareCursors } from '../../domain/cursor.js';
import type { DocumentEntry } from '../../domain/document.js';
import type { DocumentRow } from '../../domain/state-rows.js';
import type { PlanContext } from '../plan-context.js';
import { landedEntry } from '../scan/landed-listing.js';
import type { ScannedUri } from '../scan/scan-index.js';
import { findingOf, type UriFindings } from './base-of-document.js';
import { planOrphans } from './plan-orphans.js';
import { planWrite } from './plan-write.js';
import { PLAIN, type PlannedUri } from './planned-uri.js';

/** The newest version of a record stays, in whatever order they come: late, by a backfill or by a replay. */
export function isSuperseded(
  context: PlanContext,
  version: string | undefined,
  row: DocumentRow | undefined,
): boolean {
  if (version === undefined || row === undefined || row.version === null) return false;
  const source = context.manifest.sources.find(({ id }) => id === row.source_id);
  const type = source?.load.cursor?.type;
  return type !== undefined && compareCursors(type, version, row.version) < 0;
}

/** Of a batch that is replayed: what came after it stays, also where no version says so. */
export function isReplayedTooLate(
  context: PlanContext,
  { landed, uri, version, content_sha256 }: DocumentEntry,
  row: DocumentRow | undefined,
): boolean {
  const { replayed } = context.listings;
  if (landed === undefined || replayed === undefined || content_sha256 === undefined) return false;
  // Two versions are compared as such.
  if (row?.version != null && version !== undefined) return isSuperseded(context, version, row);
  const reject = context.state.reject(context.manifest.manifest_id, uri);
  return isNewerRecorded({ ...replayed, content_sha256, row, reject });
}

export async function planReplayedTooLate(context: PlanContext, scanned: ScannedUri): Promise<PlannedUri> {
  if (scanned.row === undefined)
    return { ...PLAIN, coverage: 'skipped', skipped: 'superseded', stays: 'superseded' };
  return { ...(await planUnseen(context, scanned)), coverage: 'current', stays: 'superseded' };
}

/** What is wrong with it in live is mended from the landing store, or must wait for what it was made of. */
export async function planUnseen(
  context: PlanContext,
  { uri, row, staged, flagged }: ScannedUri,
): Promise<PlannedUri> {
  if (row === undefined) {
    const left = flagged || staged !== undefined;
    return { ...PLAIN, change: left ? await planOrphans(context, uri) : undefined };
  }
  const emptied = context.live.replaced && context.replacement === undefined;
  if (!flagged && !emptied) return { ...PLAIN, stays: 'unseen' };
  const findings = findingOf(context, uri);
  const damaged = findings.finding !== undefined || findings.resume;
  if (!damaged && !emptied) return { ...PLAIN, stays: 'unseen' };
  const mended = await mendFromLanding(context, row, findings);
  if (typeof mended !== 'string') return mended;
  if (damaged) {
    context.warn({
      key: 'source-no-longer-has-it',
      message: `${uri}: its records are not as they were written, and its source does not list it any more`,
      detail: `${mended}; delete it in the source, or bring it back there`,
      functional: true,
    });
  }
  return { ...PLAIN, stays: 'unseen' };
}

/** The recorded version, from the bytes that it was made of; else why not. */
async function mendFromLanding(
  context: PlanContext,
  row: DocumentRow,
  findings: UriFindings,
): Promise<PlannedUri | string> {
  const { state, manifest, preparer, replacement, scope } = context;
  const { uri, content_sha256 } = row;
  if (!manifest.sources.some(({ id }) => id === row.source_id)) return 'its source is not declared any more';
  const landed = state.landedContent(manifest.manifest_id, uri, content_sha256);
  if (landed === undefined || replacement !== undefined) return 'it is not in the landing store';
  if (!scope.inScope(uri)) return { ...PLAIN, stays: 'unseen' };
  const entry = landedEntry(preparer.source(row.source_id), landed);
  const preparation = await preparer.prepare(entry);
  if (preparation.kind === 'unreadable') return preparation.message;
  if (preparation.kind !== 'document') return 'what is landed of it is refused now';
  const change = await planWrite(context, preparation.document, row, findings, false);
  return { ...PLAIN, stays: 'unseen', change, from: entry };
}
