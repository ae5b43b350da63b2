/** An input that is held in memory as a whole: its bytes or why there are none -> what its source answers. */
import type { ReadResult } from '../../domain/document.js';
import type { ContentHash } from '../../domain/ports/source.js';
import { withBytes } from './parse-document.js';

/** Larger inputs are rejected. Bytes; 100 MiB. */
export const MAX_INPUT_BYTES = 100 * 1024 * 1024;

export type InputBytes =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** `sha256`: hex, of what was not kept, or standing for what nobody downloads. `size` in bytes. */
  | { readonly kind: 'too-large'; readonly sha256: string; readonly size: number }
  | { readonly kind: 'unreadable'; readonly message: string };

export async function readInput(
  input: InputBytes,
  parse: (bytes: Buffer) => Promise<ReadResult>,
): Promise<ReadResult> {
  switch (input.kind) {
    case 'unreadable':
      return input;
    case 'too-large': {
      const detail = `${input.size} bytes; the limit is ${MAX_INPUT_BYTES} (100 MiB)`;
      return { kind: 'reject', content_sha256: input.sha256, code: 'too-large', detail };
    }
    case 'bytes':
      return withBytes(await parse(input.bytes), input.bytes);
  }
}

/** The content hash that `readInput` gives, without parsing. */
export function hashInput(input: InputBytes, hash: (bytes: Buffer) => string): ContentHash {
  switch (input.kind) {
    case 'unreadable':
      return { unreadable: input.message };
    case 'too-large':
      return { content_sha256: input.sha256 };
    case 'bytes':
      return { content_sha256: hash(input.bytes) };
  }
}
