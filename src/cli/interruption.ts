/** Ctrl-C: the first asks to stop after the request in flight, the second stops at once (safe as well). */
import { EXIT } from '../domain/results.js';

export interface Interruption {
  readonly signal: AbortSignal;
  readonly interrupted: boolean;
  /** What the first signal says on the terminal; commands that write say more. */
  announce: () => void;
  dispose(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function watchInterruption(): Interruption {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new Error(name));
    interruption.announce();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  const interruption = {
    signal: controller.signal,
    get interrupted() {
      return controller.signal.aborted;
    },
    announce: () => {},
    dispose() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
  return interruption;
}
