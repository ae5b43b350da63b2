import { describe, expect, it } from 'vitest';
import type { SourceCursor } from '../../../src/domain/plan.js';
import { describeCursors } from '../../../src/report/describe-cursors.js';
import { renderPlanMarkdown } from '../../../src/report/markdown/render-plan-markdown.js';
import { indexHeader, planOfIndexes } from './plan-fixture.js';

const FIRST = '2026-01-05T02:00:00.000000000Z';
const SECOND = '2026-01-09T11:30:00.250000000Z';

function header(over: Partial<SourceCursor>) {
  const cursor: SourceCursor = {
    field: 'updated_at',
    window: { start: FIRST, end: null },
    full_read: null,
    from: FIRST,
    to: SECOND,
    held: null,
    ...over,
  };
  const source = {
    source_id: 'tickets',
    type: 'jsonl',
    fingerprint: 'f',
    listing: 'window',
    documents: 2,
    complete: true,
    skipped: {},
    malformed: 0,
    superseded: 0,
    cursor,
    replay: 'unavailable',
  } as const;
  return indexHeader({ sources: [source] });
}

const told = (over: Partial<SourceCursor>) => describeCursors(header(over));

describe('a source that is read in increments', () => {
  it('says from where it was read and to where its cursor moves, without decimals that say nothing', () => {
    expect(told({})).toEqual([
      'tickets: updated_at from 2026-01-05T02:00:00Z, moves to 2026-01-09T11:30:00.25Z',
    ]);
    expect(told({ to: FIRST })).toEqual(['tickets: updated_at from 2026-01-05T02:00:00Z, nothing newer']);
  });

  it('says why it was read as a whole', () => {
    const whole = { start: null, end: null };
    expect(told({ window: whole, full_read: 'first-read', from: null })).toEqual([
      'tickets: first read; updated_at, moves to 2026-01-09T11:30:00.25Z',
    ]);
    expect(told({ window: whole, full_read: 'repair' })[0]).toContain('live lost what no increment holds');
  });

  it('says what holds its cursor', () => {
    expect(told({ to: FIRST, held: 'incomplete' })[0]).toContain(
      'stays at 2026-01-05T02:00:00Z: its listing is incomplete',
    );
    expect(told({ from: null, to: null, held: 'withheld' })[0]).toContain('stays at the beginning: losses');
    expect(told({ window: { start: FIRST, end: SECOND }, held: 'scope' })[0]).toContain(
      'to before 2026-01-09T11:30:00.25Z, stays at',
    );
  });

  it('says so in a pull request, where a field of the source is only text', () => {
    const plan = planOfIndexes([{ header: header({ field: '`@all` | <b>' }), changes: () => [] }]);
    const comment = [...renderPlanMarkdown(plan, { maxBytes: 60_000 })].join('\n');
    expect(comment).toMatch(
      /^Cursor `{2,3} ?tickets: `@all` \| <b> from 2026-01-05T02:00:00Z, moves to 2026-01-09T11:30:00\.25Z ?`{2,3}$/m,
    );
  });
});
