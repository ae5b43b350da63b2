/**
 * What a rollback would swap back, looked at as closely as a new collection before its swap. Gathers and decides;
 * changes nothing.
 */
import { previousName, stagingName } from '../../domain/collection-names.js';
import { IngestError } from '../../domain/errors.js';
import type { DesiredState, Manifest, Space } from '../../domain/manifest.js';
import type { LiveCollection, LiveDatabase } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { RollbackPlan, RollbackSide } from '../../domain/rollback.js';
import type { CollectionRow, IndexRow } from '../../domain/state-rows.js';
import { examineLive } from '../live-view/examine-live.js';
import type { PlanningPorts } from '../planning-ports.js';
import { Scratch } from '../scratch.js';
import { compareGenerations } from './compare-generations.js';
import { locateLive, type PendingSwap } from './locate-live.js';
import { wantedRecipe } from './replace-reasons.js';
import { keptPrevious } from './surplus-previous.js';

export interface RollbackRequest {
  readonly manifest: Manifest;
  /** Undefined: what was replaced last. */
  readonly generation: number | undefined;
}

/** A plan with what carries it out. */
export interface FoundRollback {
  readonly plan: RollbackPlan;
  readonly manifest: Manifest;
  readonly database: LiveDatabase;
  readonly pending: PendingSwap | undefined;
  /** Set for the action `rollback`. */
  readonly swap:
    | {
        readonly next: LiveCollection;
        readonly row: CollectionRow;
        readonly old: LiveCollection | undefined;
        readonly oldId: string;
        readonly pinned: string | null;
        readonly discard: LiveCollection | undefined;
      }
    | undefined;
}

export async function gatherRollback(
  ports: PlanningPorts,
  environment: string,
  { manifest, generation }: RollbackRequest,
): Promise<FoundRollback> {
  const { state } = ports;
  const name = manifest.target.collection;
  const index = state.index(manifest.manifest_id);
  const live = index && state.collection(index.collection_id);
  if (index === undefined || live === undefined || live.name !== name) {
    throw refused(
      `nothing was replaced under the name "${name}"`,
      'Rollback goes back to a collection that an apply replaced and kept.',
    );
  }
  const database = await ports.database(manifest);
  if (database === 'absent') throw refused('there is no Chroma here', 'Nothing was ever applied to it.');
  const { pending, collection } = await locateLive(database, name, state, index);
  const kept = keptPrevious(state, name, database.targetId);
  const empty = {
    environment,
    collection: name,
    target: ports.describeTarget(manifest).description,
    from: sideOf(state, live),
    to: null,
    replaced_at: null,
    replaced_by: null,
    indexes: [],
    pins: false,
    discards: null,
    kept: kept.map((row) => row.generation),
  };
  const nothing = (action: 'finish' | 'none', reason: string): FoundRollback => ({
    plan: { ...empty, action, reason },
    manifest,
    database,
    pending,
    swap: undefined,
  });
  if (pending !== undefined) {
    const to = pending.next.identity?.generation ?? 0;
    return nothing(
      'finish',
      `a swap to generation ${to} is half done: it is finished, and nothing else is done`,
    );
  }
  const done = doneBefore(state, index);
  if (done !== undefined) {
    return nothing(
      'finish',
      `run ${done} had swapped to generation ${live.generation} when it was stopped: nothing is left but to record it`,
    );
  }
  if (generation === live.generation) {
    return nothing('none', `searchers see generation ${generation} already`);
  }
  if (collection !== undefined && collection.id !== index.collection_id) {
    throw new IngestError('E409', `collection "${name}" is not the recorded one`, {
      kind: 'world',
      advice: 'Run `ingest plan` to see what became of it. Nothing was changed.',
    });
  }
  const row = generation === undefined ? kept[0] : kept.find((one) => one.generation === generation);
  if (row === undefined) throw notKept(name, generation, kept);
  const next = await findKept(database, state, row);
  await mustBeWhole(ports, manifest, index, row, next, database);
  const indexes = compareGenerations(state, index.collection_id, row.collection_id);
  refuseEmptying(indexes, row.generation);
  const discard = await database.find(stagingName(name));
  if (discard !== undefined && discard.identity?.lineage !== state.lineage) throw inTheWay(discard.name);
  const wanted = wantedRecipe(manifest, ports.embedding(manifest).fingerprint);
  const pinned = wanted === row.vector_recipe ? null : wanted;
  const plan: RollbackPlan = {
    ...empty,
    action: 'rollback',
    reason: null,
    to: sideOf(state, row),
    replaced_at: retiredAt(state, row),
    replaced_by: row.retired_run,
    indexes,
    pins: pinned !== null,
    discards: discard?.name ?? null,
    kept: [live, ...kept].map((one) => one.generation).filter((one) => one !== row.generation),
  };
  const swap = { next, row, old: collection, oldId: index.collection_id, pinned, discard };
  return { plan, manifest, database, pending, swap };
}

/** Which index to roll back: with several declared, the only one whose collection was replaced, or the named one. */
export function chooseRollback(
  desired: DesiredState,
  state: StateReader,
  wanted: string | undefined,
): Manifest {
  const manifests = desired.manifests.filter(
    ({ manifest_id }) => wanted === undefined || manifest_id === wanted,
  );
  const byCollection = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const id = state.index(manifest.manifest_id)?.collection_id;
    const row = id === undefined ? undefined : state.collection(id);
    if (row === undefined || keptPrevious(state, row.name, row.target).length === 0) continue;
    if (!byCollection.has(row.collection_id)) byCollection.set(row.collection_id, manifest);
  }
  const [found, ...more] = byCollection.values();
  if (found === undefined) {
    throw refused(
      wanted === undefined
        ? 'no replaced collection is kept'
        : `no replaced collection of "${wanted}" is kept`,
      'A rollback goes back to what an apply replaced: see policy.keep_previous.',
    );
  }
  if (more.length === 0) return found;
  const ids = [found, ...more].map((manifest) => manifest.manifest_id).join(', ');
  throw new IngestError('E606', `several indexes can be rolled back: ${ids}`, {
    kind: 'input',
    advice: 'Name one with --index.',
  });
}

/** A rollback that was killed after its last step, and that nobody has looked at since. */
function doneBefore(state: StateReader, index: IndexRow): string | undefined {
  if (index.last_run === null) return undefined;
  const run = state.run(index.last_run);
  if (run.outcome !== null || !run.command.startsWith('rollback')) return undefined;
  for (const { type, data } of state.journal(run.run_id, 0)) {
    if (type === 'SWAP_DONE' && data['to'] === index.collection_id) return run.run_id;
  }
  return undefined;
}

async function findKept(
  database: LiveDatabase,
  state: StateReader,
  row: CollectionRow,
): Promise<LiveCollection> {
  const at = previousName(row.name, row.generation);
  const next = await database.find(at);
  if (next?.id === row.collection_id && next.identity?.lineage === state.lineage) return next;
  throw refused(
    next === undefined ? `"${at}" is not in Chroma any more` : `"${at}" is another collection now`,
    'It was deleted or renamed by somebody. Take another generation with --to, or leave the index as it is.',
  );
}

/** What cannot be found, read or searched is no way back. */
async function mustBeWhole(
  ports: PlanningPorts,
  manifest: Manifest,
  index: IndexRow,
  row: CollectionRow,
  next: LiveCollection,
  database: LiveDatabase,
): Promise<void> {
  const { state } = ports;
  const scratch = new Scratch();
  try {
    const { cache } = ports.embedding(manifest);
    const { summary } = await examineLive(next, state, scratch, {
      level: 'ids',
      space: next.space ?? (row.space as Space),
      owned: new Set([manifest.manifest_id, ...(next.identity?.manifests ?? [])]),
      index: { ...index, collection_id: row.collection_id },
      lastBatch: [],
      suspect: true,
      unwritable: false,
      cached: (texts) => cache.get(row.embedding_fingerprint, texts),
      comesBack: () => database.comesBack(),
    });
    if (summary.status === 'ok' && summary.missing === 0) return;
    const what =
      summary.status === 'ok' ? `${summary.missing} records are missing` : `it is ${summary.status}`;
    throw refused(
      `generation ${row.generation} is not whole: ${what}`,
      'Take another generation with --to, or leave the index as it is.',
    );
  } finally {
    scratch.close();
  }
}

function refuseEmptying(indexes: RollbackPlan['indexes'], generation: number): void {
  const emptied = indexes.filter((one) => one.documents_then === 0 && one.documents_now > 0);
  if (emptied.length === 0) return;
  throw refused(
    `generation ${generation} holds nothing of ${emptied.map((one) => one.manifest_id).join(', ')}`,
    'They moved into the collection later, and would vanish. Give them a collection of their own first.',
  );
}

function sideOf(state: StateReader, row: CollectionRow): RollbackSide {
  const { generation, collection_id, vector_recipe, space } = row;
  return { generation, collection_id, vector_recipe, space, ...state.counts(collection_id, undefined) };
}

function retiredAt(state: StateReader, row: CollectionRow): string | null {
  if (row.retired_run === null) return null;
  for (const { type, ts, data } of state.journal(row.retired_run, 0)) {
    if (type === 'SWAP_DONE' && data['from'] === row.collection_id) return ts;
  }
  return null;
}

function notKept(name: string, generation: number | undefined, kept: readonly CollectionRow[]): IngestError {
  const which = generation === undefined ? 'no replaced collection' : `no generation ${generation}`;
  const there = kept.map((row) => row.generation).join(', ');
  return refused(
    `${which} of "${name}" is kept`,
    there === '' ? 'See policy.keep_previous.' : `Kept are: ${there}. Name one with --to.`,
  );
}

function inTheWay(name: string): IngestError {
  return new IngestError('E409', `collection "${name}" stands in the way of the swap`, {
    kind: 'world',
    advice: 'It does not belong to this state. Rename or delete it, then run again.',
  });
}

function refused(message: string, advice: string): IngestError {
  return new IngestError('E611', message, { kind: 'input', advice: `${advice} Nothing was changed.` });
}
