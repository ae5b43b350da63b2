/** What must hold after each step of a history, and when it has come to rest. */
import { expect } from 'vitest';
import { IngestError } from '../../../src/domain/errors.js';
import type { PlanOptions } from '../../../src/domain/plan.js';
import {
  convergedToFreshBuild,
  coverageAddsUp,
  everyRecordHasItsAnchors,
  foreignIsUntouched,
  idsByUri,
  inState,
  nothingRecordedThatLiveLacks,
  readersChangedNothing,
  type Seen,
  secondApplyDoesNothing,
  totalNeverFalls,
  uriOf,
  withheldStays,
} from '../../support/promises.js';
import type { Model } from './corpus.js';
import { type Fate, MANIFEST, type Outcome, type Rig } from './rig.js';

/** After every step, whatever it was. */
export async function checkAlways(rig: Rig): Promise<void> {
  if (!rig.hasState) return;
  const seen = await rig.seen();
  const violations = [
    ...foreignIsUntouched(rig.foreign, seen),
    ...(await everyRecordHasItsAnchors(rig.chroma.database, rig.collection, MANIFEST, (id) =>
      rig.damaged.has(id),
    )),
    ...inState(rig.stateDir, totalNeverFalls),
    ...(rig.restored
      ? []
      : inState(rig.stateDir, (state) =>
          nothingRecordedThatLiveLacks(state, MANIFEST, seen, (id) => rig.damaged.has(id)),
        )),
  ];
  expect(violations).toEqual([]);
}

/** An apply, and all that one must keep, whether it ended or was ended. */
export async function applyAndCheck(
  model: Model,
  rig: Rig,
  options: Partial<PlanOptions> = {},
  fate: Fate = {},
): Promise<Outcome> {
  const recorded = recordedUris(rig);
  const outcome = await rig.apply(model, options, fate);
  const after = await rig.seen();
  const violations = [...outcome.violations];
  const { before, planned, result, error } = outcome;
  const live = new Set(after.map((record) => record.id));
  const changes = planned?.changes ?? [];
  const withheld = changes.filter((change) => change.action === 'withheld').map((change) => change.uri);
  const rows = new Map([...idsByUri(before)].filter(([uri]) => recorded.has(uri)));
  violations.push(...withheldStays(withheld, rows, live));
  violations.push(...tooManyLost(model, options, rows, idsByUri(after), changes));
  if (options.only !== undefined && options.only.length > 0)
    violations.push(...outsideIsUntouched(options.only, before, after));
  if (error instanceof IngestError && outcome.writes > 0 && ['E403', 'E605'].includes(error.code))
    violations.push(`refused with ${error.code} after ${outcome.writes} writes`);
  if (model.stranger && !outcome.killed && fate.interrupt === undefined) {
    const code = error instanceof IngestError ? error.code : 'no error';
    if (code !== 'E403' && code !== 'E605') violations.push(`somebody else's collection: ended with ${code}`);
  }
  const whole = (options.only ?? []).length === 0 && fate.meanwhile === undefined;
  const sees = model.sees(options.verify ?? 'counts');
  // Creation is asked for once: without an answer and without a collection the run ends, and says so.
  const uncreated = fate.lose !== undefined && result?.reason.startsWith('E401') === true;
  // Nothing can restore the old version of a document that is refused now: until its file is mended, runs end so.
  const lost = rig.damaged.size > 0 || rig.restored;
  const beyond = lost && [...model.docs].some(([path, doc]) => model.isRefused(path, doc));
  if (result !== undefined && whole && sees && !beyond && result.outcome !== 'interrupted' && !uncreated) {
    if (!['applied', 'no_changes', 'partial'].includes(result.outcome))
      violations.push(`ended as ${result.outcome}: ${result.reason}, ${result.strict_sync?.message}`);
    if (result.failed > 0) violations.push(`failed: ${JSON.stringify(result.failures)}`);
    violations.push(...convergedBut(model, new Set(withheld), after, await rig.fresh(model)));
    model.damage = 'counts';
    rig.damaged.clear();
    rig.restored = false;
  }
  expect(violations).toEqual([]);
  await checkAlways(rig);
  return outcome;
}

/** The end of every history: all is allowed, everything is seen, and then nothing is left to do. */
export async function settle(model: Model, rig: Rig): Promise<void> {
  const options = {
    verify: model.damage,
    allow_delete: ['**'],
    allow_empty: [model.settings.sourceId],
  };
  const outcome = await applyAndCheck(model, rig, options);
  expect(outcome.error).toBe(undefined);
  const before = await rig.snapshot();
  const rows = rig.rows();
  for (const verify of ['counts', 'content'] as const) {
    const planned = await rig.plan(model, { ...options, verify });
    expect({ verify, changes: planned.changes }).toEqual({ verify, changes: [] });
    expect(planned.outcome).toBe('no_changes');
    expect(planned.header.live).toMatchObject({ missing: 0, orphan: 0 });
    expect(planned.header.coverage.declared).toBe(model.docs.size);
    expect(coverageAddsUp(planned.header)).toEqual([]);
  }
  await rig.look(model, 'content');
  expect(readersChangedNothing(before, await rig.snapshot())).toEqual([]);
  const again = await rig.apply(model, { ...options, verify: 'counts' });
  expect([...again.violations, again.error]).toEqual([undefined]);
  if (again.result === undefined) throw new Error('a second apply ended without a result');
  expect(secondApplyDoesNothing(again.result, again.writes, rows, rig.rows())).toEqual([]);
}

/** As a fresh build, but for what was refused or held back: of these an old version may be there. */
function convergedBut(
  model: Model,
  withheld: ReadonlySet<string>,
  live: readonly Seen[],
  fresh: readonly Seen[],
): readonly string[] {
  const refused = new Set(
    [...model.docs].filter(([path, doc]) => model.isRefused(path, doc)).map(([path]) => model.uri(path)),
  );
  const ours = live.filter((record) => record.metadata['ingest_manifest_id'] === MANIFEST);
  const judged = (record: Seen): boolean => !withheld.has(uriOf(record)) && !refused.has(uriOf(record));
  const left = ours.filter((r) => refused.has(uriOf(r)) && !withheld.has(uriOf(r)));
  return [
    ...convergedToFreshBuild(ours.filter(judged), fresh.filter(judged)),
    ...(model.settings.onReject === 'keep' ? [] : left).map(
      (record) => `${uriOf(record)} was refused and is still in the index`,
    ),
  ];
}

/** Independent of how the guard counts: no more documents vanish than the policy lets go. */
function tooManyLost(
  model: Model,
  options: Partial<PlanOptions>,
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
  changes: readonly { readonly moved_from: string | null }[],
): readonly string[] {
  if ((options.allow_delete ?? []).length > 0) return [];
  const moved = new Set(changes.map((change) => change.moved_from));
  const lost = [...before.keys()].filter((uri) => !after.has(uri) && !moved.has(uri));
  return lost.length <= model.settings.maxDeletes ? [] : [`lost against the policy: ${lost.join(', ')}`];
}

function outsideIsUntouched(
  only: readonly string[],
  before: readonly Seen[],
  after: readonly Seen[],
): readonly string[] {
  const outside = (records: readonly Seen[]) =>
    records
      .filter((record) => !only.includes(uriOf(record)))
      .map((record) => JSON.stringify(record))
      .sort();
  return JSON.stringify(outside(before)) === JSON.stringify(outside(after))
    ? []
    : [`--only ${only.join(' ')} touched other documents`];
}

function recordedUris(rig: Rig): ReadonlySet<string> {
  if (!rig.hasState) return new Set();
  return inState(rig.stateDir, (state) => {
    const index = state.index(MANIFEST);
    if (index === undefined) return new Set<string>();
    return new Set([...state.documents(index.collection_id, MANIFEST)].map((row) => row.uri));
  });
}
