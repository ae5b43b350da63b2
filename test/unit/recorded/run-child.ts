/** A program of its own, for what one process cannot show: being killed, suspended, or one of twenty. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { closing } from './state-fixture.js';

export interface Child {
  readonly process: ChildProcess;
  /** The next line that it prints. */
  line(): Promise<string>;
  /** Tells it to go on. */
  say(text: string): void;
  /** Ends it at once, as a power cut would, and waits until it is gone. */
  killNow(): Promise<void>;
  ended(): Promise<number | null>;
}

const SCRIPT = fileURLToPath(new URL('./lease-child.ts', import.meta.url));

export function runChild(args: readonly string[], options: { uid?: number } = {}): Child {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), SCRIPT, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...options,
  });
  const exit = once(child, 'exit');
  closing({ close: () => child.kill('SIGKILL') });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    async line() {
      const next = await lines.next();
      return next.done === true ? '(ended)' : next.value;
    },
    say: (text) => child.stdin.write(`${text}\n`),
    async killNow() {
      child.kill('SIGKILL');
      await exit;
    },
    async ended() {
      await exit;
      return child.exitCode;
    },
  };
}
