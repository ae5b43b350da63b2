/**
 * Carries a rollback out: the same swap as at the end of a replacement, with the kept collection as the new one, so
 * that a run that is stopped anywhere is finished by the next rollback, or by the next apply.
 */
import { judgeRollback, type RollbackDone } from '../../diff/judge-rollback.js';
import { IngestError } from '../../domain/errors.js';
import type { Manifest } from '../../domain/manifest.js';
import type { LiveCollection } from '../../domain/ports/live.js';
import type { FoundPin } from '../../plan/replacement/gather-pin.js';
import type { FoundRollback } from '../../plan/replacement/gather-rollback.js';
import type { ApplyPorts } from '../apply-ports.js';
import { IndexRun } from '../index-run.js';
import { batchesOf, recordedAnchors } from '../run-anchors.js';
import { discardStaging } from './discard-staging.js';
import { finishSwap } from './finish-swap.js';
import { swapCollections } from './swap-collections.js';

export type RollbackPorts = Pick<
  ApplyPorts,
  'writer' | 'recorder' | 'clock' | 'signal' | 'requestTimeoutMs' | 'stopwatch'
>;

export async function rollBack(
  ports: RollbackPorts,
  found: FoundRollback,
  facts: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { action, reason } = found.plan;
  const resume = { resume_active: action === 'finish', resume_reason: reason ?? 'nothing is open' };
  const { manifest, pending, swap } = found;
  // What an apply built and did not swap in is for an apply to look at; what was kept was looked at before.
  const kept = pending === undefined || ports.writer.collection(pending.next.id)?.role === 'previous';
  const done = (): RollbackDone => {
    if (!kept) return 'swap_finished';
    return isPinned(ports, manifest) ? 'rolled_back' : 'swapped_back';
  };
  await recorded(ports, done, manifest, { ...facts, ...resume, rollback: found.plan }, async () => {
    if (pending !== undefined) await finish(ports, found);
    else if (swap !== undefined) await swapBack(ports, found, swap);
    if (kept) markWhole(ports, manifest);
  });
}

/** Ends the pin: the next plan replaces the index again. */
export async function unpin(
  ports: RollbackPorts,
  { manifest, collection, row }: FoundPin,
  facts: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { identity } = collection;
  const resume = { resume_active: false, resume_reason: 'nothing is open' };
  await recorded(
    ports,
    () => 'unpinned',
    undefined,
    { ...facts, ...resume },
    async () => {
      const run = runOn(ports, manifest, collection);
      if (identity !== undefined) {
        await run.sendFenced(() => collection.writeIdentity({ ...identity, pinned: null }));
      }
      run.transaction((tx) => {
        tx.putCollection({ ...row, pinned: null });
        tx.append(run.event('SWAP_UNPINNED', { collection: row.name, generation: row.generation }));
      });
    },
  );
}

async function finish(ports: RollbackPorts, { manifest, database, pending }: FoundRollback): Promise<void> {
  if (pending === undefined) return;
  const run = runOn(ports, manifest, pending.next);
  // Its policy is the next apply's business.
  const context = { manifest, pending, keepPrevious: Number.POSITIVE_INFINITY };
  await finishSwap(run, database, ports.writer, context, '');
}

async function swapBack(
  ports: RollbackPorts,
  { manifest, database }: FoundRollback,
  swap: NonNullable<FoundRollback['swap']>,
): Promise<void> {
  const { writer, signal } = ports;
  const { next, row, old, oldId, pinned, discard } = swap;
  if (discard !== undefined) await discardStaging(runOn(ports, manifest, discard), database, discard);
  // Nothing is begun after a signal; what was begun is not left half done.
  signal.throwIfAborted();
  await swapCollections(runOn(ports, manifest, next), database, writer, {
    name: manifest.target.collection,
    next,
    row: { ...row, pinned },
    old,
    oldId,
    damaged: false,
    keep: Number.POSITIVE_INFINITY,
    identity: {
      pinned,
      // Protection may have begun or ended since it was replaced.
      protected: writer
        .indexes()
        .filter((index) => index.collection_id === oldId && index.prevent_destroy)
        .map((index) => index.manifest_id),
    },
    record: (tx) => {
      for (const index of writer.indexes()) {
        if (index.collection_id === oldId) {
          tx.putIndex({ ...index, collection_id: next.id, batch_id: null });
        }
      }
    },
  });
}

/** It was looked at before it was swapped in: nothing is open. */
function markWhole({ writer, recorder }: RollbackPorts, manifest: Manifest): void {
  const { run_id } = recorder.facts;
  const id = writer.index(manifest.manifest_id)?.collection_id;
  writer.transaction((tx) => {
    for (const index of writer.indexes()) {
      if (index.collection_id === id) tx.putIndex({ ...index, last_run: run_id, last_good_run: run_id });
    }
  });
}

function isPinned({ writer }: RollbackPorts, { manifest_id }: Manifest): boolean {
  const id = writer.index(manifest_id)?.collection_id;
  return id !== undefined && writer.collection(id)?.pinned != null;
}

/** One run, from RUN_START to RUN_FINISH; until then every index beside `manifest` knows that it is under way. */
async function recorded(
  { writer, recorder, clock, signal }: RollbackPorts,
  done: () => RollbackDone,
  manifest: Manifest | undefined,
  facts: Readonly<Record<string, unknown>>,
  work: () => Promise<void>,
): Promise<void> {
  const { run_id } = recorder.facts;
  const event = { run_id, manifest_id: null };
  const collectionId = manifest && writer.index(manifest.manifest_id)?.collection_id;
  const ids = writer.indexes().map((index) => index.manifest_id);
  const batches = batchesOf(new Map(ids.map((id) => [id, recordedAnchors(writer, id)])));
  writer.transaction((tx) => {
    recorder.save(tx);
    for (const index of writer.indexes()) {
      if (index.collection_id === collectionId) tx.putIndex({ ...index, last_run: run_id });
    }
    tx.append({ ...event, type: 'RUN_START', data: { ...facts, plan_id: null, batches } });
  });
  const end = (outcome: string, reason: string): void => {
    const at = new Date(clock.now()).toISOString();
    writer.transaction((tx) => {
      recorder.save(tx, { at, outcome, reason });
      const warn = { warn_count: 0, warn_functional_count: 0, warn_keys: [] };
      const verdict = judgeRollback({ done: done(), outcome, reason, running: false });
      tx.append({ ...event, type: 'RUN_FINISH', data: { outcome, reason, delta: null, ...warn, verdict } });
    });
  };
  try {
    await work();
    end('applied', 'ok');
  } catch (error) {
    if (signal.aborted) end('interrupted', 'stopped before the swap');
    // A lost lease ends the right to write: the run that took over has the word.
    else if (error instanceof IngestError && error.code !== 'E504')
      end('failed', `${error.code} ${error.message}`);
    throw error;
  }
}

function runOn(ports: RollbackPorts, manifest: Manifest, collection: LiveCollection): IndexRun {
  return new IndexRun({
    manifestId: manifest.manifest_id,
    traceId: ports.recorder.facts.trace_id,
    input: recordedAnchors(ports.writer, manifest.manifest_id),
    collection,
    writer: ports.writer,
    recorder: ports.recorder,
    clock: ports.clock,
    signal: ports.signal,
    requestTimeoutMs: ports.requestTimeoutMs,
    maxBatch: 1,
    onProgress: () => {},
    stopwatch: ports.stopwatch,
    cached: () => new Map(),
    embedStats: () => ({ computed: 0, retries: 0 }),
  });
}
