/** Observe, ensure: the collection that is built beside the live one, in the role `staging`. */
import { stagingName } from '../../domain/collection-names.js';
import { IngestError } from '../../domain/errors.js';
import { vectorRecipe } from '../../domain/identity.js';
import type { LiveCollection, LiveDatabase } from '../../domain/ports/live.js';
import type { StateWriter } from '../../domain/ports/state.js';
import type { CollectionIdentity } from '../../domain/record.js';
import type { CollectionRow } from '../../domain/state-rows.js';
import type { PlanContext, Replacement } from '../../plan/plan-context.js';
import { newestGeneration } from '../../plan/replacement/surplus-previous.js';
import {
  type Claim,
  claimName,
  NOT_RETIRED,
  type OpenedCollection,
  openCollection,
} from '../open-collection.js';

/** @throws IngestError E409 when somebody else has the name, E407 when what the plan saw of it is gone */
export async function openStaging(
  database: LiveDatabase,
  context: PlanContext,
  replacement: Replacement,
  writer: StateWriter,
  fingerprint: string,
  claim: Claim,
): Promise<OpenedCollection> {
  const { manifest, writesTo } = context;
  if (replacement.joins) {
    return openCollection(database, manifest, writer.lineage, fingerprint, undefined, writesTo, claim);
  }
  const { collection: finalName, space } = manifest.target;
  const name = stagingName(finalName);
  const recipe = vectorRecipe(fingerprint, space);
  let collection = await database.find(name);
  if (writesTo !== undefined && collection?.id !== writesTo) throw vanished(name);
  let created = false;
  if (collection === undefined) {
    const identity: CollectionIdentity = {
      lineage: writer.lineage,
      // With those that are not loaded: their documents come along.
      manifests: sharing(
        writer,
        manifest.manifest_id,
        replacement.reasons.includes('target') ? undefined : context.rowsOf,
      ),
      role: 'staging',
      generation: newestGeneration(writer, finalName, database.targetId) + 1,
      vector_recipe: recipe,
      last_run: null,
      protected: replacement.aside?.identity?.protected ?? [],
      pinned: null,
    };
    claim.assertHeld();
    // Losing the race is fine: then the winner's collection is looked at like any other.
    collection = (await claimName(database, name, space, identity)) ?? (await database.find(name));
    created = true;
  }
  const { identity } = collection ?? {};
  if (collection === undefined || identity?.lineage !== writer.lineage || identity.vector_recipe !== recipe) {
    throw taken(name);
  }
  return { collection, created, row: rowOf(database, collection, identity, finalName, fingerprint, space) };
}

/** The manifests whose documents will be in it. */
function sharing(writer: StateWriter, own: string, rowsOf: string | undefined): string[] {
  const others = writer.indexes().filter((index) => index.collection_id === rowsOf);
  return [...new Set([own, ...others.map((index) => index.manifest_id)])].sort();
}

/** Recorded under the name that it will have. */
function rowOf(
  database: LiveDatabase,
  collection: LiveCollection,
  identity: CollectionIdentity,
  name: string,
  fingerprint: string,
  space: string,
): CollectionRow {
  return {
    collection_id: collection.id,
    name,
    target: database.targetId,
    space,
    dimension: collection.dimension ?? null,
    vector_recipe: identity.vector_recipe,
    embedding_fingerprint: fingerprint,
    generation: identity.generation,
    foreign_count: 0,
    role: 'staging',
    ...NOT_RETIRED,
  };
}

function taken(name: string): IngestError {
  return new IngestError('E409', `collection "${name}" is somebody else's, or could not be created`, {
    kind: 'world',
    advice: 'Nothing was written. Rename or delete that collection, or run again when Chroma answers.',
  });
}

function vanished(name: string): IngestError {
  return new IngestError('E407', `collection "${name}" was deleted or replaced`, {
    kind: 'world',
    advice: 'Nothing was written. Run `ingest plan` to see what must be built again.',
  });
}
