/** The manifests' retrieval checks within a run: asked of what it wrote, journalled, and told in its result. */
import { checksDue } from '../diff/judge-checks.js';
import type { RecordedCheck, RetrievalCheck } from '../domain/checks.js';
import type { ChecksSpec, Manifest } from '../domain/manifest.js';
import type { LiveCollection } from '../domain/ports/live.js';
import type { ExecutableIndex, ExecutablePlan } from '../plan/executable-plan.js';
import { checkRetrieval, checksHash, lastRecorded } from '../plan/inspect/check-retrieval.js';
import type { ApplyPorts } from './apply-ports.js';
import type { IndexOutcome } from './index-outcome.js';

export interface CheckedCollection {
  readonly manifest: Manifest;
  readonly collection: LiveCollection;
  /** The run that wrote to the index last. */
  readonly indexRun: string;
  /** The collection waits for a swap that only happens when the checks pass. */
  readonly guardsSwap: boolean;
}

/** Of those that declare checks; none after a signal. */
export async function checkCollections(
  ports: ApplyPorts,
  targets: readonly CheckedCollection[],
): Promise<RetrievalCheck[]> {
  const { writer: state, signal, recorder, stopwatch } = ports;
  const done: { check: RetrievalCheck; target: CheckedCollection; checks: ChecksSpec }[] = [];
  for (const target of targets) {
    const { manifest, collection } = target;
    const { checks } = manifest;
    if (checks === undefined) continue;
    signal.throwIfAborted();
    const embedder = ports.embedder(manifest);
    const check = await stopwatch.time('checks', () =>
      checkRetrieval({ checks, manifest, collection, embedder, state, signal }),
    );
    done.push({ check, target, checks });
  }
  // Those that share a new collection are seen by searchers together, or none of them is.
  const held = done.some(({ check, target }) => target.guardsSwap && check.status !== 'passed');
  const found = done.map((one) => ({ ...one, check: { ...one.check, swap_blocked: held } }));
  if (found.length === 0) return [];
  state.transaction((tx) => {
    for (const { check, target, checks } of found) {
      const recorded: RecordedCheck = {
        ...check,
        collection_id: target.collection.id,
        checks_sha256: checksHash(checks),
        index_run: target.indexRun,
      };
      tx.append({
        type: 'CHECKS_DONE',
        run_id: recorder.facts.run_id,
        manifest_id: check.manifest_id,
        data: { ...recorded },
      });
    }
  });
  return found.map(({ check }) => check);
}

/** Every index that this run wrote to, and of the others those whose last verdict does not hold any more. */
export async function checkIndexes(
  ports: ApplyPorts,
  plan: ExecutablePlan,
  outcomes: readonly (IndexOutcome & { readonly index: ExecutableIndex })[],
): Promise<RetrievalCheck[]> {
  const done: RetrievalCheck[] = [];
  for (const index of plan.indexes) {
    if (ports.signal.aborted) break;
    const outcome = outcomes.find((one) => one.index === index);
    const target = outcome === undefined ? unwritten(ports, index) : written(ports, index, outcome);
    if (target !== undefined) done.push(...(await checkCollections(ports, [target])));
  }
  return done;
}

/** What takes another's place was checked before; what is not what was written is nothing to ask. */
function written(
  { recorder }: ApplyPorts,
  { context }: ExecutableIndex,
  { run, staged, sync }: IndexOutcome,
): CheckedCollection | undefined {
  if (staged !== undefined || sync?.ok !== true) return undefined;
  const { manifest } = context;
  return { manifest, collection: run.collection, indexRun: recorder.facts.run_id, guardsSwap: false };
}

function unwritten(
  { writer }: ApplyPorts,
  { context, header }: ExecutableIndex,
): CheckedCollection | undefined {
  const { manifest, live } = context;
  const { checks } = manifest;
  const { collection } = live;
  const row = writer.index(manifest.manifest_id);
  if (checks === undefined || collection === undefined || row?.collection_id !== collection.id)
    return undefined;
  const indexRun = row.last_run ?? '';
  const now = {
    checks_sha256: checksHash(checks),
    collection_id: collection.id,
    index_run: indexRun,
  };
  if (!checksDue(lastRecorded(writer, header.manifest_id), now)) return undefined;
  return { manifest, collection, indexRun, guardsSwap: false };
}
