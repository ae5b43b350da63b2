/** What must hold when everything is over: P1, P4, and that numbers add up. */

import { join } from 'node:path';
import { runApply } from '../../../src/cli/run/run-apply.js';
import { DEFAULT_PLAN_OPTIONS } from '../../../src/domain/plan.js';
import type { ApplyAnswer } from '../../../src/pipeline.js';
import { plan } from '../../../src/pipeline.js';
import { readLatest } from '../../../src/recorded/index-state-file.js';

import { type Seen, seenIn } from '../../support/promises.js';
import { FOREIGN, inState, rowsOf } from './look.js';
import type { World } from './world.js';

/** Each violation in a line. */
export async function judgeConverged(world: World, fresh: readonly Seen[]): Promise<string[]> {
  const found = await seenIn(world.chroma.database, world.collection);
  return [
    ...differences(
      found.filter(({ id }) => id !== FOREIGN),
      fresh,
    ),
    ...collections(world, found),
    ...(await nextPlan(world)),
    ...(await secondApply(world)),
    ...journalAndState(world),
  ];
}

function differences(live: readonly Seen[], fresh: readonly Seen[]): string[] {
  const found = new Map(live.map((record) => [record.id, JSON.stringify(record)]));
  const wanted = new Map(fresh.map((record) => [record.id, JSON.stringify(record)]));
  const count = (some: Iterable<string>, bad: (id: string) => boolean): number =>
    [...some].filter(bad).length;
  const missing = count(wanted.keys(), (id) => !found.has(id));
  const orphans = count(found.keys(), (id) => !wanted.has(id));
  const other = count(wanted.keys(), (id) => found.has(id) && found.get(id) !== wanted.get(id));
  if (missing + orphans + other === 0) return [];
  return [`P1: ${missing} records missing, ${orphans} too many, ${other} unlike a fresh build`];
}

/** Nothing is left of a replacement but the index and the one that it replaced. */
function collections(world: World, found: readonly Seen[]): string[] {
  const names = [...world.names.keys()];
  // An empty one may be made by a request that lands when all is over: the next replacement takes it away.
  const begun = world.held.get(world.names.get(world.staging) ?? '')?.size ?? 0;
  // A state that was put back cannot know what it did not see replaced.
  const previous = names.filter((name) => name !== world.collection && name !== world.staging).length;
  return [
    ...(begun > 0 ? ['swap: a collection that was being built is left'] : []),
    ...(previous > 1 && !world.restored ? [`swap: ${previous} replaced collections are left`] : []),
    ...(world.foreign && !found.some(({ id }) => id === FOREIGN) ? ['swap: a foreign record is lost'] : []),
  ];
}

async function nextPlan(world: World): Promise<string[]> {
  const session = world.session(world.observer());
  try {
    const { desired } = world;
    const state = await session.openReader('dev');
    const holder = await session.livingHolder('dev', state);
    const ports = await session.planningPorts('dev', state, holder?.fence);
    const found = await plan(ports, desired, { ...DEFAULT_PLAN_OPTIONS, verify: 'content' });
    try {
      const violations: string[] = [];
      for (const index of found.indexes) {
        const changes = [...index.changes()].map(
          (change) => `${change.action} ${change.uri} (${change.reasons})`,
        );
        if (changes.length > 0) violations.push(`P1: the next plan has ${changes.join(', ')}`);
        const { live, coverage, index_actions } = index.header;
        if (index_actions.length > 0)
          violations.push(`P1: the next plan has ${JSON.stringify(index_actions)}`);
        const foreign = world.beside ? 0 : live.foreign;
        if (live.status !== 'ok' || live.missing + live.orphan + live.tampered + foreign > 0)
          violations.push(`P1: the next plan sees ${JSON.stringify(live)}`);
        const { declared, ...classes } = coverage;
        const sum = Object.values(classes).reduce((total, n) => total + n, 0);
        const documents = Object.keys(world.declared.docs).length;
        if (declared !== sum || declared !== documents)
          violations.push(`coverage: ${documents} documents, ${declared} declared, ${sum} in classes`);
      }
      return violations;
    } finally {
      found.close();
    }
  } finally {
    await session.close();
  }
}

async function secondApply(world: World): Promise<string[]> {
  const rows = rowsOf(world.stateDir);
  world.steps.length = 0;
  const session = world.session(world.observer());
  let answer: ApplyAnswer;
  try {
    answer = await runApply(session, {
      desired: world.desired,
      options: DEFAULT_PLAN_OPTIONS,
      saved: undefined,
      fsync: 'off',
      command: 'apply',
      approve: async () => true,
    });
  } finally {
    await session.close();
  }
  const violations: string[] = [];
  const outcome = answer.kind === 'result' ? answer.result.outcome : answer.kind;
  if (outcome !== 'no_changes') violations.push(`P4: the second apply ended as ${outcome}`);
  const local: ReadonlySet<string> = new Set(['commit', 'rename', 'lease']);
  const sent = world.steps.filter((step) => !local.has(step.port)).map((step) => step.port);
  if (sent.length > 0) violations.push(`P4: the second apply did ${sent.join(', ')}`);
  if (rowsOf(world.stateDir) !== rows) violations.push('P4: the second apply changed rows');
  return violations;
}

function journalAndState(world: World): string[] {
  return inState(world.stateDir, (state) => {
    const violations: string[] = [];
    let total = 0;
    for (const event of state.journal(undefined, 0)) {
      if (event.type !== 'UPSERT_BATCH_COMMITTED') continue;
      const next = Number(event.data['chunks_upserted_total']);
      if (!(next > total)) violations.push(`the journal counts ${next} chunks after ${total}`);
      total = next;
    }
    const index = state.index('docs');
    const latest = readLatest(join(world.stateDir, 'docs'));
    if (latest === undefined || latest.run_id !== index?.last_good_run)
      violations.push('LATEST does not name the last good run');
    return violations;
  });
}
