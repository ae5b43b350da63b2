/** Everything about one refused document: what is on record, what its source has now, and what the gate says now. */
import { adviseReject } from '../../diff/advise-reject.js';
import { IngestError } from '../../domain/errors.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { RejectReport } from '../../domain/rejects.js';
import type { IndexRow, RejectRow } from '../../domain/state-rows.js';
import type { PlanningPorts } from '../planning-ports.js';
import { askSource } from './ask-source.js';
import { runOf } from './run-times.js';

/** @throws IngestError E506 when nothing of that uri is on record as refused */
export async function gatherReject(
  ports: PlanningPorts,
  desired: DesiredState,
  uri: string,
): Promise<RejectReport> {
  const { state } = ports;
  const { index, row } = find(state, uri);
  const { manifest_id } = index;
  const manifest = desired.manifests.find((one) => one.manifest_id === manifest_id);
  const now = await askSource(ports, manifest, index, uri);
  const kept = state.document(index.collection_id, manifest_id, uri);
  const last = runOf(state, row.run_id);
  return {
    environment: desired.environment,
    reject: { manifest_id, ...row, since: runOf(state, row.first_run)?.started_at ?? null },
    judged_at: last?.finished_at ?? last?.started_at ?? null,
    kept: kept === undefined ? null : { content_sha256: kept.content_sha256, chunks: kept.n_chunks },
    gate_recipe: await recipeOf(ports, manifest, index, row),
    now,
    ...adviseReject(row, now),
  };
}

function find(state: StateReader, uri: string): { readonly index: IndexRow; readonly row: RejectRow } {
  for (const index of state.indexes()) {
    const row = state.reject(index.manifest_id, uri);
    if (row !== undefined) return { index, row };
  }
  throw new IngestError('E506', `nothing of the uri ${uri} is on record as refused`, {
    kind: 'input',
    advice: 'See which are with `ingest rejects`; of any document tells `ingest diagnose URI`.',
  });
}

async function recipeOf(
  ports: PlanningPorts,
  manifest: Manifest | undefined,
  index: IndexRow,
  { source_id }: RejectRow,
): Promise<string | null> {
  if (manifest?.sources.some((source) => source.id === source_id) !== true) return null;
  return (await ports.preparer(manifest, index.pins)).gateRecipe(source_id);
}
