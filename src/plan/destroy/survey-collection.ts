/** Whose the records of a collection are, id by id: the manifest's that is destroyed, or anybody else's. */
import type { LiveCollection } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';

const SLICE = 1000;
/** Stands beside manifest ids, none of which has a space. */
const FOREIGN = 'foreign records';

export interface SurveyedPage {
  /** Record ids of this manifest by uri: recorded as its own, or carrying its id. */
  readonly ours: ReadonlyMap<string, readonly string[]>;
  readonly others: readonly string[];
}

export async function* surveyCollection(
  collection: LiveCollection,
  state: StateReader,
  manifestId: string,
): AsyncGenerator<SurveyedPage> {
  for await (const page of collection.ids()) {
    for (let i = 0; i < page.length; i += SLICE) {
      const ours = new Map<string, string[]>();
      const others: string[] = [];
      const unknown: string[] = [];
      const own = (uri: string, id: string): void => {
        ours.set(uri, [...(ours.get(uri) ?? []), id]);
      };
      for (const id of page.slice(i, i + SLICE)) {
        const row = state.chunk(collection.id, id);
        if (row === undefined) unknown.push(id);
        else if (row.manifest_id === manifestId) own(row.uri, id);
        else others.push(id);
      }
      for (const { id, metadata } of (await collection.get(unknown)).values()) {
        const uri = metadata['ingest_uri'];
        if (metadata['ingest_manifest_id'] === manifestId) own(typeof uri === 'string' ? uri : '', id);
        else others.push(id);
      }
      yield { ours, others };
    }
  }
}

export interface Survey {
  readonly count: number;
  readonly ours: number;
  /** Others that share it. */
  readonly manifests: readonly string[];
  /** Why the collection must stay: ids of other manifests, and FOREIGN. Empty: nothing else is in it. */
  readonly stays: readonly string[];
}

/** `kept`: a collection that stays, and whose copies of foreign records make those here needless. */
export async function survey(
  collection: LiveCollection,
  state: StateReader,
  manifestId: string,
  kept: LiveCollection | undefined,
): Promise<Survey> {
  let count = 0;
  let ours = 0;
  let foreign = false;
  for await (const page of surveyCollection(collection, state, manifestId)) {
    for (const ids of page.ours.values()) ours += ids.length;
    count += page.others.length;
    const elsewhere = kept === undefined ? new Set<string>() : await kept.existing(page.others);
    foreign ||= page.others.some((id) => !elsewhere.has(id));
  }
  const manifests = othersIn(collection, state, manifestId);
  // What a sibling wrote is told by its name.
  const stays = manifests.length > 0 ? manifests : foreign ? [FOREIGN] : [];
  return { count: count + ours, ours, manifests, stays };
}

/** Manifests that share it, by its own word or by what is recorded. */
export function othersIn(collection: LiveCollection, state: StateReader, manifestId: string): string[] {
  const recorded = state.indexes().filter((index) => index.collection_id === collection.id);
  const all = [...(collection.identity?.manifests ?? []), ...recorded.map((index) => index.manifest_id)];
  return [...new Set(all)].filter((id) => id !== manifestId).sort();
}
