/**
 * The rows of a file of delimited values as text, each with its lines: a quote that is open at the end of a line goes on
 * in the next. Whether a row is well formed others judge; of one that is not, the further lines can be read again.
 */
import { isUtf8 } from 'node:buffer';
import type { Line } from '../read-lines.js';

export interface Row {
  readonly text: string;
  /** First and last, from 1. */
  readonly lines: readonly [first: number, last: number];
  /** Why it cannot be read, whatever its text. */
  readonly damage: string | undefined;
}

/** Of one row; it is held in memory as a whole. Bytes; 16 MiB. */
export const MAX_ROW_BYTES = 16 * 1024 * 1024;

const QUOTE = 0x22;
const SPACE = 0x20;
const LF = Buffer.from('\n');
const BOM = Buffer.from('\uFEFF');
const NEVER_CLOSED = 'a quote is opened and never closed';

export class RowSplitter {
  readonly #lines: AsyncIterator<Line>;
  readonly #quoted: boolean;
  /** Lines that were read and may be wanted again, and which of them is next. */
  #kept: Line[] = [];
  #next = 0;

  constructor(lines: AsyncIterable<Line>, quoting: 'rfc4180' | 'none') {
    this.#lines = lines[Symbol.asyncIterator]();
    this.#quoted = quoting === 'rfc4180';
  }

  /** The next row that is not blank; undefined at the end. */
  async take(): Promise<Row | undefined> {
    for (let first = await this.#line(0); first !== undefined; first = await this.#line(0)) {
      if (!isBlank(first)) return await this.#rowFrom(first);
      this.#next++;
    }
    return undefined;
  }

  /** Goes on with the line of this number, which was read after the last `release`. */
  rewind(line: number): void {
    const [first] = this.#kept;
    if (first !== undefined) this.#next = line - first.number;
  }

  /** What was taken is not wanted again. */
  release(): void {
    this.#kept = this.#kept.slice(this.#next);
    this.#next = 0;
  }

  async close(): Promise<void> {
    await this.#lines.return?.();
  }

  async #rowFrom(first: Line): Promise<Row> {
    let count = 1;
    let size = first.bytes?.length ?? 0;
    for (let open = this.#flips(first); open; count++) {
      const line = await this.#line(count);
      size += line?.bytes?.length ?? 0;
      // Then the fault is with the line that opens it, and the others are rows of their own.
      if (line === undefined) return this.#row(1, NEVER_CLOSED);
      if (line.bytes === undefined || size > MAX_ROW_BYTES)
        return this.#row(1, `${NEVER_CLOSED} within 16 MiB`);
      if (this.#flips(line)) open = false;
    }
    return this.#row(count, undefined);
  }

  #row(count: number, fault: string | undefined): Row {
    const lines = this.#kept.slice(this.#next, this.#next + count);
    this.#next += count;
    const first = lines[0]?.number ?? 0;
    const parts = lines.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [LF, bytes]));
    const readable = parts.filter((part) => part !== undefined);
    const bytes = Buffer.concat(readable);
    const damage =
      readable.length < parts.length ? 'longer than 16 MiB' : isUtf8(bytes) ? undefined : 'not UTF-8';
    return { text: bytes.toString('utf8'), lines: [first, first + count - 1], damage: fault ?? damage };
  }

  /** Whether a value in quotes that is open before this line is closed after it, and the other way round. */
  #flips({ bytes }: Line): boolean {
    if (!this.#quoted || bytes === undefined) return false;
    let odd = false;
    for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) odd = !odd;
    return odd;
  }

  async #line(ahead: number): Promise<Line | undefined> {
    const index = this.#next + ahead;
    while (this.#kept.length <= index) {
      const next = await this.#lines.next();
      if (next.done === true) return undefined;
      this.#kept.push(next.value.number === 1 ? withoutMark(next.value) : next.value);
    }
    return this.#kept[index];
  }
}

function withoutMark({ number, bytes }: Line): Line {
  const marked = bytes?.subarray(0, BOM.length).equals(BOM) ?? false;
  return { number, bytes: marked ? bytes?.subarray(BOM.length) : bytes };
}

function isBlank({ bytes }: Line): boolean {
  return bytes?.every((byte) => byte === SPACE) ?? false;
}
