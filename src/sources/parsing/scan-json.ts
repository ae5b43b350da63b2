/**
 * Reads JSON without building it: is it well formed, and where not? Comments and trailing commas are let
 * through, as editors let them through in `tsconfig.json`. No recursion and no objects, so neither depth nor a
 * key such as `__proto__` does harm.
 */

/** Offsets are UTF-16 units. */
export type JsonScan =
  | { readonly kind: 'json'; readonly twice: { readonly key: string; readonly offset: number } | undefined }
  | { readonly kind: 'malformed' | 'too-deep'; readonly offset: number; readonly reason: string };

export interface JsonToken {
  readonly kind: 'open' | 'close' | 'comma' | 'colon' | 'scalar' | 'comment';
  readonly text: string;
}

const MAX_JSON_DEPTH = 1_000;

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9a-zA-Z_.])/y;
const LITERAL = /(?:true|false|null)(?![0-9a-zA-Z_])/y;

interface Open {
  readonly closer: '}' | ']';
  /** Of an object: the keys so far, as they are written. */
  readonly keys: Set<string> | undefined;
}

/** What may stand here. */
type Expected = 'value' | 'value or ]' | 'key or }' | 'key' | ':' | ', or close' | 'end';

/** `onToken` sees every token of well-formed text in order, and those before the fault of any other. */
export function scanJson(text: string, onToken?: (token: JsonToken) => void): JsonScan {
  const open: Open[] = [];
  let twice: { key: string; offset: number } | undefined;
  let expected: Expected = 'value';
  let at = 0;
  const emit = (kind: JsonToken['kind'], end: number): void => {
    onToken?.({ kind, text: text.slice(at, end) });
    at = end;
  };
  const behindValue = (): Expected => (open.length === 0 ? 'end' : ', or close');
  for (;;) {
    at = behindSpace(text, at);
    const unit = text[at];
    if (unit === undefined) break;
    if (unit === '/') {
      const end = behindComment(text, at);
      if (end === undefined) return malformed(at, expected, open);
      emit('comment', end);
      continue;
    }
    const frame = open.at(-1);
    if (expected === ':') {
      if (unit !== ':') return malformed(at, expected, open);
      emit('colon', at + 1);
      expected = 'value';
    } else if (expected === ', or close') {
      if (unit === ',') {
        emit('comma', at + 1);
        expected = frame?.keys === undefined ? 'value or ]' : 'key or }';
      } else if (unit === frame?.closer) {
        open.pop();
        emit('close', at + 1);
        expected = behindValue();
      } else return malformed(at, expected, open);
    } else if ((expected === 'key or }' || expected === 'value or ]') && unit === frame?.closer) {
      open.pop();
      emit('close', at + 1);
      expected = behindValue();
    } else if (expected === 'key' || expected === 'key or }') {
      const end = unit === '"' ? behindString(text, at) : undefined;
      if (end === undefined) return malformed(at, expected, open);
      const key = text.slice(at, end);
      if (frame?.keys?.has(key) === true) twice ??= { key, offset: at };
      frame?.keys?.add(key);
      emit('scalar', end);
      expected = ':';
    } else if (expected === 'end') {
      return malformed(at, expected, open);
    } else if (unit === '{' || unit === '[') {
      if (open.length === MAX_JSON_DEPTH) {
        return { kind: 'too-deep', offset: at, reason: `nested deeper than ${MAX_JSON_DEPTH}` };
      }
      open.push(unit === '{' ? { closer: '}', keys: new Set() } : { closer: ']', keys: undefined });
      emit('open', at + 1);
      expected = unit === '{' ? 'key or }' : 'value or ]';
    } else {
      const end = behindString(text, at) ?? match(NUMBER, text, at) ?? match(LITERAL, text, at);
      if (end === undefined) return malformed(at, expected, open);
      emit('scalar', end);
      expected = behindValue();
    }
  }
  return expected === 'end' ? { kind: 'json', twice } : malformed(at, expected, open);
}

function malformed(offset: number, expected: Expected, open: readonly Open[]): JsonScan {
  const closer = open.at(-1)?.closer ?? '';
  const reason = expected === 'end' ? 'nothing more after the value' : expected.replace('close', closer);
  return { kind: 'malformed', offset, reason: `expected ${reason}` };
}

function behindSpace(text: string, from: number): number {
  let at = from;
  for (
    let unit = text.charCodeAt(at);
    unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
    unit = text.charCodeAt(at)
  )
    at++;
  return at;
}

function behindComment(text: string, at: number): number | undefined {
  const line = text.startsWith('//', at);
  if (!line && !text.startsWith('/*', at)) return undefined;
  const end = text.indexOf(line ? '\n' : '*/', at + 2);
  if (end < 0) return line ? text.length : undefined;
  return line ? end : end + 2;
}

/** By hand: a pattern with alternatives runs out of stack on a string of megabytes. */
function behindString(text: string, from: number): number | undefined {
  if (text.charCodeAt(from) !== QUOTE) return undefined;
  for (let at = from + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) return at + 1;
    if (unit < 0x20) return undefined;
    if (unit !== BACKSLASH) continue;
    const end = match(ESCAPE, text, at);
    if (end === undefined) return undefined;
    at = end - 1;
  }
  return undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
