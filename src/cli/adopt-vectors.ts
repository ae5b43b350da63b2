/** `state adopt --from`: what another tool embedded with the same model is not embedded again. */
import { IngestError } from '../domain/errors.js';
import type { DesiredState, Manifest } from '../domain/manifest.js';
import type { EmbeddingCache } from '../domain/ports/embedder.js';
import type { AdoptedVectors } from '../domain/state-reports.js';
import { vectorsOfCollection } from '../pipeline.js';
import type { Session } from './session.js';

export interface AdoptVectorsFlags {
  readonly from: string;
  readonly 'same-model': boolean;
  readonly 'text-from'?: string | undefined;
}

/** @throws IngestError E606 without --same-model, E407 when there is no such collection, E508 when it is of no use */
export async function adoptVectorsFrom(
  session: Session,
  { environment }: DesiredState,
  manifest: Manifest,
  { from, 'same-model': sameModel, 'text-from': textFrom }: AdoptVectorsFlags,
): Promise<AdoptedVectors> {
  if (!sameModel) {
    throw new IngestError('E606', `which model computed the vectors of "${from}" is not known`, {
      kind: 'input',
      advice:
        'If it is the model of the manifest, say so with --same-model; a few are then computed anew and compared.',
    });
  }
  const database = await session.database(environment, manifest, 'read');
  const collection = database === 'absent' ? undefined : await database.find(from);
  if (collection === undefined) {
    throw new IngestError('E407', `there is no collection "${from}"`, {
      kind: 'input',
      advice:
        'Give the name of the collection that the other tool filled, in the Chroma of this environment.',
    });
  }
  if (collection.identity !== undefined) {
    throw new IngestError('E508', `collection "${from}" was built by ingest`, {
      kind: 'input',
      advice: 'Nothing was taken. Take it over as a whole: ingest state adopt without --from.',
    });
  }
  const cache = await session.cache();
  const embedder = await session.embedder(manifest, undefined, FORGETFUL);
  return vectorsOfCollection({ cache, embedder, signal: session.options.signal }, collection, textFrom);
}

const FORGETFUL: EmbeddingCache = {
  get: () => new Map(),
  has: () => new Set(),
  put: () => {},
  throughput: () => undefined,
  noteThroughput: () => {},
  close: () => {},
};
