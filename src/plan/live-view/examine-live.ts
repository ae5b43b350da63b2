/**
 * Looks at live Chroma at a level and compares it with what is recorded: the existence and ownership of
 * the collection, its count, its ids, its contents, and whether search works. Used by plan, drift and by
 * apply for its strict sync, so that all three mean the same.
 */
import { IngestError } from '../../domain/errors.js';
import type { Space } from '../../domain/manifest.js';
import type { LiveSummary, VerifyLevel } from '../../domain/plan.js';
import type { LiveCollection } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { IndexRow } from '../../domain/state-rows.js';
import type { Scratch } from '../scratch.js';
import { askCanaries } from './ask-canaries.js';
import { compareContent, compareIds } from './compare-records.js';
import { compareSample, type SampledChunk } from './compare-sample.js';
import type { CachedVectors } from './compare-vectors.js';
import { confirmFindings } from './confirm-findings.js';

export interface LiveView {
  readonly summary: LiveSummary;
  /** Undefined unless the collection exists and is ours. */
  readonly collection: LiveCollection | undefined;
  /** True when the collection is not the recorded one (deleted and made again): rows say nothing about it. */
  readonly replaced: boolean;
  /** The last run that live names is not in this state: an older backup was restored, or another wrote. */
  readonly stranger: boolean;
  /** Records of ours that must be there, with what unfinished documents have done so far. */
  readonly expected: number;
  /** False when Chroma fails to count or read it: a kill in the middle of a flush may leave one so. */
  readonly readable: boolean;
}

export interface ExamineOptions {
  readonly level: VerifyLevel;
  readonly space: Space;
  /** Manifest ids that this state records or loads for the collection; other records are foreign. */
  readonly owned: ReadonlySet<string>;
  /** Undefined for an index that was never applied. */
  readonly index: IndexRow | undefined;
  /** Ids of the last committed batch, for the canaries. */
  readonly lastBatch: readonly string[];
  /** Something went wrong since the collection was last found whole: its vectors are read back too. */
  readonly suspect: boolean;
  /** The last run gave up on it because Chroma could not bring its search index up to date (E414). */
  readonly unwritable: boolean;
  /** What was embedded, as far as it is still known. */
  readonly cached: CachedVectors;
  /** Whether a server that was lost while it was read answers again. Undefined: left to the next plan to find out. */
  readonly comesBack: (() => Promise<boolean>) | undefined;
  /** Recorded records to look for in place of all. Then live's own ids are not listed. */
  readonly sample?: readonly SampledChunk[] | undefined;
}

const NOTHING = { asked: 0, passed: 0 };

/** Nothing was seen, or nothing is there. */
export function emptySummary(
  status: LiveSummary['status'],
  verify: VerifyLevel,
  more: Partial<LiveSummary> = {},
): LiveSummary {
  return {
    status,
    count: null,
    foreign: 0,
    verify,
    escalated: null,
    canaries: NOTHING,
    missing: 0,
    orphan: 0,
    tampered: 0,
    ...more,
  };
}

/** So often a server goes away while one collection is read, and answers again, until that is no coincidence. */
const DEATHS = 3;

/** Undefined: there is no such collection. Throws E401 when live cannot be read. */
export async function examineLive(
  collection: LiveCollection | undefined,
  state: StateReader,
  scratch: Scratch,
  options: ExamineOptions,
): Promise<LiveView> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await lookAt(collection, state, scratch, options);
    } catch (error) {
      const ours = collection?.identity !== undefined && collection.identity.lineage === state.lineage;
      if (!(error instanceof IngestError) || !ours) throw error;
      // Tried several times by now. Reading is not possible, so building anew is all that is left.
      const failing = error.code === 'E411';
      // A damaged index may end Chroma itself. One that stays away is only out of reach.
      const gone = error.code === 'E401' && (await options.comesBack?.()) === true;
      if (!failing && !gone) throw error;
      scratch.clearLive();
      for (const manifestId of options.owned) scratch.forgetFindings(manifestId);
      if (failing) return unreadable(collection, 'Chroma fails to read the collection');
      if (attempt === DEATHS) return unreadable(collection, 'Chroma ends whenever it reads the collection');
    }
  }
}

function unreadable(collection: LiveCollection, escalated: string): LiveView {
  return {
    summary: emptySummary('unsearchable', 'counts', { escalated }),
    collection,
    replaced: false,
    stranger: false,
    expected: 0,
    readable: false,
  };
}

async function lookAt(
  collection: LiveCollection | undefined,
  state: StateReader,
  scratch: Scratch,
  options: ExamineOptions,
): Promise<LiveView> {
  const { level, index } = options;
  if (level === 'off')
    return {
      summary: emptySummary('not-checked', 'off'),
      collection: undefined,
      replaced: false,
      stranger: false,
      expected: 0,
      readable: true,
    };
  if (collection === undefined)
    return {
      summary: emptySummary('missing', level),
      collection,
      replaced: index !== undefined,
      stranger: false,
      expected: 0,
      readable: true,
    };
  if (collection.identity === undefined || collection.identity.lineage !== state.lineage) {
    const count = await collection.count();
    return {
      summary: emptySummary('not-ours', level, { count }),
      collection: undefined,
      replaced: false,
      stranger: false,
      expected: 0,
      readable: true,
    };
  }
  const replaced = index !== undefined && index.collection_id !== collection.id;
  const serial = state.serial();
  const count = await collection.count();
  const expectation = await expectedCount(collection, state);
  const foreignBefore = state.collection(collection.id)?.foreign_count ?? 0;
  const growth = count - expectation - foreignBefore;
  const stranger = collection.identity.last_run !== null && !knowsRun(state, collection.identity.last_run);

  let verify = level;
  let escalated: string | null = null;
  if (replaced && verify !== 'content') {
    verify = 'ids';
    escalated = 'the collection is not the recorded one';
  } else if (stranger && verify !== 'content') {
    verify = 'content';
    escalated = 'its last run is not in this state (an older backup?)';
  } else if (growth < 0 && verify === 'counts') {
    verify = 'ids';
    escalated = 'counts differ';
  }
  scratch.clearLive();
  let readable = true;
  const { sample, owned, cached, suspect } = options;
  if (sample !== undefined && verify !== 'counts') {
    const content = verify === 'content';
    readable = await compareSample(collection, state, scratch, sample, content, cached, suspect);
  } else if (verify === 'content') {
    readable = await compareContent(collection, state, scratch, owned, cached, suspect);
  } else if (verify === 'ids') await compareIds(collection, state, scratch, owned);

  leaveOutUnfinished(collection, state, scratch);
  if (state.serial() !== serial) await confirmFindings(collection, state, scratch, options.owned);
  const found = { missing: 0, orphan: 0, tampered: 0 };
  if (verify !== 'counts') {
    for (const manifestId of options.owned) {
      found.missing += scratch.countFindings(manifestId, 'missing');
      found.orphan += scratch.countFindings(manifestId, 'orphan');
      found.tampered += scratch.countFindings(manifestId, 'tampered');
    }
  }
  const foreign =
    verify === 'counts' || sample !== undefined
      ? Math.max(0, foreignBefore + growth)
      : scratch.countFindings('', 'foreign');
  const canaries =
    scratch.canaries.get(collection.id) ??
    (await askCanaries(
      collection,
      state,
      options.space,
      count,
      options.lastBatch,
      options.suspect && verify !== 'content' ? options.cached : undefined,
    ));
  // Of indexes that share a collection one verdict: half of them in a new collection would be none.
  scratch.canaries.set(collection.id, canaries);
  if (options.unwritable) escalated = 'Chroma fails to write to the collection';
  return {
    summary: {
      status: canaries.searchable && readable && !options.unwritable ? 'ok' : 'unsearchable',
      count,
      foreign,
      verify,
      escalated,
      canaries: { asked: canaries.asked, passed: canaries.passed },
      ...found,
    },
    collection,
    replaced,
    stranger,
    expected: expectation,
    readable: true,
  };
}

/** Documents in the middle of an interrupted change are resumed, not drifted: they have their own reading. */
function leaveOutUnfinished(collection: LiveCollection, state: StateReader, scratch: Scratch): void {
  for (const index of state.indexes()) {
    for (const intent of state.intents(collection.id, index.manifest_id)) {
      if (intent.status !== 'unsettled')
        scratch.dropIntended(index.manifest_id, intent.uri, intent.record_id);
    }
  }
}

/** A backup that was restored does not. */
export function knowsRun(state: StateReader, runId: string): boolean {
  try {
    return state.run(runId).run_id === runId;
  } catch {
    return false;
  }
}

/**
 * Records that must be there: recorded chunks, corrected by what unfinished documents have done so far.
 * Their intents say which ids may be more or fewer; live is asked about exactly those.
 */
async function expectedCount(collection: LiveCollection, state: StateReader): Promise<number> {
  const recorded = state.counts(collection.id, undefined).chunks;
  const put = new Set<string>();
  const removed = new Set<string>();
  for (const index of state.indexes()) {
    for (const intent of state.intents(collection.id, index.manifest_id)) {
      if (intent.status === 'unsettled') continue;
      const known = state.chunk(collection.id, intent.record_id) !== undefined;
      if (known) removed.add(intent.record_id);
      else put.add(intent.record_id);
    }
  }
  if (put.size + removed.size === 0) return recorded;
  const existing = await collection.existing([...put, ...removed]);
  let expected = recorded;
  for (const id of put) if (existing.has(id)) expected++;
  for (const id of removed) if (!existing.has(id)) expected--;
  return expected;
}
