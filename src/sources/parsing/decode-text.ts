/** Bytes -> normalised text with its content hash, or the reason why these bytes are no text. Pure. */
import { isUtf8 } from 'node:buffer';
import type { Refusal } from '../../domain/document.js';
import { sha256Hex } from '../../domain/hashing.js';
import { contentSha256 } from '../../domain/identity.js';
import { normaliseText } from '../../domain/text.js';
import { findInvalidUtf8 } from './find-invalid-utf8.js';

export type DecodedText =
  | { readonly kind: 'text'; readonly content_sha256: string; readonly text: string }
  /** The hash is of the raw bytes. */
  | ({ readonly kind: 'reject'; readonly content_sha256: string } & Refusal);

/** Where a NUL byte says "binary", as git decides it. */
const BINARY_WINDOW = 8 * 1024;

export function decodeText(bytes: Buffer): DecodedText {
  const fault = findFault(bytes);
  if (fault !== undefined) return { kind: 'reject', content_sha256: sha256Hex(bytes), ...fault };
  const text = normaliseText(bytes.toString('utf8'));
  return { kind: 'text', content_sha256: contentSha256(text), text };
}

/** The content hash alone: the same as `decodeText` gives, for most files without making a string. */
export function hashText(bytes: Buffer): string {
  const rawIsNormal = !startsWith(bytes, 0xef, 0xbb, 0xbf) && !bytes.includes('\r\n');
  return rawIsNormal ? sha256Hex(bytes) : decodeText(bytes).content_sha256;
}

function findFault(bytes: Buffer): Refusal | undefined {
  // UTF-16 is full of NUL bytes: say what it is before calling it binary.
  if (startsWith(bytes, 0xff, 0xfe) || startsWith(bytes, 0xfe, 0xff)) {
    return {
      code: 'invalid-utf8',
      detail: 'not UTF-8: it starts with the byte order mark of UTF-16; save the file as UTF-8',
    };
  }
  const nul = bytes.subarray(0, BINARY_WINDOW).indexOf(0);
  if (nul >= 0) return { code: 'binary', detail: `a NUL byte at offset ${nul}: this is not a text file` };
  if (isUtf8(bytes)) return undefined;
  const offset = findInvalidUtf8(bytes);
  const byte = bytes[offset];
  const found = byte === undefined ? 'the end of the file' : `byte 0x${byte.toString(16).padStart(2, '0')}`;
  return {
    code: 'invalid-utf8',
    detail: `not UTF-8: ${found} at offset ${offset}, line ${lineAt(bytes, offset)}`,
  };
}

function startsWith(bytes: Buffer, ...head: readonly number[]): boolean {
  return head.every((byte, index) => bytes[index] === byte);
}

function lineAt(bytes: Buffer, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(0x0a); at >= 0 && at < offset; at = bytes.indexOf(0x0a, at + 1)) line++;
  return line;
}
