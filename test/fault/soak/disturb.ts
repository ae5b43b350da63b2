/** Runs one apply and interrupts it, or its Chroma, as a script says. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CliResult, RunningCli } from '../../support/ingest-cli.js';
import type { Embedded } from './embedding-ledger.js';
import type { SoakRig } from './rig.js';
import type { Disturbance, Moment } from './script.js';

export interface Disturbed {
  /** False when the run had ended before. */
  readonly hit: boolean;
  readonly result: CliResult;
  readonly embedded: Embedded;
}

export async function disturb(rig: SoakRig, disturbance: Disturbance): Promise<Disturbed> {
  const seq = rig.lastSeq();
  const running = rig.apply();
  let ended = false;
  const finished = running.finished.finally(() => {
    ended = true;
  });
  const hit = await strike(rig, running, disturbance, seq, () => ended);
  const result = await finished;
  // It comes back when nobody waits for it any more.
  await rig.chroma.start();
  return { hit, result, embedded: rig.ledger.end() };
}

async function strike(
  rig: SoakRig,
  running: RunningCli,
  disturbance: Disturbance,
  seq: number,
  ended: () => boolean,
): Promise<boolean> {
  const { kind } = disturbance;
  if (kind === 'server-in-flush') {
    const flushing = await flushComes(rig, running);
    if (!flushing) return false;
    await sleep(disturbance.ms);
  } else if (!(await comes(rig, disturbance.moment, seq, ended))) return false;
  if (ended()) return false;
  switch (kind) {
    case 'sigkill':
      running.kill('SIGKILL');
      return true;
    case 'sigint':
      running.kill('SIGINT');
      return true;
    case 'sigint-twice':
      running.kill('SIGINT');
      await sleep(disturbance.gap);
      running.kill('SIGINT');
      return true;
    default:
      await rig.chroma.kill();
      if (disturbance.pause !== 'after the run') {
        await Promise.race([sleep(disturbance.pause), running.finished]);
        await rig.chroma.start();
      }
      return true;
  }
}

function flushComes(rig: SoakRig, running: RunningCli): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = rig.chroma.onFlush(() => {
      stop();
      resolve(true);
    });
    void running.finished.then(() => {
      stop();
      resolve(false);
    });
  });
}

/** Deletions come last. */
const EVENTS_OF = {
  approval: ['RUN_START'],
  end: ['DELETE_OLD_DONE', 'DELETE_STALE_BEGIN'],
} as const;

async function comes(rig: SoakRig, moment: Moment, seq: number, ended: () => boolean): Promise<boolean> {
  if (moment.at === 'approval' || moment.at === 'end') {
    const types: readonly string[] = EVENTS_OF[moment.at];
    while (!rig.events(seq).some((event) => types.includes(event.type))) {
      if (ended()) return false;
      await sleep(3);
    }
  }
  await sleep(moment.ms);
  return !ended();
}
