/** Declarations from a Lezer tree. Lezer's parsers go on behind errors, so half a file still has an outline. */
import type { Parser, PartialParse, SyntaxNode, SyntaxNodeRef, Tree } from '@lezer/common';
import type { SourceLines } from '../source-lines.js';
import { type Declaration, type Grammar, label, OutlineBuilder } from './grammar.js';

export interface LanguageRules {
  /** Word in front of the name, by node type. */
  readonly kinds: Readonly<Record<string, string>>;
  /** Node types that hold a declaration's name; the first one found counts. */
  readonly names: readonly string[];
  /** Node types in which the name may stand further in. */
  readonly through?: readonly string[];
  /** Node types around a declaration that belong to it: exports, decorators, templates. */
  readonly wrappers?: readonly string[];
  /** Node types that count only at the top of a file: what a function keeps for itself names nothing. */
  readonly topOnly?: readonly string[];
  /** Node types that are named by everything up to this node: `impl Display for Point`. */
  readonly upTo?: Readonly<Record<string, string>>;
}

export function lezerGrammar(parser: Parser, rules: LanguageRules): Grammar {
  return { outline: (source) => readOutline(source, parser, rules) };
}

/** Steps of a parse that may go into getting over errors: a header full of macros needs some 1,500. */
const MAX_RECOVERY = 5_000;
/** Declarations deeper in the tree are not looked for; the deepest that people write lie at about 40. */
const MAX_TREE_DEPTH = 200;

function readOutline(source: SourceLines, parser: Parser, rules: LanguageRules): readonly Declaration[] {
  const builder = new OutlineBuilder();
  const comments = new Set<number>();
  const isComment = (line: number): boolean => comments.has(line);
  let depth = 0;
  let wrapper: { readonly depth: number; readonly from: number } | undefined;
  const visit = (node: SyntaxNodeRef): void => {
    const { name, from, to } = node;
    if (to <= from) return;
    if (name.endsWith('Comment')) {
      addWholeLines(source, comments, from, to);
      return;
    }
    const inWrapper = wrapper !== undefined && depth === wrapper.depth + 1;
    const start = inWrapper && wrapper !== undefined ? wrapper.from : from;
    if (rules.wrappers?.includes(name)) {
      wrapper = { depth, from: start };
      return;
    }
    const word = rules.kinds[name];
    if (word === undefined || (depth > 3 && rules.topOnly?.includes(name))) return;
    const first = source.lineAt(start);
    const end = source.lineAt(behindText(source.text, from, to) - 1) + 1;
    if (end - first > 1)
      builder.add(label(word, nameOf(node.node, source.text, rules)), first, end, isComment);
  };
  parseBounded(parser, source.text)?.iterate({
    enter(node) {
      if (depth === MAX_TREE_DEPTH) return false;
      depth++;
      visit(node);
      return true;
    },
    leave() {
      if (wrapper?.depth === depth) wrapper = undefined;
      depth--;
    },
  });
  return builder.declarations;
}

/**
 * Undefined where getting over errors takes too long: text in another language, or made to hurt, costs a
 * hundred times as much as code. Counted in steps, not in time, so that the outcome is always the same.
 */
function parseBounded(parser: Parser, text: string): Tree | undefined {
  const parse = parser.startParse(text);
  let recovery = 0;
  for (;;) {
    const tree = parse.advance();
    if (tree !== null) return tree;
    if (isRecovering(parse) && ++recovery > MAX_RECOVERY) return undefined;
  }
}

/** Not among the types of the library, whose version is pinned; a test sees that it is still told. */
function isRecovering(parse: PartialParse): boolean {
  return Number(Reflect.get(parse, 'recovering')) > 0;
}

/** Python's blocks reach to the next statement. */
function behindText(text: string, from: number, to: number): number {
  let end = Math.min(to, text.length);
  while (end > from + 1 && /\s/.test(text[end - 1] ?? '')) end--;
  return end;
}

/** The lines of a comment that stands alone on them. */
function addWholeLines(source: SourceLines, lines: Set<number>, from: number, to: number): void {
  const first = source.lineAt(from);
  if (source.text.slice(source.start(first), from).trim() !== '') return;
  const last = source.lineAt(behindText(source.text, from, to) - 1);
  for (let line = first; line <= last; line++) lines.add(line);
}

function nameOf(node: SyntaxNode, text: string, rules: LanguageRules): string {
  const stop = rules.upTo?.[node.name];
  if (stop !== undefined) {
    const body = node.getChild(stop);
    // Without the word itself, which the kind says.
    const header = text.slice(node.from, body?.from ?? Math.min(node.to, node.from + 200));
    return header.replace(/^[^\n]*?\b(?:impl|func)\b/, '').trim();
  }
  return findName(node, text, rules, 0) ?? '';
}

function findName(node: SyntaxNode, text: string, rules: LanguageRules, depth: number): string | undefined {
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (rules.names.includes(child.name)) return text.slice(child.from, child.to);
    if (depth < 4 && rules.through?.includes(child.name)) {
      const inner = findName(child, text, rules, depth + 1);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}
