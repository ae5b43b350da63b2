import { expect, it } from 'vitest';
import { collectionFaults } from '../../../src/diff/judge-collection.js';
import type { CollectionIdentity } from '../../../src/domain/record.js';
import type { CollectionRow } from '../../../src/domain/state-rows.js';

const RECORDED: CollectionRow = {
  collection_id: 'c1',
  name: 'docs',
  target: 'embedded',
  space: 'cosine',
  dimension: 64,
  vector_recipe: 'recipe',
  embedding_fingerprint: 'model',
  generation: 1,
  foreign_count: 0,
  role: 'live',
  retired_run: null,
  pinned: null,
};
const IDENTITY: CollectionIdentity = {
  lineage: 'ours',
  manifests: ['docs'],
  role: 'live',
  generation: 1,
  vector_recipe: 'recipe',
  last_run: null,
  protected: [],
  pinned: null,
};
const LIVE = { id: 'c1', identity: IDENTITY, space: 'cosine', dimension: 64 } as const;

it.each([
  ['the recorded one', {}, []],
  [
    'one of which the server does not tell distance and dimension',
    { space: undefined, dimension: undefined },
    [],
  ],
  ['another id', { id: 'c2' }, ['collection-replaced']],
  ['no mark', { identity: undefined, space: 'l2' }, ['not-ours']],
  [
    'another state',
    { identity: { ...IDENTITY, lineage: 'theirs', vector_recipe: 'other' } },
    ['wrong-lineage'],
  ],
  ['another recipe', { identity: { ...IDENTITY, vector_recipe: 'other' } }, ['wrong-recipe']],
  ['another dimension', { dimension: 32 }, ['wrong-recipe']],
  ['another distance', { space: 'ip' }, ['wrong-distance']],
  [
    'all at once',
    { id: 'c2', dimension: 32, space: 'l2' },
    ['collection-replaced', 'wrong-recipe', 'wrong-distance'],
  ],
] as const)('%s', (_, change, faults) => {
  const found = collectionFaults(RECORDED, 'ours', { ...LIVE, ...change });
  expect(found.map((fault) => fault.class)).toEqual(faults);
});
