/** Runs code on input that somebody else wrote: a pattern that backtracks without end, or a schema that refers to itself. */
import { createContext, Script } from 'node:vm';

const CALL = new Script('call()');

/** `undefined`: it took longer than `ms`, or deeper than the stack. The engine interrupts also a single match. */
export function runBounded<T>(fn: () => T, ms: number): { readonly value: T } | undefined {
  let value: { readonly value: T } | undefined;
  const call = (): void => {
    value = { value: fn() };
  };
  try {
    CALL.runInContext(createContext({ call }), { timeout: ms });
  } catch (error) {
    // Made in the other context, so no instance of our Error.
    const slow = (error as { readonly code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    if (!slow && !(error instanceof RangeError)) throw error;
  }
  return value;
}
