import { describe, expect, it } from 'vitest';
import { policyChanges, recordedPolicy } from '../../../src/diff/policy-changes.js';
import type { PolicySpec } from '../../../src/domain/manifest.js';

const POLICY: PolicySpec = {
  deletes: { max_count: 100, max_ratio: 0.1 },
  on_reject: 'keep',
  prevent_destroy: undefined,
  keep_previous: 1,
};

describe('policyChanges', () => {
  it('names the edited fields with from and to, in order', () => {
    const recorded = recordedPolicy(POLICY, false);
    expect(
      policyChanges(recorded, { ...POLICY, deletes: { max_count: 5, max_ratio: 0.1 }, on_reject: 'delete' }),
    ).toEqual([
      { field: 'deletes.max_count', from: 100, to: 5 },
      { field: 'on_reject', from: 'keep', to: 'delete' },
    ]);
  });

  it('finds nothing when nothing was edited, whatever becomes of the protection', () => {
    for (const held of [true, false]) {
      for (const said of [true, false, undefined]) {
        expect(policyChanges(recordedPolicy(POLICY, held), { ...POLICY, prevent_destroy: said })).toEqual([]);
      }
    }
  });

  it('takes what was recorded before keep_previous was known as one that kept one', () => {
    const before = '{"deletes":{"max_count":100,"max_ratio":0.1},"on_reject":"keep","prevent_destroy":false}';
    expect(policyChanges(before, POLICY)).toEqual([]);
    expect(policyChanges(before, { ...POLICY, keep_previous: 3 })).toEqual([
      { field: 'keep_previous', from: 1, to: 3 },
    ]);
  });

  it('does not overlook what another version recorded or did not know', () => {
    expect(policyChanges('{"deletes":{"max_count":100},"keep_runs":3,"on_reject":"keep"}', POLICY)).toEqual([
      { field: 'deletes.max_ratio', from: null, to: 0.1 },
      { field: 'keep_runs', from: 3, to: null },
    ]);
  });
});
