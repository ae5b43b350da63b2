/** The faults, and the injector that lets one of them strike at one call of a boundary. */
import { rmSync } from 'node:fs';
import { IngestError } from '../../../src/domain/errors.js';
import { WriteRejected, WriteUnknown } from '../../../src/domain/ports/live.js';
import { ProviderError } from '../../../src/embedding/provider-error.js';
import { Dropped, type Interceptor, Killed, type Step } from '../../support/intercepted-session.js';
import type { Boundary } from './boundaries.js';

export type FaultKind = 'request' | 'embed' | 'commit' | 'cache' | 'rename' | 'lease';

export type FaultName =
  | 'refused'
  | 'hangs'
  | 'answer lost'
  | 'answer lost once'
  | 'answered twice'
  | 'lands late'
  | 'killed, lands late'
  | 'asleep, taken over'
  | 'heartbeat lost'
  | 'killed before'
  | 'killed after';

/** Which faults a step of this kind can have. */
export const FAULTS: Readonly<Record<FaultKind, readonly FaultName[]>> = {
  request: [
    'refused',
    'hangs',
    'answer lost',
    'answer lost once',
    'answered twice',
    'lands late',
    'killed, lands late',
    'asleep, taken over',
    'killed before',
    'killed after',
  ],
  embed: ['refused', 'hangs', 'answer lost once', 'answered twice', 'killed before', 'killed after'],
  commit: ['refused', 'answer lost', 'killed before', 'killed after'],
  cache: ['refused', 'killed before', 'killed after'],
  rename: ['refused', 'answer lost', 'killed before', 'killed after'],
  lease: ['refused', 'heartbeat lost', 'killed before', 'killed after'],
};

export const WHY_NOT: Readonly<Record<Exclude<FaultKind, 'request'>, string>> = {
  embed: 'nothing to land late; it runs beside the writing, so a process falls asleep at a request to Chroma',
  commit: 'local and at once: it is in the file or not before it returns; a busy file is refused',
  cache: 'local and at once; it never fails a run, so an error is a vector that is not kept',
  rename: 'local and at once',
  lease:
    'local and at once; a heart that stops beating is `asleep, taken over`, at each request that can be on its way then',
};

export interface Strike {
  readonly boundary: Boundary;
  readonly fault: FaultName;
  /** Which call of the boundary, from 1. */
  readonly at: number;
  /** While the process sleeps. */
  readonly meanwhile: () => Promise<void>;
  readonly die: () => never;
  /** For `heartbeat lost`. */
  readonly heartbeats: () => readonly string[];
  /** Takes a request that is still on its way. */
  readonly late: (land: () => Promise<void>) => void;
}

/** From the call at which they strike on, until the run ends. */
const LASTING: ReadonlySet<FaultName> = new Set(['hangs', 'answer lost', 'lands late']);

/** Told of every request that reached its server, and of every call of a boundary. */
export interface Observer {
  reached(step: Step, answer?: unknown): void;
  asked(step: Step): void;
}

export class Injector implements Interceptor {
  calls = 0;
  struck = 0;
  dead = false;
  readonly #strike: Strike | undefined;
  readonly #observer: Observer;

  /** Undefined: nothing goes wrong. */
  constructor(strike: Strike | undefined, observer: Observer) {
    this.#strike = strike;
    this.#observer = observer;
  }

  async request<T>(step: Step, send: () => Promise<T>): Promise<T> {
    this.#breathe();
    this.#observer.asked(step);
    const sent = async (): Promise<T> => {
      const answer = await send();
      this.#observer.reached(step, answer);
      return answer;
    };
    const strike = this.#strikes(step);
    const answer = strike === undefined ? await sent() : await this.#fault(strike, step, sent);
    this.#breathe();
    return answer;
  }

  before(step: Step): void {
    this.#breathe();
    this.#observer.asked(step);
    const strike = this.#strikes(step);
    if (strike?.fault === 'killed before') this.#die(strike);
    if (strike?.fault === 'refused') throw refusal(step);
    if (strike !== undefined) this.#pending = strike;
  }

  after(step: Step): void {
    this.#observer.reached(step);
    const strike = this.#pending;
    this.#pending = undefined;
    if (strike?.fault === 'killed after') this.#die(strike);
    if (strike?.fault === 'answer lost') throw refusal(step);
    if (strike?.fault === 'heartbeat lost') for (const file of strike.heartbeats()) rmSync(file);
  }

  reading(): void {
    this.#breathe();
  }

  #pending: Strike | undefined;

  #strikes(step: Step): Strike | undefined {
    const strike = this.#strike;
    if (strike === undefined || !strike.boundary.is(step)) return undefined;
    this.calls++;
    const now = LASTING.has(strike.fault) ? this.calls >= strike.at : this.calls === strike.at;
    if (!now) return undefined;
    this.struck++;
    return strike;
  }

  async #fault<T>(strike: Strike, step: Step, send: () => Promise<T>): Promise<T> {
    switch (strike.fault) {
      case 'refused':
        throw refusal(step);
      case 'hangs':
        throw noAnswer(step);
      case 'answer lost':
      case 'answer lost once':
        await send();
        throw noAnswer(step);
      case 'answered twice':
        await send();
        return send();
      case 'lands late':
        if (this.struck === 1) strike.late(() => send().then(() => {}));
        throw noAnswer(step);
      case 'killed, lands late':
        strike.late(() => send().then(() => {}));
        return this.#die(strike);
      case 'asleep, taken over':
        await strike.meanwhile();
        return send();
      case 'killed before':
        return this.#die(strike);
      case 'killed after':
        await send();
        return this.#die(strike);
      case 'heartbeat lost':
        throw new TypeError('only a lease has a heartbeat');
    }
  }

  #die(strike: Strike): never {
    this.dead = true;
    return strike.die();
  }

  #breathe(): void {
    if (this.dead) throw new Killed('already dead');
  }
}

function noAnswer(step: Step): Error {
  if (step.port === 'embed') return new ProviderError('timeout', 'no answer in time');
  return new WriteUnknown(`no answer in time to ${step.port}`);
}

function refusal(step: Step): Error {
  switch (step.port) {
    case 'embed':
      return new ProviderError('fatal', 'status 401: the key is not valid');
    case 'cache':
      return new Dropped('the disk is full');
    case 'rename':
      return Object.assign(new Error('ENOSPC: no space left on device'), {
        code: 'ENOSPC',
        syscall: 'rename',
      });
    case 'commit':
    case 'lease':
      return new IngestError('E501', 'the recorded state cannot grow: the disk is full', {
        kind: 'world',
        advice: 'Make room and run again; nothing of this step was kept.',
      });
    default:
      return new WriteRejected(`Chroma rejected ${step.port}`);
  }
}
