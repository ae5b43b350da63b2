/** Documents as they are prepared, embedded ahead, and written in plan order. */
import type { IndexRun } from './index-run.js';
import { lookAhead } from './look-ahead.js';
import { type DocumentWork, type PreparedFailure, weightOf } from './work.js';
import { DocumentWriter } from './write-documents.js';

/** Chunks prepared and embedding ahead of the writer: a few batches, so that neither side waits. */
const AHEAD = 4000;

/** `produce` gets the signal that ends embedding: the run's own, or that nobody takes the vectors any more. */
export async function writeWorks(
  run: IndexRun,
  produce: (signal: AbortSignal) => AsyncGenerator<DocumentWork | PreparedFailure>,
  signal: AbortSignal,
): Promise<void> {
  // Embedding ahead ends with the writing, also when that fails.
  const ended = new AbortController();
  const works = produce(AbortSignal.any([signal, ended.signal]));
  const writer = new DocumentWriter(run);
  try {
    for await (const work of lookAhead(works, weightOf, AHEAD)) {
      if (run.stopped()) break;
      if (!('document' in work)) {
        fail(run, work.change.uri, work.failure);
        continue;
      }
      const outcome = await interruptible(work.vectors, run);
      run.embeddedMore();
      if (outcome === undefined) break;
      const [failure] = outcome.failures;
      if (failure === undefined) await writer.add(work, outcome.vectors);
      else fail(run, work.change.uri, `cannot be embedded: ${failure.error.message}`);
    }
    if (!run.stopped()) await writer.flush();
  } finally {
    ended.abort(new Error('the run ended'));
  }
}

/** A signal aborts embedding: that is an interruption, not an error. */
async function interruptible<T>(promise: Promise<T>, run: IndexRun): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (run.stopped()) return undefined;
    throw error;
  }
}

function fail(run: IndexRun, uri: string, message: string): void {
  run.transaction((tx) => tx.append(run.event('DOC_FAILED', { uri, message })));
  run.failed(uri, message);
}
