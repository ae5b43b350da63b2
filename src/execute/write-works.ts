/** Documents as they are prepared, embedded ahead, and written in plan order. */
import { IngestError } from '../domain/errors.js';
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
  const works = untilUnkept(produce(AbortSignal.any([signal, ended.signal])));
  const writer = new DocumentWriter(run);
  try {
    for await (const work of lookAhead(works.items, weightOf, AHEAD)) {
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
    if (!run.stopped()) await flush(writer, works.unkept());
  } finally {
    ended.abort(new Error('the run ended'));
  }
}

/** What was prepared before an input could not be kept is paid for, and is written before the run ends with that. */
async function flush(writer: DocumentWriter, unkept: IngestError | undefined): Promise<void> {
  try {
    await writer.flush();
  } catch (error) {
    // The first failure is the cause.
    throw unkept ?? error;
  }
  if (unkept !== undefined) throw unkept;
}

/** Ends where an input cannot be kept, and then says so. With any other failure there is nobody to write to. */
function untilUnkept<T>(items: AsyncIterable<T>): {
  readonly items: AsyncGenerator<T>;
  unkept(): IngestError | undefined;
} {
  let unkept: IngestError | undefined;
  async function* kept(): AsyncGenerator<T> {
    try {
      yield* items;
    } catch (error) {
      if (!(error instanceof IngestError && error.code === 'E509')) throw error;
      unkept = error;
    }
  }
  return { items: kept(), unkept: () => unkept };
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
