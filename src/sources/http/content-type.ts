/** What a page is, by what the server says of it: its parser, and its text in UTF-8. Pure. */
import { isUtf8 } from 'node:buffer';
import { type Parser, parserFor, parserNamed } from '../parsing/parsers.js';

const PARSER_OF: Readonly<Record<string, string>> = {
  'text/html': 'html',
  'text/markdown': 'markdown',
  'text/x-markdown': 'markdown',
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/json': 'json',
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
};

/** Servers say these of what they know nothing about. */
const UNKNOWN: ReadonlySet<string> = new Set(['', 'application/octet-stream', 'binary/octet-stream']);

/** `text/html`, in small letters, without parameters. */
export function mediaType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

/** Undefined: not supported. The extension of the path decides where the server does not. */
export function parserOfPage(contentType: string, path: string): Parser | undefined {
  const type = mediaType(contentType);
  const named = Object.hasOwn(PARSER_OF, type) ? PARSER_OF[type] : undefined;
  if (named !== undefined) return parserNamed(named);
  const byName = parserFor(path);
  if (UNKNOWN.has(type)) return byName;
  if (!type.startsWith('text/')) return undefined;
  if (byName?.takes === 'text') return byName;
  return type === 'text/plain' ? parserNamed('text') : undefined;
}

/** Bytes as the parsers of files take them: text in whatever charset is declared as UTF-8. */
export function toUtf8(bytes: Buffer, contentType: string, parser: Parser): Buffer {
  if (parser.takes === 'bytes') return bytes;
  const label = charsetOf(bytes, contentType, parser.name === 'html');
  if (label === undefined || /^utf-?8$/i.test(label)) return bytes;
  // Many say what their editor said, and wrote UTF-8 all the same.
  if (isUtf8(bytes) && !isAscii(bytes)) return bytes;
  try {
    return Buffer.from(new TextDecoder(label).decode(bytes), 'utf8');
  } catch {
    // No charset of this name: then it is judged as UTF-8.
    return bytes;
  }
}

function charsetOf(bytes: Buffer, contentType: string, html: boolean): string | undefined {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  const declared = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1];
  if (declared !== undefined || !html) return declared;
  return /<meta[^>]{0,200}charset\s*=\s*["']?([\w.:-]+)/i.exec(bytes.toString('latin1', 0, 1024))?.[1];
}

function isAscii(bytes: Buffer): boolean {
  return bytes.every((byte) => byte < 0x80);
}
