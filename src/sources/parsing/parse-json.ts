/**
 * JSON, version 1: a file is one document, and its text stays as it is written; its keys become the heading
 * path of its chunks. Only what was written for machines, in lines that nobody reads, is laid out anew.
 */
import type { ParsedText, Refusal } from '../../domain/document.js';
import type { Warning } from '../../domain/warning.js';
import { positionAt } from './position.js';
import { type JsonToken, scanJson } from './scan-json.js';

/** UTF-16 units. */
const LONG_LINE = 1_000;
/** More is not laid out: the result would be several times as large. */
const MAX_LAYOUT = 2_000_000;
const MAX_INDENT = 12;

/** Takes normalised text. */
export function parseJson(text: string): ParsedText | Refusal {
  if (text.trim() === '') return { text: '', first_line: 1, metadata: {}, warnings: [] };
  const lines: JsonLayout | undefined =
    hasLongLine(text) && text.length <= MAX_LAYOUT ? new JsonLayout() : undefined;
  const scan = scanJson(text, lines && ((token) => lines.add(token)));
  if (scan.kind !== 'json') {
    const where = positionAt(text, scan.offset);
    const deep = scan.kind === 'too-deep';
    return {
      code: deep ? 'too-complex' : 'malformed',
      detail: `${deep ? '' : 'not JSON: '}line ${where.line}, column ${where.column}: ${scan.reason}`,
    };
  }
  const warnings = scan.twice === undefined ? [] : [keyTwice(text, scan.twice)];
  return { text: lines?.text() ?? text, first_line: 1, metadata: {}, warnings };
}

function hasLongLine(text: string): boolean {
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    if (end - start > LONG_LINE) return true;
    start = end + 1;
  }
  return text.length - start > LONG_LINE;
}

/** Which of the two counts differs from reader to reader; both are in the text. */
function keyTwice(text: string, { key, offset }: { key: string; offset: number }): Warning {
  const { line, column } = positionAt(text, offset);
  return {
    key: 'json-key-twice',
    message: 'a key stands twice in one object of a JSON file; both are indexed',
    detail: `line ${line}, column ${column}: ${key.length > 60 ? `${key.slice(0, 60).toWellFormed()}…` : key}`,
    functional: false,
  };
}

/** One member or element a line, indented; every value as it was written, so no number is rounded. */
class JsonLayout {
  readonly #parts: string[] = [];
  #depth = 0;
  #afterOpen = false;

  add({ kind, text }: JsonToken): void {
    switch (kind) {
      case 'open':
        this.#put(text);
        this.#depth++;
        this.#afterOpen = true;
        return;
      case 'close':
        this.#depth--;
        if (!this.#afterOpen) this.#newLine();
        this.#afterOpen = false;
        this.#parts.push(text);
        return;
      case 'comma':
        this.#parts.push(text);
        this.#newLine();
        return;
      case 'colon':
        this.#parts.push(': ');
        return;
      case 'scalar':
        this.#put(text);
        return;
      case 'comment':
        this.#put(text);
        this.#newLine();
    }
  }

  text(): string {
    return this.#parts.join('');
  }

  #put(text: string): void {
    if (this.#afterOpen) this.#newLine();
    this.#afterOpen = false;
    this.#parts.push(text);
  }

  #newLine(): void {
    this.#parts.push(`\n${'  '.repeat(Math.min(this.#depth, MAX_INDENT))}`);
  }
}
