/** The steps of a smoke run. Each opens what it needs anew, as the commands of its name do, and says what it saw. */
import type { DesiredState } from '../../domain/manifest.js';
import type { Plan, PlanOptions } from '../../domain/plan.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { ApplyResult } from '../../domain/results.js';
import { drift, query, report } from '../../pipeline.js';
import { doomedManifest } from '../../plan/destroy/doomed-manifest.js';
import { runApply } from '../run/run-apply.js';
import type { Session } from '../session/session.js';

/** What was seen is not what must be. */
export class SmokeFailure extends Error {
  override readonly name = 'SmokeFailure';
}

export interface SmokeScene {
  /** The declared indexes, in collections of their own. */
  readonly desired: DesiredState;
  /** Globs of the sampled documents. */
  readonly only: readonly string[];
  /** Nearest chunks among which a document must be. */
  readonly k: number;
  open(): Session;
}

export async function applySample(scene: SmokeScene): Promise<string[]> {
  const result = await apply(scene, scene.desired, { only: scene.only });
  const { upserted, embedded, rejected, strict_sync: sync, applied } = result;
  const refusedOnly = result.outcome === 'partial' && result.reason.startsWith('documents_');
  if (result.outcome !== 'applied' && !refusedOnly) throw new SmokeFailure(ended(result));
  if (upserted === 0) throw new SmokeFailure(`nothing was written: ${rejected} of the sample were refused`);
  return [
    `${applied.create} documents, ${upserted} chunks put, ${embedded} embedded`,
    `strict sync at ${sync?.level ?? 'off'}: live ${sync?.actual ?? '?'}, recorded ${sync?.expected ?? '?'}`,
    `${result.canaries.passed} of ${result.canaries.asked} canaries found`,
    ...(rejected > 0 ? [`${rejected} refused by the gate`] : []),
  ];
}

export async function applyAgain(scene: SmokeScene): Promise<string[]> {
  const result = await apply(scene, scene.desired, { only: scene.only });
  if (result.outcome !== 'no_changes') throw new SmokeFailure(`a second apply found work: ${ended(result)}`);
  return ['no changes, nothing embedded, nothing written'];
}

export async function lookForDrift(scene: SmokeScene): Promise<string[]> {
  return reading(scene, async (session, state) => {
    const { environment } = scene.desired;
    const ports = await session.planningPorts(environment, state, undefined);
    const found = await drift(ports, scene.desired, { verify: 'content', sample: undefined, rebuilt: [] });
    const failed = found.indexes.find(({ error }) => error !== null);
    if (found.unknown) throw new SmokeFailure(`live cannot be looked at: ${failed?.error?.message ?? ''}`);
    if (found.drift) {
      const classes = found.indexes.flatMap((index) =>
        index.classes.map((one) => `${one.records} ${one.class}`),
      );
      throw new SmokeFailure(`live is not what was written: ${classes.join(', ')}`);
    }
    const records = found.indexes.reduce((sum, { live_count }) => sum + (live_count ?? 0), 0);
    return [`verified at content: ${records} records are as they were written`];
  });
}

/** Each document is asked for with the text of one of its chunks; an equal text of another document will do. */
export async function askForEach(scene: SmokeScene): Promise<string[]> {
  return reading(scene, async (session, state) => {
    const { environment, manifests } = scene.desired;
    const ports = await session.planningPorts(environment, state, undefined);
    let asked = 0;
    let nearest = 0;
    const missed: string[] = [];
    for (const manifest of manifests) {
      const index = state.index(manifest.manifest_id);
      const database = await session.database(environment, manifest, 'read');
      const collection = database === 'absent' ? undefined : await database.find(manifest.target.collection);
      if (index === undefined || collection === undefined) continue;
      const embedder = await session.embedder(manifest, collection.dimension);
      for (const { uri } of state.documents(index.collection_id, manifest.manifest_id)) {
        const [chunk] = state.chunks(index.collection_id, manifest.manifest_id, uri);
        const text = chunk && (await collection.get([chunk.chunk_id])).get(chunk.chunk_id)?.text;
        if (text === null || text === undefined) throw new SmokeFailure(`${uri} has no text in live`);
        const { hits } = await query(ports, embedder, manifest, text, scene.k);
        const rank = hits.findIndex((hit) => hit.uri === uri || hit.text === text);
        asked++;
        if (rank === 0) nearest++;
        if (rank < 0) missed.push(uri);
      }
    }
    const [first] = missed;
    if (first !== undefined) {
      throw new SmokeFailure(
        `${missed.length} of ${asked} documents are not among the nearest ${scene.k} of their own text, such as ${first}`,
      );
    }
    return [`${asked} of ${asked} documents found among the nearest ${scene.k}; ${nearest} came first`];
  });
}

/** The evidence of the first apply: what the run says of itself must agree. */
export async function readEvidence(scene: SmokeScene): Promise<string[]> {
  return reading(scene, async (_, state) => {
    const first = state.runs(10).at(-1)?.run_id;
    const { reconciliation, run } = report(state, scene.desired.environment, {
      run: first,
      running: undefined,
    });
    const wrong = reconciliation.filter(({ ok }) => ok === false);
    if (wrong.length > 0) {
      const said = wrong.map(({ what, expected, actual }) => `${what}: ${expected} is not ${actual}`);
      throw new SmokeFailure(said.join('; '));
    }
    return [`run ${run.run_id}: ${reconciliation.filter(({ ok }) => ok === true).length} figures agree`];
  });
}

/** Names of the collections that were made, as far as it was recorded. */
export function madeCollections(scene: SmokeScene): Promise<string[]> {
  return reading(scene, async (_, state) => state.collections().map(({ name }) => name));
}

/** Returns the collections that are still there. */
export async function destroySample(scene: SmokeScene): Promise<{ evidence: string[]; left: string[] }> {
  const left: string[] = [];
  let deleted = 0;
  for (const { manifest_id: id } of scene.desired.manifests) {
    const doomed = await reading(scene, async (session, state) => {
      const { describeTarget } = await session.planningPorts(scene.desired.environment, state, undefined);
      return state.index(id) && doomedManifest(id, scene.desired, state, describeTarget);
    });
    if (doomed === undefined) continue;
    const result = await apply(scene, { ...scene.desired, manifests: [doomed] }, { destroy: true });
    if (result.outcome !== 'applied') throw new SmokeFailure(ended(result));
    deleted += result.applied.delete;
  }
  await reading(scene, async (session) => {
    for (const manifest of scene.desired.manifests) {
      const database = await session.database(scene.desired.environment, manifest, 'read');
      const { collection } = manifest.target;
      if (database !== 'absent' && (await database.find(collection)) !== undefined) left.push(collection);
    }
  });
  return { evidence: [`${deleted} documents deleted; no collection of it is left`], left };
}

async function apply(
  scene: SmokeScene,
  desired: DesiredState,
  over: Partial<PlanOptions>,
): Promise<ApplyResult> {
  const session = scene.open();
  try {
    const answer = await runApply(session, {
      desired,
      options: {
        verify: 'ids',
        only: [],
        force: [],
        allow_delete: [],
        allow_empty: [],
        destroy: false,
        ...over,
      },
      saved: undefined,
      fsync: 'off',
      command: 'smoke',
      approve: async (_: Plan) => true,
    });
    if (answer.kind === 'result') return answer.result;
    throw new SmokeFailure('the plan was not carried out');
  } finally {
    await session.close();
  }
}

async function reading<T>(
  scene: SmokeScene,
  work: (session: Session, state: StateReader) => Promise<T>,
): Promise<T> {
  const session = scene.open();
  try {
    return await work(session, await session.openReader(scene.desired.environment));
  } finally {
    await session.close();
  }
}

function ended({ outcome, reason, failures, strict_sync: sync }: ApplyResult): string {
  const [failure] = failures;
  const which = failure === undefined ? '' : `; ${failure.uri}: ${failure.message}`;
  const why = sync?.message == null ? '' : `; ${sync.message}`;
  return `${outcome}: ${reason}${which}${why}`;
}
