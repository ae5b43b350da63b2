/** Bytes of a document -> content hash and text, or why there is none. One way for every source type. */
import { isRefusal, type ReadResult } from '../../domain/document.js';
import { sha256Hex } from '../../domain/hashing.js';
import { decodeText, hashText } from './decode-text.js';
import { type Parser, parserNamed } from './parsers.js';

/** `path` is below the source's root. Never throws for what the document contains. */
export async function parseDocument(bytes: Buffer, parserName: string, path: string): Promise<ReadResult> {
  const parser = parserNamed(parserName);
  if (parser.takes === 'bytes') {
    return readResult(sha256Hex(bytes), await parser.parse(bytes, path));
  }
  const decoded = decodeText(bytes);
  if (decoded.kind === 'reject') return decoded;
  return readResult(decoded.content_sha256, await parser.parse(decoded.text, path));
}

/** The content hash alone, the same as `parseDocument` gives, without parsing. */
export function hashDocument(bytes: Buffer, parserName: string): string {
  return parserNamed(parserName).takes === 'bytes' ? sha256Hex(bytes) : hashText(bytes);
}

function readResult(content_sha256: string, result: Awaited<ReturnType<Parser['parse']>>): ReadResult {
  if (isRefusal(result)) return { kind: 'reject', content_sha256, code: result.code, detail: result.detail };
  return { kind: 'text', content_sha256, parsed: result };
}

/** With what it was made of, so that it can be made again. */
export function withBytes(made: ReadResult, bytes: Uint8Array): ReadResult {
  return made.kind === 'text' ? { ...made, bytes } : made;
}
