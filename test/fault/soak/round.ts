/** One round: documents change, runs are interrupted as the script says, and one is let through and judged. */

import { IngestError } from '../../../src/domain/errors.js';
import type { VerifyLevel } from '../../../src/domain/plan.js';
import type { ApplyResult } from '../../../src/domain/results.js';
import { applyResult, type CliResult } from '../../support/ingest-cli.js';
import type { PlanJson } from '../../support/project.js';
import { changesOf, chromaClient } from '../../support/project.js';
import { checkConverged } from './check-converged.js';
import type { Corpus } from './corpus.js';
import { type Disturbed, disturb } from './disturb.js';
import { type Random, seeded } from './random.js';
import { COLLECTION, type SoakRig } from './rig.js';
import { type DisturbanceKind, describe, drawSteps, type Step } from './script.js';

/**
 * What a kill of Chroma did to the collection: search fails while all records are there, or Chroma fails even to
 * count them ("Failed to apply logs to the hnsw segment writer").
 */
export type Broken = 'unsearchable' | 'unreadable';

export interface RoundReport {
  readonly round: number;
  readonly steps: readonly { readonly step: string; readonly kind: DisturbanceKind; readonly hit: boolean }[];
  readonly records: number;
  readonly broken: Broken | null;
  /** The plan had not met the damage: the apply did, and failed with its name; or a closer plan after it. */
  readonly foundLate: boolean;
  /** Plans that failed because Chroma failed to read, before one was made. */
  readonly failedPlans: number;
  /** How it was mended: by the apply, or because the soak deleted the collection. */
  readonly healed: 'by apply' | 'by a restart of Chroma' | 'by deletion' | null;
  readonly embedded: number;
  /** By the apply that was let through when search had been broken, beyond what was new. */
  readonly embeddedAgain: number;
  /** Times that Chroma ended without being killed; it is started again, as a service manager does. */
  readonly crashes: number;
  readonly violations: readonly string[];
  readonly seconds: number;
}

/** Changes of round `number` of `seed`, without running anything: so that a replay comes to its round quickly. */
export function changeOnly(corpus: Corpus, seed: number, number: number): void {
  const random = seeded(seed, number, 1);
  for (const { change } of drawSteps(seeded(seed, number, 2))) {
    if (change > 0) corpus.change(random, change);
  }
  if (isEditedLast(random)) corpus.change(random, 0.05);
}

export async function runRound(
  rig: SoakRig,
  corpus: Corpus,
  seed: number,
  number: number,
  onStep: (step: string) => void = () => {},
): Promise<RoundReport> {
  const started = performance.now();
  const crashesBefore = rig.chroma.crashes;
  const violations: string[] = [];
  const steps: { step: string; kind: DisturbanceKind; hit: boolean }[] = [];
  const random = seeded(seed, number, 1);
  let embedded = 0;
  let again = 0;
  for (const step of drawSteps(seeded(seed, number, 2))) {
    if (step.change > 0) corpus.change(random, step.change);
    onStep(describe(step));
    const disturbed = await disturb(rig, step.disturbance);
    steps.push({ step: describe(step), kind: step.disturbance.kind, hit: disturbed.hit });
    violations.push(...unexpectedEnd(step, disturbed), ...paidTwice(describe(step), disturbed.embedded));
    embedded += disturbed.embedded.asked;
    again += disturbed.embedded.again;
  }
  if (isEditedLast(random)) corpus.change(random, 0.05);
  onStep('to the end');
  const last = await letThrough(rig);
  violations.push(...last.violations);
  const check = () =>
    unlessCrashed(
      rig,
      () => checkConverged(rig, seeded(seed, number, 3)),
      ({ violations: found }) => found.length === 0,
    );
  let checked = await check();
  const latent = checked.violations.length > 0 && isDamage(await rig.plan('content'));
  if (latent) {
    // Chroma's index went bad when it was next written, after the last look of the apply: a plan that looks closely
    // says so, and its apply mends it.
    let mended = await applyOnce(rig, 'content');
    violations.push(...paidTwice('mending', mended.embedded));
    if (mended.result.code !== 0) {
      // Vectors that were put again in place are still wrong, or others are: it says so, and the next builds anew.
      if (!saidSo(mended.result)) violations.push(`the damage was not named: ${tail(mended.result)}`);
      mended = await applyOnce(rig);
      violations.push(...paidTwice('mending', mended.embedded));
    }
    if (mended.result.code !== 0) violations.push(`exit ${mended.result.code}: ${tail(mended.result)}`);
    checked = await check();
  }
  return {
    round: number,
    steps,
    records: checked.records,
    broken: latent ? 'unsearchable' : last.broken,
    foundLate: last.late || latent,
    failedPlans: last.failedPlans,
    healed: latent ? 'by apply' : last.healed,
    embedded: embedded + last.embedded,
    embeddedAgain: again + last.again,
    crashes: rig.chroma.crashes - crashesBefore,
    violations: [...violations, ...checked.violations],
    seconds: (performance.now() - started) / 1000,
  };
}

/** Half of the last runs only go on; the others meet documents that changed once more. */
function isEditedLast(random: Random): boolean {
  return random.chance(0.5);
}

interface Look {
  readonly planned: PlanJson | undefined;
  readonly broken: Broken | null;
  /** Plans that failed because Chroma failed to read, before one was made. */
  readonly failed: number;
}

interface LetThrough {
  readonly late: boolean;
  readonly failedPlans: number;
  readonly broken: Broken | null;
  readonly healed: RoundReport['healed'];
  readonly embedded: number;
  readonly again: number;
  readonly violations: readonly string[];
}

/** Plans, then applies without interruption: what was planned is what is done. */
async function letThrough(rig: SoakRig): Promise<LetThrough> {
  const violations: string[] = [];
  const looked = await look(rig);
  const { failed } = looked;
  let { planned, broken } = looked;
  let healed: RoundReport['healed'] = broken === null ? null : 'by apply';
  let late = false;
  if (broken === 'unreadable') {
    await rig.chroma.kill();
    await rig.chroma.start();
    const again = await look(rig);
    planned = again.planned;
    if (again.broken !== 'unreadable') healed = 'by a restart of Chroma';
    // What a restart brought back may still not be searched.
    if (again.broken === 'unsearchable') broken = 'unsearchable';
  }
  let { result, embedded } = await applyOnce(rig);
  if (broken === 'unreadable' && planned === undefined) {
    // The collection is deleted, and made again from the cache.
    await chromaClient(rig.chroma.url).deleteCollection({ name: COLLECTION });
    healed = 'by deletion';
    violations.push('no apply mended it');
    ({ planned } = await look(rig));
    ({ result, embedded } = await applyOnce(rig));
  }
  if (result.code !== 0 && (await look(rig)).broken !== null) {
    // Damage that no look before it had met came to light when the run wrote, or looked at what it had written. It
    // said so, and so does the next plan; the next apply mends it.
    late = true;
    if (!saidSo(result)) violations.push(`the damage was not named: ${tail(result)}`);
    ({ planned, broken } = await look(rig));
    healed = 'by apply';
    ({ result, embedded } = await applyOnce(rig));
  }
  if (result.code !== 0) violations.push(`exit ${result.code}: ${tail(result)}`);
  else if (planned !== undefined) {
    violations.push(...asPlanned(planned, applyResult<ApplyResult>(result), embedded.asked));
  }
  violations.push(...paidTwice('to the end', embedded));
  return {
    broken,
    late,
    healed,
    failedPlans: failed,
    embedded: embedded.asked,
    again: embedded.again,
    violations,
  };
}

/** Looks that may fail before the collection is given up. */
const LOOKS = 5;

/** Chroma may fail the first reads after a kill, until it has got over what it was to replay. */
async function look(rig: SoakRig): Promise<Look> {
  for (let failed = 0; failed < LOOKS; failed++) {
    const before = rig.chroma.restarts;
    try {
      const planned = await rig.plan();
      return { planned, broken: isUnsearchable(planned) ? 'unsearchable' : null, failed };
    } catch (error) {
      if (!(error instanceof IngestError)) throw error;
      // A Chroma that ended by itself was out of reach; one that runs has no reason to be.
      const crashed = error.code === 'E401' && (await revived(rig, before));
      if (error.code !== 'E411' && !crashed) throw error;
    }
  }
  return { planned: undefined, broken: 'unreadable', failed: LOOKS };
}

/** A run that went wrong because of the damage names it, or what Chroma answered. */
function saidSo({ stdout, stderr }: CliResult): boolean {
  return /strict_sync_mismatch|unsearchable|E401|E402|E411|E414/.test(`${stdout}${stderr}`);
}

async function applyOnce(
  rig: SoakRig,
  verify?: VerifyLevel,
): Promise<Pick<Disturbed, 'result' | 'embedded'>> {
  const apply = async () => {
    const result = await rig.apply(verify).finished;
    return { result, embedded: rig.ledger.end() };
  };
  return unlessCrashed(rig, apply, ({ result }) => result.code === 0);
}

/** What did not go well because Chroma ended by itself under it is done again with one that runs. */
async function unlessCrashed<T>(
  rig: SoakRig,
  act: () => Promise<T>,
  wentWell: (done: T) => boolean,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    await rig.chroma.start();
    const before = rig.chroma.restarts;
    const done = await act();
    if (wentWell(done) || attempt === LOOKS || !(await revived(rig, before))) return done;
  }
}

/** Whether it was started again since, by its supervisor or now. False: it ran all the time. */
async function revived(rig: SoakRig, before: number): Promise<boolean> {
  await rig.chroma.start();
  return rig.chroma.restarts > before;
}

/** All that a close look finds is what a kill did to the index: it cannot be searched, or gives other vectors back. */
function isDamage(plan: PlanJson): boolean {
  const reasons = new Set(changesOf(plan).flatMap((change) => change.reasons));
  return isUnsearchable(plan) || (reasons.size === 1 && reasons.has('tampered'));
}

function isUnsearchable(plan: PlanJson): boolean {
  return plan.indexes.some((index) => index.live.status === 'unsearchable');
}

function asPlanned(planned: PlanJson, result: ApplyResult, asked: number): string[] {
  const { compute } = planned.summary.embed;
  const violations: string[] = [];
  if (asked !== compute) violations.push(`${compute} texts were to be embedded, ${asked} were`);
  if (result.upserted !== planned.summary.chunks.add) {
    violations.push(`${planned.summary.chunks.add} chunks were to be added, ${result.upserted} were`);
  }
  if (result.failed > 0) violations.push(`${result.failed} documents failed`);
  return violations;
}

function paidTwice(where: string, embedded: Disturbed['embedded']): string[] {
  const violations: string[] = [];
  if (embedded.inCache > 0)
    violations.push(`${where}: ${embedded.inCache} texts of the cache embedded again`);
  if (embedded.twice > 0) violations.push(`${where}: ${embedded.twice} texts embedded twice by one run`);
  return violations;
}

/** A killed run ends by its signal, an interrupted one by 130, one that lost its Chroma may fail: never as a bug. */
function unexpectedEnd(step: Step, { hit, result }: Disturbed): string[] {
  const { kind } = step.disturbance;
  const server = kind === 'server' || kind === 'server-in-flush';
  const said = `${result.stdout}${result.stderr}`;
  const violations: string[] = [];
  if (said.includes('bug in ingest')) violations.push(`${describe(step)} ended as a bug: ${tail(result)}`);
  const allowed: readonly unknown[] = server
    ? [0, 1, 5]
    : kind === 'sigkill'
      ? [0, null]
      : // Before the program listens, a signal ends it as it ends any.
        [0, 130, null];
  // What an earlier server kill broke is found by whichever run comes next.
  const brokenBefore = result.code === 1 && /unsearchable|E402|E411|E414|canar/i.test(said);
  if (!allowed.includes(result.code) && !brokenBefore) {
    violations.push(
      `${describe(step)}${hit ? '' : ' (missed)'} ended with ${result.code ?? result.signal}: ${tail(result)}`,
    );
  }
  return violations;
}

function tail({ stdout, stderr }: CliResult): string {
  return `${stdout}\n${stderr}`.trim().split('\n').slice(-4).join(' | ').slice(0, 600);
}
