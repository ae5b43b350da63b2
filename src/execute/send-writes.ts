/** Sends one write, again if its answer was lost: ids are deterministic, so doing it twice is doing it once. */
import { IngestError } from '../domain/errors.js';
import type { Clock } from '../domain/ports/clock.js';
import { WriteRejected, WriteUnknown } from '../domain/ports/live.js';

const TRIES = 5;
const FIRST_WAIT_MS = 500;

/**
 * Resolves when Chroma confirmed. `answers` is asked after a time-out: no try but the first waits for a Chroma that
 * hangs. `onUnknown` records that the request may or may not have landed, before
 * it is sent again. @throws WriteRejected at once; IngestError E401 when tries are used up. Between tries a
 * signal stops it: the request in flight is always awaited.
 */
export async function sendWrite(
  send: () => Promise<void>,
  onUnknown: () => void,
  answers: () => Promise<boolean>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await send();
      return;
    } catch (error) {
      const lost = error instanceof WriteUnknown || (error instanceof IngestError && error.code === 'E401');
      if (!lost) throw error;
      onUnknown();
      if (signal.aborted) throw error;
      if (attempt >= TRIES) throw gaveUp(error);
      if (error instanceof WriteUnknown && error.timedOut && !(await answers())) throw hangs(error);
      await clock.sleep(FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + clock.random()), signal);
    }
  }
}

/** The request itself was refused: its content is at fault, not the connection. */
export function isPoison(error: unknown): error is Error {
  return error instanceof WriteRejected || (error instanceof IngestError && error.code === 'E406');
}

function hangs(error: Error): IngestError {
  return new IngestError('E401', `${error.message}, and Chroma gives no answer to a count either`, {
    kind: 'world',
    advice:
      'It hangs, as one can that was killed in the middle of a flush: look into its log, restart it, and run again. What was confirmed is recorded, and what is in doubt is looked at first.',
    cause: error,
  });
}

function gaveUp(error: Error): IngestError {
  if (error instanceof IngestError) return error;
  if (error instanceof WriteUnknown && error.damaged) {
    return new IngestError('E414', `${error.message} (${TRIES} tries)`, {
      kind: 'world',
      advice: 'The search index is damaged. Run again: the next plan builds the collection anew beside it.',
      cause: error,
    });
  }
  return new IngestError('E401', `${error.message} (${TRIES} tries)`, {
    kind: 'world',
    advice:
      'Run again: what was confirmed is recorded, and what is in doubt is looked at first. A Chroma that hangs must be restarted before.',
    cause: error,
  });
}
