/** The lines of a file as bytes, one at a time: memory is bounded by the longest that is allowed. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its end; undefined: longer than allowed, and left out. */
  readonly bytes: Buffer | undefined;
}

const LF = 0x0a;
const CR = 0x0d;

/** `.gz` by name is unpacked. @throws what the file system or zlib throws */
export async function* readLines(path: string, maxBytes: number, signal: AbortSignal): AsyncGenerator<Line> {
  const file = createReadStream(path, { signal });
  const gunzip = path.endsWith('.gz') ? createGunzip() : undefined;
  if (gunzip !== undefined) {
    file.on('error', (error) => gunzip.destroy(error));
    file.pipe(gunzip);
  }
  let number = 0;
  let parts: Buffer[] = [];
  let length = 0;
  const take = (): Line => {
    number++;
    const bytes = length > maxBytes ? undefined : withoutReturn(Buffer.concat(parts));
    parts = [];
    length = 0;
    return { number, bytes };
  };
  try {
    for await (const chunk of (gunzip ?? file) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
        add(chunk.subarray(from, end));
        yield take();
        from = end + 1;
      }
      add(chunk.subarray(from));
    }
    if (length > 0) yield take();
  } finally {
    file.destroy();
    gunzip?.destroy();
  }

  function add(part: Buffer): void {
    if (part.length === 0) return;
    length += part.length;
    // A line that is too long is only counted.
    if (length > maxBytes) parts = [];
    else parts.push(part);
  }
}

function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
}
