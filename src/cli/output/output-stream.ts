/** stdout or stderr, whose reader may go away (`| head`, a closed terminal) or whose disk may be full at any moment. */
import { IngestError } from '../../domain/errors.js';

/** Nobody reads any more, and that is their right. EIO is a terminal that was closed, EOF a pipe on Windows. */
const GONE: ReadonlySet<string> = new Set([
  'EPIPE',
  'ECONNRESET',
  'EIO',
  'EOF',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

export class OutputStream {
  readonly #stream: NodeJS.WriteStream;
  readonly #onFailure: (failure: IngestError) => void;
  #failure: unknown;

  /** @param onFailure called once, with what `failure` is from then on */
  constructor(stream: NodeJS.WriteStream, onFailure: (failure: IngestError) => void = () => {}) {
    this.#stream = stream;
    this.#onFailure = onFailure;
    // oclif's own listener throws whatever is not EPIPE: a full disk would end an apply in the middle.
    stream.removeAllListeners('error');
    stream.on('error', (error) => this.#failed(error));
  }

  /** Nothing that is written arrives any more; whoever only writes may stop. */
  get closed(): boolean {
    return this.#failure !== undefined;
  }

  /** What must be said about it: a full disk, not a reader that went away. */
  get failure(): IngestError | undefined {
    if (this.#failure === undefined) return undefined;
    const { code = 'unknown' } = this.#failure as NodeJS.ErrnoException;
    if (GONE.has(code)) return undefined;
    const why = code === 'ENOSPC' ? 'the disk is full (ENOSPC)' : `the operating system answered ${code}`;
    return new IngestError('E701', `the output cannot be written: ${why}`, {
      kind: 'world',
      advice: 'What the command does was done all the same. Make room, or write the output elsewhere.',
      cause: this.#failure,
    });
  }

  /** Resolves when the system took it, so that a slow reader slows the writer. Never fails: see closed. */
  write(text: string): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.write(text, (error) => {
        if (error != null) this.#failed(error);
        resolve();
      });
    });
  }

  #failed(error: unknown): void {
    if (this.closed) return;
    this.#failure = error;
    if (this.failure !== undefined) this.#onFailure(this.failure);
  }
}
