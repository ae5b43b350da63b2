/** One scanned uri -> the change it needs, and the coverage class it falls in. */
import { type DocumentEntry, isUnreadFolder, type MalformedEntry } from '../../domain/document.js';
import { sourceIdOf } from '../../domain/identity.js';
import type { RefusedVerdict } from '../../domain/plan.js';
import type { DocumentRow } from '../../domain/state-rows.js';
import type { PlanContext } from '../plan-context.js';
import { cachedContent, hashContent, rememberContent } from '../scan/known-content.js';
import type { ScannedUri } from '../scan/scan-index.js';
import { findingOf, type UriFindings } from './base-of-document.js';
import { isReplayedTooLate, isSuperseded, planReplayedTooLate, planUnseen } from './plan-kept.js';
import { planLoss } from './plan-loss.js';
import { planOrphans } from './plan-orphans.js';
import { planReject, type Refusal, refusedParts, refusedSide } from './plan-reject.js';
import { planReplace } from './plan-replace.js';
import { planWrite } from './plan-write.js';
import { type CoverageClass, PLAIN, type PlannedUri } from './planned-uri.js';

const NOTHING_FOUND: UriFindings = { finding: undefined, resume: false, orphans: [], intended: [] };

export async function planUri(context: PlanContext, scanned: ScannedUri): Promise<PlannedUri> {
  const { entry, row, staged, uri } = scanned;
  if (entry === undefined) {
    const unseen = (context.listings.of(sourceIdOf(uri))?.kind ?? 'whole') !== 'whole';
    if (unseen) return planUnseen(context, scanned);
    if (row !== undefined) return planLoss(context, row, undefined);
    const left = scanned.flagged || staged !== undefined;
    return { ...PLAIN, change: left ? await planOrphans(context, uri) : undefined };
  }
  if (entry.kind === 'unreadable') {
    const coverage = isUnreadFolder(entry) ? undefined : 'failed';
    return { ...PLAIN, unreadable: entry.message, coverage };
  }
  if (entry.kind === 'skipped') {
    const flagged = scanned.flagged || staged !== undefined;
    const left = row === undefined && flagged ? await planOrphans(context, uri) : undefined;
    const base = row === undefined ? { ...PLAIN, change: left } : await planLoss(context, row, 'unsupported');
    return {
      ...base,
      coverage: 'skipped',
      skipped: entry.reason === 'unsupported-type' ? entry.type : entry.reason,
    };
  }
  if (entry.kind === 'deleted') {
    if (isSuperseded(context, entry.version, row))
      return { ...PLAIN, coverage: 'current', stays: 'superseded' };
    const loss = row === undefined ? PLAIN : await planLoss(context, row, 'deleted');
    return { ...loss, coverage: 'skipped', skipped: 'deleted' };
  }
  if (entry.kind === 'malformed') return planMalformed(context, entry, scanned);
  if (isReplayedTooLate(context, entry, row)) return planReplayedTooLate(context, scanned);
  if (isSuperseded(context, entry.version, row))
    return { ...PLAIN, coverage: 'current', stays: 'superseded' };
  return planEntry(context, entry, scanned);
}

/**
 * Refused by its bytes, and its source's listing has a hole: which document it would have been nobody knows. But for
 * a record with a key and without a usable cursor, whose last good version is treated as that of any refused one.
 */
async function planMalformed(
  context: PlanContext,
  entry: MalformedEntry,
  { row, staged, flagged }: ScannedUri,
): Promise<PlannedUri> {
  const { uri, content_sha256, location, message } = entry;
  const { state, manifest } = context;
  const findings = flagged ? findingOf(context, uri) : NOTHING_FOUND;
  const planned = { content_sha256, malformed: location };
  const known = state.reject(manifest.manifest_id, uri);
  const goes = row !== undefined && manifest.policy.on_reject === 'delete';
  if (known?.content_sha256 === content_sha256 && !goes && !findings.resume) {
    const coverage = refusedClass(context, row, findings, known.verdict);
    return { ...PLAIN, ...planned, coverage, knownReject: true };
  }
  const detail = `${location}: ${message}`;
  const refusal = { content_sha256, verdict: 'reject', codes: ['malformed'], detail, location } as const;
  return { ...(await planRefused(context, { uri, row, staged, findings }, refusal)), ...planned };
}

interface RefusedUri {
  readonly uri: string;
  readonly row: DocumentRow | undefined;
  readonly staged: DocumentRow | undefined;
  readonly findings: UriFindings;
}

/** Newly refused: its last good version stays, or is a loss. */
async function planRefused(context: PlanContext, refused: RefusedUri, refusal: Refusal): Promise<PlannedUri> {
  const { uri, row, staged, findings } = refused;
  const { verdict, codes, detail, content_sha256 } = refusal;
  const [code = verdict] = codes;
  if (row !== undefined && context.manifest.policy.on_reject === 'delete') {
    const loss = await planLoss(context, row, code);
    // The refused version stands as what comes after, so that apply can record the reject with it.
    const change = loss.change && {
      ...loss.change,
      reasons: [...new Set([...loss.change.reasons, ...codes])].sort(),
      detail,
      after: refusedSide(content_sha256),
      ...refusedParts(refusal),
    };
    return { ...loss, change, coverage: CLASS_OF[verdict], content_sha256 };
  }
  const left = findings.resume || (staged !== undefined && row === undefined);
  const change = await planReject(context, uri, row, refusal, left);
  return { ...PLAIN, coverage: refusedClass(context, row, findings, verdict), content_sha256, change };
}

async function planEntry(
  context: PlanContext,
  entry: DocumentEntry,
  scanned: ScannedUri,
): Promise<PlannedUri> {
  const { row, staged } = scanned;
  const { preparer, scope, state, manifest, replacement } = context;
  const uri = entry.uri;
  const sourceId = sourceIdOf(uri);
  const chunkRecipe = preparer.chunkRecipe(entry.parser);
  const gateRecipe = preparer.gateRecipe(sourceId);
  const cached = cachedContent(context, entry);
  const flagged = scanned.flagged || (staged !== undefined && row === undefined);
  const forced = scope.forced(uri);

  if (!scope.inScope(uri)) {
    const content = cached?.content_sha256 ?? (await hashContent(context, entry));
    return { ...PLAIN, content_sha256: content };
  }
  if (row === undefined && !flagged && !forced && cached?.empty_for === chunkRecipe) {
    return { ...PLAIN, coverage: 'skipped', skipped: 'empty', content_sha256: cached.content_sha256 };
  }
  let content = cached?.content_sha256;
  const recorded = row ?? staged ?? state.reject(manifest.manifest_id, uri);
  if (content === undefined && recorded !== undefined) {
    content = await hashContent(context, entry);
    if (content === undefined) return { ...PLAIN, coverage: 'failed', unreadable: 'the file cannot be read' };
  }
  const fits = (one: DocumentRow | undefined): one is DocumentRow =>
    one !== undefined &&
    one.content_sha256 === content &&
    one.gate_recipe === gateRecipe &&
    one.chunk_recipe === chunkRecipe;
  const findings = flagged ? findingOf(context, uri) : NOTHING_FOUND;
  const calm = findings.finding === undefined && !findings.resume && !forced;
  // What is there already is done: of a replacement, what an interrupted run built of it.
  if (calm && !context.live.replaced && fits(replacement === undefined ? row : staged)) {
    return { ...PLAIN, coverage: 'current', content_sha256: content };
  }
  // Where another version of it was begun, what is left to do is found out chunk by chunk.
  if (
    calm &&
    !context.live.replaced &&
    staged === undefined &&
    fits(row) &&
    replacement?.sameVectors === true
  ) {
    const change = planReplace(context, row, replacement);
    return { ...PLAIN, coverage: 'current', content_sha256: content, change };
  }
  // Asked for late: of a document that is as it was, which is nearly all of them, nothing more is looked up.
  const known = state.reject(manifest.manifest_id, uri);
  if (
    known !== undefined &&
    !forced &&
    known.content_sha256 === content &&
    known.gate_recipe === gateRecipe &&
    // Another version of the parser may read what this one could not.
    known.chunk_recipe === chunkRecipe &&
    // In the middle of a replacement the last good version is on its way: it is carried on.
    (!findings.resume || (replacement !== undefined && row !== undefined)) &&
    !(row !== undefined && manifest.policy.on_reject === 'delete')
  ) {
    const left = findings.orphans.length > 0 || (staged !== undefined && row === undefined);
    const change = left ? await planOrphans(context, uri) : undefined;
    const coverage = refusedClass(context, row, findings, known.verdict);
    return { ...PLAIN, coverage, content_sha256: content, knownReject: true, change };
  }

  const preparation = await preparer.prepare(entry);
  if (preparation.kind === 'unreadable')
    return { ...PLAIN, coverage: 'failed', unreadable: preparation.message };
  content =
    preparation.kind === 'document' ? preparation.document.content_sha256 : preparation.content_sha256;
  if (preparation.kind === 'empty') {
    rememberContent(context, entry, preparation.content_sha256, chunkRecipe);
    if (row !== undefined) {
      const loss = await planLoss(context, row, 'emptied');
      return { ...loss, coverage: 'skipped', skipped: 'empty', content_sha256: content };
    }
    const change = flagged ? await planOrphans(context, uri) : undefined;
    return { ...PLAIN, coverage: 'skipped', skipped: 'empty', content_sha256: content, change };
  }
  rememberContent(context, entry, content, null);
  if (preparation.kind !== 'document') {
    const { kind: verdict, codes, detail } = preparation;
    const refusal: Refusal = { content_sha256: content, verdict, codes, detail };
    return planRefused(context, { uri, row, staged, findings }, refusal);
  }
  for (const warning of preparation.document.warnings) context.warn(warning, uri);
  const change = await planWrite(context, preparation.document, row, findings, forced);
  return { ...PLAIN, coverage: 'current', content_sha256: preparation.document.content_sha256, change };
}

const CLASS_OF = { reject: 'rejected', quarantine: 'quarantined' } as const satisfies Record<
  RefusedVerdict,
  CoverageClass
>;

/** The old version is kept only where live still has it: what is lost cannot come back from a refused file. */
function refusedClass(
  context: PlanContext,
  row: DocumentRow | undefined,
  findings: UriFindings,
  verdict: RefusedVerdict,
): CoverageClass {
  if (row === undefined) return CLASS_OF[verdict];
  const { replacement } = context;
  const gone = replacement === undefined ? context.live.replaced : replacement.old === undefined;
  const missing = gone ? row.n_chunks : (findings.finding?.missing ?? 0);
  if (missing > 0) {
    context.warn({
      key: 'old-version-lost',
      message: `${row.uri}: live lost ${missing} of ${row.n_chunks} records, and the file is refused now`,
      detail: 'mend the file; then it is indexed again',
      functional: true,
    });
  }
  return missing >= row.n_chunks ? CLASS_OF[verdict] : 'old_kept';
}
