/** Whether the collection that has an index's name is the one that is recorded for it. */
import type { CollectionFaultName } from '../domain/drift-classes.js';
import type { LiveCollection } from '../domain/ports/live.js';
import type { CollectionRow } from '../domain/state-rows.js';

export interface CollectionFault {
  readonly class: CollectionFaultName;
  /** What is recorded and what is there. */
  readonly detail: string;
}

export function collectionFaults(
  recorded: CollectionRow,
  lineage: string | undefined,
  { id, identity, space, dimension }: Pick<LiveCollection, 'id' | 'identity' | 'space' | 'dimension'>,
): CollectionFault[] {
  const faults: CollectionFault[] = [];
  const add = (name: CollectionFault['class'], was: unknown, is: unknown): void => {
    faults.push({ class: name, detail: `recorded ${String(was)}, live ${String(is)}` });
  };
  if (id !== recorded.collection_id) add('collection-replaced', recorded.collection_id, id);
  if (identity === undefined) faults.push({ class: 'not-ours', detail: 'it carries no mark of ingest' });
  else if (identity.lineage !== lineage) add('wrong-lineage', lineage ?? 'nothing', identity.lineage);
  else if (identity.vector_recipe !== recorded.vector_recipe) {
    add('wrong-recipe', recorded.vector_recipe.slice(0, 8), identity.vector_recipe.slice(0, 8));
  } else if (dimension !== undefined && recorded.dimension !== null && dimension !== recorded.dimension) {
    add('wrong-recipe', `dimension ${recorded.dimension}`, dimension);
  }
  if (identity !== undefined && space !== undefined && space !== recorded.space) {
    add('wrong-distance', recorded.space, space);
  }
  return faults;
}
