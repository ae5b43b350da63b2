/** `state adopt`: reads what another state's collections hold, asks, backs up, and takes them over. */
import { IngestError } from '../../domain/errors.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { AdoptReport, RebuiltIndex } from '../../domain/state-reports.js';
import { adopt, type LiveState, stateOfLive } from '../../pipeline.js';
import type { FoundOwner } from '../../report/state/render-adopt.js';
import { rebuildFacts } from '../session/rebuild-facts.js';
import { rebuildPorts } from '../session/rebuild-ports.js';
import type { Session } from '../session/session.js';
import { NEVER_TOLD, notKnown } from './rebuild-state.js';

export interface AdoptRequest {
  readonly manifest: Manifest;
  approve(found: FoundOwner): Promise<boolean>;
}

/** @throws IngestError E507 when it was not written by ingest; E508 when it cannot be taken over now */
export async function adoptState(
  session: Session,
  desired: DesiredState,
  { manifest, approve }: AdoptRequest,
): Promise<AdoptReport> {
  const { environment } = desired;
  const known = await session.openReader(environment);
  const { lineage } = known;
  known.close();
  const sharing = { ...desired, manifests: await sharingWith(session, desired, manifest) };
  const found = await stateOfLive(await rebuildPorts(session, environment, lineage), sharing);
  try {
    const nothing = reportOf(environment, lineage ?? null, found, [], 'nothing_to_adopt', null);
    if (found.lineage === undefined) return nothing;
    if (!(await approve({ ...nothing, indexes: found.indexes.map(unread) }))) {
      return { ...nothing, outcome: 'declined' };
    }
    session.options.signal.throwIfAborted();
    const writer = await session.acquireWriter(environment, 'state adopt', 'doc');
    refuseRecordedElsewhere(writer, found);
    const database = await session.database(environment, manifest, 'write');
    if (database === 'absent') return nothing;
    const backup = await session.backUp(environment, writer.fence);
    const { clock, signal } = session.options;
    const ports = { writer, database, clock, signal };
    const facts = rebuildFacts(clock, writer, sharing);
    const indexes = await adopt(ports, found, facts, (tx, adopted) =>
      tx.append({
        type: 'STATE_ADOPTED',
        run_id: writer.runId,
        manifest_id: null,
        data: {
          by: session.identity,
          trace_id: session.trace.traceId,
          from_lineage: found.lineage ?? null,
          collections: found.collections.map(({ name, role }) => ({ name, role })),
          indexes: adopted.map((index) => index.manifest_id),
          documents: adopted.reduce((sum, index) => sum + index.documents, 0),
          chunks: adopted.reduce((sum, index) => sum + index.chunks, 0),
          partial: adopted.reduce((sum, index) => sum + index.partial, 0),
          backup,
        },
      }),
    );
    const report = reportOf(environment, writer.lineage, found, indexes, 'adopted', writer);
    return { ...report, backup };
  } finally {
    found.close();
  }
}

/** All that are loaded and say the same collection: they come with it. */
async function sharingWith(session: Session, desired: DesiredState, manifest: Manifest): Promise<Manifest[]> {
  const { describeTarget } = await import('../../live/describe-target.js');
  const at = (one: Manifest): string => {
    const { targetId } = describeTarget(one.target, session.stateDir(desired.environment));
    return JSON.stringify([targetId, one.target.collection]);
  };
  return desired.manifests.filter((one) => at(one) === at(manifest));
}

/** A manifest has one place: what is recorded of it in another would be forgotten, with its records still there. */
function refuseRecordedElsewhere(state: StateReader, { collections, indexes }: LiveState): void {
  for (const { manifest_id } of indexes) {
    const index = state.index(manifest_id);
    const row = index && state.collection(index.collection_id);
    const same = (one: { name: string; target: string }): boolean =>
      one.name === row?.name && one.target === row.target;
    if (row === undefined || collections.some(same)) continue;
    throw new IngestError('E508', `${manifest_id} is recorded here in another collection, "${row.name}"`, {
      kind: 'input',
      advice: `Nothing was changed. Destroy that one first (ingest destroy --index ${manifest_id}), or adopt with another --state folder.`,
    });
  }
}

function unread({ manifest_id }: { readonly manifest_id: string }): RebuiltIndex {
  return {
    manifest_id,
    collection: '',
    declared: true,
    documents: 0,
    chunks: 0,
    partial: 0,
    where: [],
    by_reason: [],
  };
}

function reportOf(
  environment: string,
  lineage: string | null,
  found: LiveState,
  indexes: readonly RebuiltIndex[],
  outcome: AdoptReport['outcome'],
  state: StateReader | null,
): AdoptReport {
  const chunksIn = (id: string): number => state?.counts(id, undefined).chunks ?? 0;
  return {
    outcome,
    environment,
    lineage,
    from_lineage: found.lineage ?? null,
    runs: found.runs,
    collections: found.collections.map((row) => ({
      name: row.name,
      role: row.role,
      generation: row.generation,
      chunks: chunksIn(row.collection_id),
      foreign: row.foreign_count,
    })),
    indexes,
    not_known: outcome === 'adopted' ? [...notKnown(found), ...NEVER_TOLD] : [],
    backup: null,
  };
}
