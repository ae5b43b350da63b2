/** What is wrong with a collection as a whole, in the words of drift and plan alike. */
import type { CollectionFaultName } from '../domain/drift-classes.js';

export const COLLECTION_FAULTS: Readonly<Record<CollectionFaultName, string>> = {
  'collection-replaced': 'another collection has its name',
  'not-ours': 'the collection belongs to somebody else',
  'wrong-lineage': 'the collection belongs to another state',
  'wrong-recipe': 'its vectors were made by another recipe',
  'wrong-distance': 'it measures another distance',
};
