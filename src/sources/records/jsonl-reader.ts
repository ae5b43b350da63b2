/** Source type `jsonl`: one JSON object a line. */
import { isUtf8 } from 'node:buffer';
import { basename } from 'node:path';
import type { Source } from '../../domain/ports/source.js';
import type { JsonlSource } from '../../domain/source-spec.js';
import { describeIoError } from '../../platform/describe-io-error.js';
import { quoteBigIntegers } from './quote-big-integers.js';
import { readLines } from './read-lines.js';
import type { RawRecord, RecordReader } from './record-reader.js';
import { createRecordSource } from './record-source.js';

/** A record is held in memory as a whole. Bytes; 16 MiB. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

export function createJsonlSource(spec: JsonlSource): Source {
  return createRecordSource(spec, jsonlReader(spec.path));
}

function jsonlReader(path: string): RecordReader {
  const name = basename(path);
  return {
    root: path,
    async *read(_window, signal) {
      try {
        for await (const { number, bytes } of readLines(path, MAX_LINE_BYTES, signal)) {
          const record = recordOf(bytes, `${name}:${number}`, number === 1);
          if (record !== undefined) yield record;
        }
      } catch (error) {
        signal.throwIfAborted();
        yield { kind: 'unreadable', message: `${name} cannot be read: ${describeIoError(error)}` };
      }
    },
  };
}

/** Undefined: a blank line. */
function recordOf(bytes: Buffer | undefined, location: string, first: boolean): RawRecord | undefined {
  const malformed = (message: string): RawRecord => ({
    kind: 'malformed',
    bytes: bytes ?? location,
    location,
    message,
  });
  if (bytes === undefined) return malformed(`longer than ${MAX_LINE_BYTES} bytes (16 MiB)`);
  if (!isUtf8(bytes)) return malformed('not UTF-8');
  const text = bytes.toString('utf8');
  const json = (first && text.startsWith('\uFEFF') ? text.slice(1) : text).trim();
  if (json === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(quoteBigIntegers(json), MAY_OVERFLOW.test(json) ? finite : undefined);
  } catch (error) {
    return malformed(`not JSON: ${withoutExcerpt(error as Error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return malformed('not a JSON object');
  return { kind: 'record', fields: value as Record<string, unknown>, location };
}

const MAY_OVERFLOW = /\d[eE]\+?\d{3}|\d{309}/;

/** `1e999` is well-formed JSON, and no number that JSON can be written with again: it stays text. */
function finite(_key: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY ? String(value) : value;
}

/** The engine quotes what it stumbled over, which may be private. */
function withoutExcerpt({ message }: Error): string {
  const position = /at position \d+/.exec(message)?.[0];
  if (/end of JSON/i.test(message) || /Unterminated/i.test(message)) return 'it ends too early';
  return position === undefined ? 'unexpected character' : `unexpected character ${position}`;
}
