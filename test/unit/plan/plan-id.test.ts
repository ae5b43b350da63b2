import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/domain/plan.js';
import { computePlanId, type IdentifiedIndex } from '../../../src/plan/saved/plan-id.js';
import { change } from './changes.js';

function idOf(changes: readonly Change[], index: Partial<IdentifiedIndex> = {}, environment = 'dev'): string {
  return computePlanId(environment, [
    {
      manifest_id: 'docs',
      sha256: 'd'.repeat(64),
      collection: 'docs',
      index_actions: [],
      changes: () => changes,
      ...index,
    },
  ]);
}

const BASE = idOf([change()]);

describe('plan_id', () => {
  it('is a written format: this plan has this id, on every machine and in every version', () => {
    expect(BASE).toBe('090613c2011f3802e04bcd8ff217f9e403f6e201cff271b8a7c6d7795367a11c');
  });

  it.each<[string, string]>([
    ['another environment', idOf([change()], {}, 'prod')],
    ['another manifest', idOf([change()], { manifest_id: 'other' })],
    ['an edited manifest', idOf([change()], { sha256: 'e'.repeat(64) })],
    ['another collection', idOf([change()], { collection: 'other' })],
    ['an index action', idOf([change()], { index_actions: [{ action: 'create', reasons: ['new'] }] })],
    ['another action', idOf([change({ action: 'repair' })])],
    ['another uri', idOf([change({ uri: 'h/b.md' })])],
    ['another reason', idOf([change({ reasons: ['metadata'] })])],
    ['another before', idOf([change({ before: null })])],
    ['another after', idOf([change({ after: null })])],
    ['another origin of a move', idOf([change({ moved_from: 'h/x.md' })])],
    ['one change more', idOf([change(), change({ uri: 'h/z.md' })])],
  ])('differs for %s', (_what, id) => {
    expect(id).not.toBe(BASE);
  });

  it('is the same for what is no part of the situation: costs, detail, resuming', () => {
    const other = change({
      detail: 'title',
      resume: true,
      chunks: { add: 0, keep: 0, relabel: 0, delete: 0 },
      embed: { compute: 9, cached: 0, tokens: 1, cost: null, seconds: 3 },
    });
    expect(idOf([other])).toBe(BASE);
  });

  it('cannot be moved from one field into the next', () => {
    expect(idOf([change({ uri: 'h/ab', moved_from: 'c' })])).not.toBe(
      idOf([change({ uri: 'h/a', moved_from: 'bc' })]),
    );
  });
});
