/** Observe, ensure: the collection exists, is ours, and its metadata says who writes to it. */
import { IngestError } from '../domain/errors.js';
import { vectorRecipe } from '../domain/identity.js';
import type { Manifest, Space } from '../domain/manifest.js';
import { type LiveCollection, type LiveDatabase, WriteUnknown } from '../domain/ports/live.js';
import type { CollectionIdentity } from '../domain/record.js';
import type { CollectionRow } from '../domain/state-rows.js';
import type { IndexRun } from './index-run.js';

export interface OpenedCollection {
  readonly collection: LiveCollection;
  readonly row: CollectionRow;
  readonly created: boolean;
}

/** Of a collection that is live by what its manifest says, or is going to be. */
export const NOT_RETIRED = { retired_run: null, pinned: null } as const;

export interface Claim {
  readonly protect: boolean;
  /** The fence, tested before anything is created. */
  readonly assertHeld: () => void;
}

/**
 * Claims the name by createCollection, or finds what is ours there already (also after a crash between
 * create and commit). `planned` is the id of the collection that the plan was made for, when it was there:
 * another one holds nothing of what the plan takes as present.
 * @throws IngestError E403 when it is somebody else's, E407 when it is not the planned one.
 */
export async function openCollection(
  database: LiveDatabase,
  manifest: Manifest,
  lineage: string,
  fingerprint: string,
  previous: CollectionRow | undefined,
  planned: string | undefined,
  claim: Claim,
): Promise<OpenedCollection> {
  const { collection: name, space } = manifest.target;
  const recipe = vectorRecipe(fingerprint, space);
  let collection = await database.find(name);
  if (planned !== undefined && collection?.id !== planned) throw vanished(name);
  let created = false;
  if (collection === undefined) {
    const identity: CollectionIdentity = {
      lineage,
      manifests: [manifest.manifest_id],
      role: 'live',
      generation: (previous?.generation ?? 0) + 1,
      vector_recipe: recipe,
      last_run: null,
      protected: claim.protect ? [manifest.manifest_id] : [],
      pinned: null,
    };
    claim.assertHeld();
    // Losing the race is fine: then the winner's collection is looked at like any other.
    collection = (await claimName(database, name, space, identity)) ?? (await database.find(name));
    if (collection === undefined) throw notCreated(name);
    created = true;
  }
  if (collection.identity === undefined || collection.identity.lineage !== lineage) {
    throw new IngestError('E403', `collection "${name}" does not belong to this state`, {
      kind: 'input',
      advice:
        'Use the state folder that built the collection; if it is lost, `ingest state rebuild` makes one from the collection. To take it over into this state: `ingest state adopt`. Else give this index another collection name.',
    });
  }
  if (collection.identity.vector_recipe !== recipe && !isUnused(collection, space)) {
    throw new IngestError(
      'E408',
      `collection "${name}" was built with another model, dimension or distance`,
      {
        kind: 'input',
        advice:
          'Use the embedding settings that it was built with, or give this index another collection name.',
      },
    );
  }
  return {
    collection,
    created,
    row: {
      collection_id: collection.id,
      name,
      target: database.targetId,
      space,
      dimension: collection.dimension ?? previous?.dimension ?? null,
      vector_recipe: recipe,
      embedding_fingerprint: fingerprint,
      generation: collection.identity.generation,
      foreign_count: previous?.foreign_count ?? 0,
      role: 'live',
      ...NOT_RETIRED,
    },
  };
}

/** Undefined: taken, or the answer was lost. What stands there now is looked at like any other. */
export async function claimName(
  database: LiveDatabase,
  name: string,
  space: Space,
  identity: CollectionIdentity,
): Promise<LiveCollection | undefined> {
  try {
    return await database.create(name, space, identity);
  } catch (error) {
    if (error instanceof WriteUnknown) return undefined;
    throw error;
  }
}

function notCreated(name: string): IngestError {
  return new IngestError('E401', `collection "${name}" could not be created: Chroma did not answer`, {
    kind: 'world',
    advice: 'Nothing was written. Run again when Chroma answers.',
  });
}

function vanished(name: string): IngestError {
  return new IngestError('E407', `collection "${name}" was deleted or replaced`, {
    kind: 'world',
    advice: 'Nothing was written. Run `ingest plan` (not with --verify off) to see what must be restored.',
  });
}

/** A run that was killed right after it had claimed the name: its recipe was never more than a wish. */
function isUnused({ identity, dimension, space }: LiveCollection, wanted: Space): boolean {
  return identity?.last_run === null && dimension === undefined && space === wanted;
}

/**
 * Written before a run's first put, so that a restored backup meets a run it does not know. Such a run stays named
 * until all that it left is mended (nameRun): should this one be killed, the next must look as closely again.
 */
export async function claimRun(
  run: IndexRun,
  manifest: Manifest,
  {
    recipe,
    protect,
    stranger,
  }: { readonly recipe: string; readonly protect: boolean; readonly stranger: boolean },
): Promise<void> {
  const { identity } = run.collection;
  if (identity === undefined) return;
  const protectedIds = new Set(identity.protected);
  if (protect) protectedIds.add(manifest.manifest_id);
  else protectedIds.delete(manifest.manifest_id);
  await writeIdentity(run, {
    ...identity,
    vector_recipe: recipe,
    manifests: [...new Set([...identity.manifests, manifest.manifest_id])].sort(),
    protected: [...protectedIds].sort(),
    last_run: stranger ? identity.last_run : run.runId,
    // What is written to is what the manifest wants: nothing is left to keep away from.
    pinned: null,
  });
}

/** What a run that this state did not know left is mended. */
export async function nameRun(run: IndexRun): Promise<void> {
  const { identity } = run.collection;
  if (identity !== undefined) await writeIdentity(run, { ...identity, last_run: run.runId });
}

async function writeIdentity(run: IndexRun, identity: CollectionIdentity): Promise<void> {
  // The same identity again is the same identity: a lost answer needs no record.
  await run.sendFenced(() => run.collection.writeIdentity(identity));
}
