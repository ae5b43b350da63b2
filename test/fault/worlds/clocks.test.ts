/** A clock that goes backwards, during a run and between two: nothing that is recorded depends on it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JournalEvent } from '../../../src/domain/events.js';
import type { Clock } from '../../../src/domain/ports/clock.js';
import { openStateReader } from '../../../src/recorded/open-state.js';
import { FlakyChroma } from '../../integration/live/flaky-chroma.js';
import { applyIn, planIn } from '../../support/in-process.js';
import { article, type PlanJson, Project } from '../../support/project.js';
import { realClock } from '../../support/real-clock.js';
import { useChroma } from '../../support/use-chroma.js';

const HOUR = 3_600_000;

const chroma = useChroma();
let flaky: FlakyChroma;
let project: Project;

beforeEach(async () => {
  flaky = new FlakyChroma(chroma.url);
  project = new Project(await flaky.start());
  project.manifest();
});
afterEach(async () => {
  await flaky.stop();
  await project.dispose();
});

/** Each look at the wall clock is `step` later than the one before, from `start` on; it may be negative. */
function clockOf(start: number, step: number): Clock {
  let looks = 0;
  return { ...realClock(), now: () => start + step * looks++, sleep: async () => {} };
}

const place = (clock: Clock) => ({ root: project.ws.root, env: project.env, clock });

it('runs whose clocks go backwards are whole, in the order in which they ran, under ids of their own', async () => {
  const start = Date.parse('2026-03-01T12:00:00Z');
  const ids: (string | null)[] = [];
  for (const [n, clock] of [
    clockOf(start, 1_000),
    clockOf(start - 24 * HOUR, -HOUR),
    clockOf(start - 24 * HOUR, -HOUR),
    clockOf(start - 400 * HOUR, 0),
  ].entries()) {
    project.doc(`doc-${n}.md`, article(`topic ${n}`));
    const result = await applyIn(place(clock));
    expect(result).toMatchObject({ outcome: 'applied', applied: { create: 1 }, strict_sync: { ok: true } });
    expect(result.duration_ms).toBeGreaterThanOrEqual(0);
    expect((await planIn<PlanJson>(place(clock))).outcome).toBe('no_changes');
    ids.push(result.run_id);
  }
  expect(ids).toEqual([...new Set(ids)].sort());
  // What people are shown and type of an id tells the runs apart too.
  expect(new Set(ids.map((id) => id?.slice(0, 8))).size).toBe(4);
  const state = openStateReader(project.ws.path('state', 'test'));
  try {
    expect(state.runs(10).map((run) => run.run_id)).toEqual(ids.reverse());
    const events: JournalEvent[] = [...state.journal(undefined, 0)];
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, n) => n + 1));
  } finally {
    state.close();
  }
  const runs = await project.run(['runs']);
  expect({ code: runs.code, negative: /-\d+(\.\d)? s/.test(runs.stdout) }).toEqual({
    code: 0,
    negative: false,
  });
  expect((await project.run(['status'])).code).toBe(0);
});

it('a write whose answer was lost is mended also when the clock went back a day before the re-run', async () => {
  const noon = Date.parse('2026-03-01T12:00:00Z');
  project.docs(2);
  flaky.misbehave = async ({ path, forward, cut }) => {
    if (!path.endsWith('/upsert')) return false;
    await forward();
    cut();
    return true;
  };
  expect(await applyIn(place(clockOf(noon, 1)))).toMatchObject({ outcome: 'failed' });
  flaky.misbehave = () => false;
  const yesterday = clockOf(noon - 24 * HOUR, 1);
  expect(await applyIn(place(yesterday))).toMatchObject({ outcome: 'applied', embedded: 0 });
  expect((await planIn<PlanJson>(place(yesterday), { verify: 'content' })).outcome).toBe('no_changes');
  expect(unsettled()).toBe(6);
  // Until that day has passed again the ids concerned are looked at by every plan; then they are forgotten.
  const tomorrow = clockOf(noon + 24 * HOUR, 1);
  project.doc('more.md', article('more'));
  await applyIn(place(tomorrow));
  expect(unsettled()).toBe(0);
});

function unsettled(): number {
  const state = openStateReader(project.ws.path('state', 'test'));
  try {
    const index = state.index('docs');
    if (index === undefined) throw new Error('nothing is recorded');
    return state.intentCounts(index.collection_id, 'docs').unsettled;
  } finally {
    state.close();
  }
}
