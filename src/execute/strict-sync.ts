/** Strict sync: after an apply, what was touched is looked at record by record, the rest at the level asked. */

import { IngestError } from '../domain/errors.js';
import type { Change, LiveSummary, VerifyLevel } from '../domain/plan.js';
import type { LiveCollection, LiveDatabase } from '../domain/ports/live.js';
import type { StateReader, StateWriter } from '../domain/ports/state.js';
import type { StrictSync } from '../domain/results.js';
import type { IndexRow } from '../domain/state-rows.js';
import { examineLive, type LiveView } from '../plan/live-view/examine-live.js';
import type { PlanContext } from '../plan/plan-context.js';
import { Scratch } from '../plan/scratch.js';
import type { IndexRun } from './index-run.js';

const PAGE = 5000;

/**
 * Looks at live as plan does, and at every record of this run. `name` is where the collection is found now: an
 * index that is being built anew is looked at under another. @throws IngestError E403
 */
export async function strictSync(
  run: IndexRun,
  { manifest, options, replacement }: PlanContext,
  writer: StateWriter,
  database: LiveDatabase,
  index: IndexRow,
  changes: Iterable<Change>,
): Promise<{ sync: StrictSync; live: LiveSummary }> {
  const { collection } = run;
  // What takes another's place has been looked at id by id.
  const level = replacement !== undefined && options.verify !== 'content' ? 'ids' : options.verify;
  const scratch = new Scratch();
  try {
    const owned = new Set([manifest.manifest_id]);
    for (const other of writer.indexes())
      if (other.collection_id === collection.id) owned.add(other.manifest_id);
    const look = async (at: VerifyLevel) =>
      examineLive(await database.find(collection.name), writer, scratch, {
        level: at,
        space: manifest.target.space,
        owned,
        index,
        lastBatch: run.lastBatch,
        suspect: run.doubted,
        unwritable: false,
        cached: (texts) => run.cached(texts),
        comesBack: undefined,
      });
    const known = writer.collection(collection.id)?.foreign_count ?? 0;
    let view = await look(level === 'off' ? 'counts' : level);
    // More than expected may be foreign or our own orphans: before the number is remembered, look whose.
    if (view.summary.verify === 'counts' && view.summary.foreign !== known) view = await look('ids');
    if (view.summary.status === 'not-ours') {
      throw new IngestError('E403', 'the collection was taken over while this run wrote to it', {
        kind: 'world',
        advice: 'Find out who replaced the collection, then run `ingest plan --verify ids`.',
      });
    }
    const touched = await missingOfRun(collection, writer, manifest.manifest_id, run.runId);
    for (const { action, before, uri } of changes) {
      // Left where they are, because a guard said so: the plan tells of them.
      if (action === 'withheld' && before === null) scratch.dropOrphans(manifest.manifest_id, uri);
    }
    const found = findingsOf(scratch, manifest.manifest_id);
    const concerned = concernedDocuments(scratch, manifest.manifest_id, touched.documents);
    return { sync: { ...judgeSync(view, found, touched), ...concerned }, live: view.summary };
  } finally {
    scratch.close();
  }
}

interface Found {
  readonly missing: number;
  readonly orphan: number;
  readonly tampered: number;
}

/** Of this index alone: another one in the same collection has its own damage, and its own repair. */
function findingsOf(scratch: Scratch, manifestId: string): Found {
  const count = (kind: keyof Found): number => scratch.countFindings(manifestId, kind);
  return { missing: count('missing'), orphan: count('orphan'), tampered: count('tampered') };
}

const MAX_PLACES = 20;
const KINDS = ['missing', 'orphan', 'tampered'] as const;

/** As the look at the whole index found them; at `counts` it saw none, and those of this run are known alone. */
function concernedDocuments(
  scratch: Scratch,
  manifestId: string,
  ofRun: ReadonlyMap<string, number>,
): Pick<StrictSync, 'documents' | 'where'> {
  const where: { uri: string; message: string }[] = [];
  let documents = 0;
  for (const uri of scratch.findingUris(manifestId)) {
    const kinds = scratch.findingsOf(manifestId, uri).map((finding) => finding.kind);
    const said = KINDS.map((kind) => ({ kind, records: kinds.filter((one) => one === kind).length }))
      .filter(({ records }) => records > 0)
      .map(({ kind, records }) => `${records} ${kind}`);
    if (said.length === 0) continue;
    if (++documents <= MAX_PLACES) where.push({ uri, message: said.join(', ') });
  }
  if (documents > 0) return { documents, where };
  const places = [...ofRun].map(([uri, records]) => ({ uri, message: `${records} missing` }));
  return { documents: ofRun.size, where: places.slice(0, MAX_PLACES) };
}

interface Touched {
  readonly checked: number;
  readonly missing: number;
  /** Records that are missing, by uri. */
  readonly documents: ReadonlyMap<string, number>;
}

/** Ids of this run's documents that live does not have. */
async function missingOfRun(
  collection: LiveCollection,
  state: StateReader,
  manifestId: string,
  runId: string,
): Promise<Touched> {
  let checked = 0;
  let missing = 0;
  const documents = new Map<string, number>();
  let rows: { readonly id: string; readonly uri: string }[] = [];
  const check = async (): Promise<void> => {
    const existing = await collection.existing(rows.map(({ id }) => id));
    checked += rows.length;
    for (const { id, uri } of rows) {
      if (existing.has(id)) continue;
      missing += 1;
      documents.set(uri, (documents.get(uri) ?? 0) + 1);
    }
    rows = [];
  };
  for (const document of state.documentsOfRun(collection.id, manifestId, runId)) {
    // One by one: a document may have more chunks than a call has room for arguments.
    const { uri } = document;
    for (const { chunk_id } of state.chunks(collection.id, manifestId, uri)) rows.push({ id: chunk_id, uri });
    if (rows.length >= PAGE) await check();
  }
  if (rows.length > 0) await check();
  return { checked, missing, documents };
}

const ORDER: readonly VerifyLevel[] = ['off', 'counts', 'ids', 'content'];

/** Folds what was seen into one verdict; what could not be read is not ok. */
function judgeSync(
  { summary: live, expected: recorded }: LiveView,
  found: Found,
  touched: Touched,
): Omit<StrictSync, 'documents' | 'where'> {
  // What the others lack or have too much is theirs, and in the count all the same.
  const others = live.verify === 'counts' ? 0 : live.orphan - found.orphan - (live.missing - found.missing);
  const expected = recorded + others;
  const level = touched.checked > 0 && ORDER.indexOf(live.verify) < 2 ? 'ids' : live.verify;
  const actual = live.count;
  const delta = actual === null ? null : actual - live.foreign - expected;
  const problems: string[] = [];
  if (live.status === 'missing') problems.push('the collection is gone');
  if (live.status === 'unsearchable') problems.push('search does not find what is stored');
  if (touched.missing > 0)
    problems.push(`${touched.missing} of ${touched.checked} records of this run are missing`);
  if (found.missing > 0) problems.push(`${found.missing} records are missing`);
  if (found.orphan > 0) problems.push(`${found.orphan} records are orphans`);
  if (found.tampered > 0) problems.push(`${found.tampered} records were changed by somebody else`);
  if (delta !== null && delta !== 0 && problems.length === 0) problems.push(`counts differ by ${delta}`);
  return {
    ok: problems.length === 0,
    level,
    expected,
    actual,
    delta,
    message: problems.length === 0 ? null : problems.join('; '),
  };
}
