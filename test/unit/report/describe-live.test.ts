import { describe, expect, it } from 'vitest';
import type { LiveSummary } from '../../../src/domain/plan.js';
import { describeDrift, describeLiveCount } from '../../../src/report/describe-live.js';
import { indexHeader } from './plan-fixture.js';

const header = (live: Partial<LiveSummary>) => indexHeader({ live: { ...indexHeader().live, ...live } });

describe('describeDrift', () => {
  it('never says "no drift" of a collection that is not what was applied', () => {
    expect(describeDrift(header({ verify: 'ids', faults: ['wrong-recipe'] }))).toEqual([
      'its vectors were made by another recipe',
      'canaries 8 of 8',
    ]);
  });

  it('does not count as orphans what another collection holds', () => {
    const live = { verify: 'ids', orphan: 32, faults: ['collection-replaced', 'wrong-distance'] } as const;
    expect(describeDrift(header(live))).toEqual([
      'another collection has its name',
      'it measures another distance',
      'canaries 8 of 8',
    ]);
  });

  it('tells search that fails from a collection that cannot be written', () => {
    const failing = header({ status: 'unsearchable', count: 32, canaries: { asked: 8, passed: 3 } });
    expect(describeDrift(failing)).toEqual(['canary queries fail', 'canaries 3 of 8']);
    expect(describeLiveCount(failing)).toBe('live 32 records, UNSEARCHABLE');
    const escalated = 'Chroma fails to write to the collection';
    const wedged = header({ status: 'unsearchable', count: 32, escalated });
    expect(describeDrift(wedged)).toEqual([escalated, 'canaries 8 of 8']);
    expect(describeLiveCount(wedged)).toBe('live 32 records, WEDGED');
  });
});
