/**
 * Ctrl-C: the first asks to stop, the second stops at once (safe as well). While nothing is written, requests in flight
 * are given up with the first; once a plan is carried out they are finished, and what they brought is recorded.
 */
import { EXIT } from '../domain/results.js';

export interface Interruption {
  readonly signal: AbortSignal;
  /** Ends requests in flight. */
  readonly giveUp: AbortSignal;
  readonly interrupted: boolean;
  /** From now on requests in flight are finished, and the first signal calls `announce`. */
  finishRequests(announce: () => void): void;
  dispose(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function watchInterruption(): Interruption {
  const stop = new AbortController();
  const giveUp = new AbortController();
  let finishing: (() => void) | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    const reason = new Error(name);
    stop.abort(reason);
    if (finishing === undefined) giveUp.abort(reason);
    else finishing();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: stop.signal,
    giveUp: giveUp.signal,
    get interrupted() {
      return stop.signal.aborted;
    },
    finishRequests(announce) {
      finishing = announce;
    },
    dispose() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
