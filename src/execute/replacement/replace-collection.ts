/**
 * The end of a replacement: when every index of a collection was built anew, what else it holds comes along, the
 * new one is looked at as a whole, and only then it takes the old one's place.
 */
import type { RetrievalCheck } from '../../domain/checks.js';
import { IngestError } from '../../domain/errors.js';
import { examineLive } from '../../plan/live-view/examine-live.js';
import { isDropped, isWorthKeeping } from '../../plan/replacement/old-collection.js';
import { Scratch } from '../../plan/scratch.js';
import type { ApplyPorts } from '../apply-ports.js';
import { checkCollections } from '../check-indexes.js';
import type { StagedIndex } from '../index-outcome.js';
import type { IndexRun } from '../index-run.js';
import { carryDocuments } from './carry-documents.js';
import { carryForeign } from './carry-foreign.js';
import { swapCollections } from './swap-collections.js';

export interface StagedRun {
  readonly run: IndexRun;
  readonly staged: StagedIndex;
}

/**
 * `group`: all indexes of one new collection. False when it is not complete, or its manifests' checks hold it back:
 * then searchers keep the old one. What the checks found is added to `checks`.
 */
export async function replaceCollection(
  ports: ApplyPorts,
  group: readonly StagedRun[],
  checks: RetrievalCheck[],
): Promise<boolean> {
  const [first] = group;
  if (first === undefined || group.some(({ staged }) => !staged.built)) return false;
  const { run, staged } = first;
  const { context, database, row } = staged;
  const { replacement, rowsOf } = context;
  if (replacement === undefined) return false;
  const moved = replacement.reasons.includes('target');
  if (!moved) await carryOthers(ports, group);
  if (run.stopped()) return false;
  const foreign = await mustBeWhole(ports, first, moved);
  const held = await checkGroup(ports, group, checks);
  if (held || run.stopped()) return false;
  const { writer } = ports;
  const built = new Set(group.map((one) => one.run.manifestId));
  await swapCollections(run, database, writer, {
    name: context.manifest.target.collection,
    next: run.collection,
    row: { ...row, foreign_count: foreign },
    old: replacement.aside,
    oldId: rowsOf,
    damaged: isDropped(replacement),
    keep: Math.max(...group.map((one) => one.staged.context.keepPrevious)),
    record: (tx) => {
      for (const one of group) one.staged.record(tx);
      for (const index of moved ? [] : writer.indexes()) {
        if (index.collection_id === rowsOf && !built.has(index.manifest_id)) {
          tx.putIndex({ ...index, collection_id: run.collection.id });
        }
      }
    },
  });
  return true;
}

/** Whether the checks of any index hold the swap back. */
async function checkGroup(
  ports: ApplyPorts,
  group: readonly StagedRun[],
  checks: RetrievalCheck[],
): Promise<boolean> {
  const targets = group.map(({ run, staged: { context } }) => ({
    manifest: context.manifest,
    collection: run.collection,
    indexRun: run.runId,
    guardsSwap: context.replacement !== undefined && isWorthKeeping(context.replacement),
  }));
  const found = await checkCollections(ports, targets);
  checks.push(...found);
  return found.some((check) => check.swap_blocked);
}

/** Indexes that are not loaded, and records that ingest did not write. */
async function carryOthers(ports: ApplyPorts, group: readonly StagedRun[]): Promise<void> {
  const [first] = group;
  const { replacement, rowsOf, manifest } = first?.staged.context ?? {};
  if (first === undefined || replacement?.old === undefined || manifest === undefined) return;

  const { writer } = ports;
  const { old, sameVectors } = replacement;
  const owned = new Set(group.map((one) => one.run.manifestId));
  for (const index of writer.indexes()) {
    if (index.collection_id !== rowsOf || owned.has(index.manifest_id)) continue;
    owned.add(index.manifest_id);
    const run = first.run.of(index.manifest_id);
    const embedder = ports.embedder(manifest);
    const uris = urisOf(writer.documents(index.collection_id, index.manifest_id));
    await carryDocuments(
      run,
      { embedder, cache: ports.cache, signal: ports.signal },
      {
        state: writer,
        old,
        rowsOf: index.collection_id,
        sameVectors,
        uris,
      },
    );
  }
  await carryForeign(first.run, writer, old, owned);
}

function* urisOf(rows: Iterable<{ readonly uri: string }>): Generator<string> {
  for (const { uri } of rows) yield uri;
}

/** Returns how many foreign records it holds. @throws IngestError E410 when it is not what was built: then nothing is swapped */
async function mustBeWhole(
  { writer }: ApplyPorts,
  { run, staged }: StagedRun,
  moved: boolean,
): Promise<number> {
  const scratch = new Scratch();
  try {
    const { manifest } = staged.context;
    const owned = new Set((run.collection.identity?.manifests ?? []).concat(run.manifestId));
    const { summary, expected } = await examineLive(
      await staged.database.find(run.collection.name),
      writer,
      scratch,
      {
        level: 'ids',
        space: manifest.target.space,
        owned,
        index: undefined,
        lastBatch: run.lastBatch,
        suspect: run.doubted,
        unwritable: false,
        cached: (texts) => run.cached(texts),
        comesBack: undefined,
      },
    );
    const { status, count, missing, orphan, foreign } = summary;
    const delta = moved || count === null ? 0 : count - expected - foreign;
    if (status === 'ok' && missing + orphan === 0 && delta === 0) return foreign;
    throw new IngestError(
      'E410',
      `the new collection "${run.collection.name}" is not what was built (${status}, ${missing} missing, ${orphan} too much, counts differ by ${delta})`,
      {
        kind: 'world',
        advice: 'Searchers still see the old one. Run again: what is there is looked at and completed.',
      },
    );
  } finally {
    scratch.close();
  }
}
