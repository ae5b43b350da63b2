/** Members of JSON as declarations: those that hold an object or a list are units, named by their key. */
import type { SourceLines } from '../source-lines.js';
import { type Declaration, type Grammar, label, MAX_DEPTH, OutlineBuilder } from './grammar.js';

interface Unit {
  readonly label: string;
  readonly first: number;
  end: number;
}

/** Elements of a list have no name of their own: a number would change with every insertion before it. */
export const JSON_GRAMMAR: Grammar = { outline: readMembers };

function readMembers(source: SourceLines): readonly Declaration[] {
  const units: Unit[] = [];
  const open: (Unit | undefined)[] = [];
  let key: { readonly text: string; readonly at: number } | undefined;
  const { text } = source;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      const end = behindString(text, at);
      key = { text: text.slice(at + 1, Math.max(at + 1, end - 1)), at };
      at = end - 1;
    } else if (unit === SLASH) {
      at = behindComment(text, at) - 1;
    } else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      // The outermost is the file itself.
      const known = open.length === 0 || open.length > MAX_DEPTH;
      const started = known ? undefined : start(source, key, at);
      if (started !== undefined) units.push(started);
      open.push(started);
      key = undefined;
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) {
      const closed = open.pop();
      if (closed !== undefined) closed.end = source.lineAt(at) + 1;
      key = undefined;
    } else if (unit === COMMA) key = undefined;
  }
  const builder = new OutlineBuilder();
  for (const { label: name, first, end } of units) builder.add(name, first, end, () => false);
  return builder.declarations;
}

function start(source: SourceLines, key: { text: string; at: number } | undefined, at: number): Unit {
  const first = source.lineAt(key?.at ?? at);
  return { label: key === undefined ? '' : label('', key.text), first, end: first };
}

const QUOTE = 0x22;
const SLASH = 0x2f;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

function behindString(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text.charCodeAt(end) !== QUOTE && text.charCodeAt(end) !== 0x0a) {
    end += text.charCodeAt(end) === 0x5c ? 2 : 1;
  }
  return Math.min(text.length, end + 1);
}

function behindComment(text: string, at: number): number {
  if (text.startsWith('//', at)) {
    const end = text.indexOf('\n', at);
    return end < 0 ? text.length : end;
  }
  if (!text.startsWith('/*', at)) return at + 1;
  const end = text.indexOf('*/', at + 2);
  return end < 0 ? text.length : end + 2;
}
