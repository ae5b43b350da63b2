/** The pin that a rollback left, for the command that takes it away. */
import { IngestError } from '../../domain/errors.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import type { LiveCollection } from '../../domain/ports/live.js';
import type { CollectionRow } from '../../domain/state-rows.js';
import type { PlanningPorts } from '../planning-ports.js';

export interface FoundPin {
  readonly manifest: Manifest;
  readonly collection: LiveCollection;
  readonly row: CollectionRow;
}

/** Undefined: none of the loaded indexes (or not the one asked for) is pinned. */
export async function gatherPin(
  { state, database }: Pick<PlanningPorts, 'state' | 'database'>,
  desired: DesiredState,
  wanted: string | undefined,
): Promise<FoundPin | undefined> {
  const pinned = desired.manifests.flatMap((manifest) => {
    const id = state.index(manifest.manifest_id)?.collection_id;
    const row = id === undefined ? undefined : state.collection(id);
    const asked = wanted === undefined || manifest.manifest_id === wanted;
    return asked && row !== undefined && row.pinned !== null ? [{ manifest, row }] : [];
  });
  const [first] = pinned;
  if (first === undefined) return undefined;
  if (pinned.some(({ row }) => row.collection_id !== first.row.collection_id)) {
    const ids = pinned.map(({ manifest }) => manifest.manifest_id).join(', ');
    throw new IngestError('E606', `several indexes are pinned: ${ids}`, {
      kind: 'input',
      advice: 'Name one with --index.',
    });
  }
  const live = await database(first.manifest);
  const collection = live === 'absent' ? undefined : await live.find(first.row.name);
  if (collection?.id === first.row.collection_id) return { ...first, collection };
  throw new IngestError('E407', `collection "${first.row.name}" is not the recorded one`, {
    kind: 'world',
    advice: 'Run `ingest plan` to see what became of it. Nothing was changed.',
  });
}
