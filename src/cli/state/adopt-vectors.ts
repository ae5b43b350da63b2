/** `state adopt --from`: what another tool embedded with the same model is not embedded again, and what it has of our documents. */
import type { AdoptedCollection } from '../../domain/adopted-documents.js';
import { IngestError } from '../../domain/errors.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import { forgetful } from '../../domain/ports/embedder.js';
import type { LiveCollection } from '../../domain/ports/live.js';
import type { AdoptedVectors } from '../../domain/state-reports.js';
import { compareWithCollection, vectorsOfCollection } from '../../pipeline.js';
import type { Session } from '../session/session.js';

export interface AdoptVectorsFlags {
  readonly from: string;
  readonly 'same-model': boolean;
  readonly 'text-from'?: string | undefined;
  readonly 'uri-from'?: string | undefined;
  readonly strip?: readonly string[] | undefined;
  readonly source?: string | undefined;
}

/**
 * With `uri-from` its documents are compared with what the sources list; without --same-model that is all.
 *
 * @throws IngestError E606 when neither is given, E407 when there is no such collection, E508 when it is of no use
 */
export async function adoptFrom(
  session: Session,
  desired: DesiredState,
  manifest: Manifest,
  flags: AdoptVectorsFlags,
): Promise<AdoptedVectors | AdoptedCollection> {
  const { from, 'same-model': sameModel, 'text-from': textFrom, 'uri-from': uriFrom } = flags;
  if (!sameModel && uriFrom === undefined) {
    throw new IngestError('E606', `which model computed the vectors of "${from}" is not known`, {
      kind: 'input',
      advice:
        'If it is the model of the manifest, say so with --same-model; a few are then computed anew and compared. Or only compare its documents, with --uri-from.',
    });
  }
  const sourceId = uriFrom === undefined ? '' : chooseSource(manifest, flags.source);
  const { environment } = desired;
  const collection = await findTheirs(session, environment, manifest, from);
  const take = async (): Promise<AdoptedVectors> => {
    const cache = await session.cache();
    const embedder = await session.embedder(manifest, undefined, forgetful);
    return vectorsOfCollection({ cache, embedder, signal: session.options.signal }, collection, textFrom);
  };
  if (uriFrom === undefined) return take();
  const vectors = sameModel ? await take() : null;
  const state = await session.openReader(environment);
  const holder = await session.livingHolder(environment, state);
  const ports = await session.planningPorts(environment, state, holder?.fence);
  const strip = flags.strip ?? [];
  const request = { collection, uriFrom, textFrom, sourceId, strip };
  return { vectors, compared: await compareWithCollection(ports, desired, manifest, request) };
}

/** @throws IngestError E606 when there are several and none is named, or another */
function chooseSource({ sources, manifest_id }: Manifest, wanted: string | undefined): string {
  const ids = sources.map((source) => source.id);
  const found = wanted === undefined && ids.length === 1 ? ids[0] : ids.find((id) => id === wanted);
  if (found !== undefined) return found;
  const what = wanted === undefined ? 'several sources' : `no source "${wanted}"`;
  throw new IngestError('E606', `${manifest_id} has ${what}: ${ids.join(', ')}`, {
    kind: 'input',
    advice: 'Name with --source the one whose documents the other tool read.',
  });
}

async function findTheirs(
  session: Session,
  environment: string,
  manifest: Manifest,
  from: string,
): Promise<LiveCollection> {
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
  return collection;
}
