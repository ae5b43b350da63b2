/**
 * Block structure of Markdown, by markdown-it's block rules alone: the inline rules, which cost most of a
 * render, never run. Blocks are line ranges that cover every line which is not blank.
 */
import MarkdownIt, { type Token } from 'markdown-it';
import type { SourceLines } from './source-lines.js';

/** `prose` is cut between sentences first, `text` and `lines` (HTML, indented code) between lines. */
type BlockKind = 'prose' | 'text' | 'lines' | 'fence' | 'table' | 'list' | 'container';

/** Lines count from 0, `end` is exclusive and behind the last line that is not blank. */
export interface Block {
  readonly kind: BlockKind;
  readonly start: number;
  readonly end: number;
  /** Of a list its items, of an item or quote its blocks; empty for the others. */
  readonly children: readonly Block[];
  /** The fence's own characters, such as three backticks; empty for the others. */
  readonly markup: string;
}

export interface Heading {
  readonly kind: 'heading';
  readonly level: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A heading longer than this (code units) is a paragraph above a rule, not a title: it stays body text. */
const MAX_HEADING = 200;
/** Lines longer than this are shown to the block rules by their two ends: some rules are regular expressions. */
const MAX_LINE = 50_000;

const KINDS: Readonly<Record<string, BlockKind>> = {
  paragraph_open: 'prose',
  heading_open: 'prose',
  bullet_list_open: 'list',
  ordered_list_open: 'list',
  list_item_open: 'container',
  blockquote_open: 'container',
  table_open: 'table',
  fence: 'fence',
  code_block: 'lines',
  html_block: 'lines',
  hr: 'prose',
};

// This preset stops at 20 levels of nesting, which also bounds the work on hostile input.
const markdown = new MarkdownIt('commonmark', { html: true }).enable('table');

/** Yields headings and top-level blocks in order. Memory is bound by the largest block, not by the text. */
export function* readBlocks(source: SourceLines): Generator<Block | Heading> {
  const tokens: Token[] = [];
  const state = new markdown.block.State(visibleToRules(source), markdown, {}, tokens);
  const rules = markdown.block.ruler.getRules('');
  const last = state.lineMax;
  for (let line = state.skipEmptyLines(0); line < last; line = state.skipEmptyLines(line)) {
    tokens.length = 0;
    state.line = line;
    rules.some((rule) => rule(state, line, last, false));
    const end = Math.max(state.line, line + 1);
    yield* readOne(source, tokens, line, end);
    line = end;
  }
}

function* readOne(
  source: SourceLines,
  tokens: Token[],
  start: number,
  end: number,
): Generator<Block | Heading> {
  const first = tokens[0];
  if (first?.type === 'heading_open') {
    const content = tokens[1]?.content ?? '';
    if (content.length <= MAX_HEADING) {
      yield { kind: 'heading', level: Number(first.tag.slice(1)), text: headingText(content), start, end };
      return;
    }
  }
  yield* covering(source, start, end, nest(source, tokens));
}

/**
 * The title as a reader sees it: without emphasis, link targets and tags, and without the anchor that
 * VitePress, Pandoc and others write behind it (`{#id}`).
 */
function headingText(content: string): string {
  const inline = markdown.parseInline(content, {})[0]?.children ?? [];
  const parts = inline.map((token) => {
    if (token.type === 'softbreak' || token.type === 'hardbreak') return ' ';
    return token.type === 'html_inline' ? '' : token.content;
  });
  const title = parts.join('').trim();
  const anchor = title.endsWith('}') ? title.lastIndexOf('{#') : -1;
  return anchor < 0 ? title : title.slice(0, anchor).trimEnd();
}

interface OpenBlock {
  readonly token: Token | undefined;
  readonly children: Block[];
}

function nest(source: SourceLines, tokens: readonly Token[]): Block[] {
  const root: OpenBlock = { token: undefined, children: [] };
  const stack = [root];
  for (const token of tokens) {
    if (token.nesting === 1) {
      stack.push({ token, children: [] });
    } else {
      const done = token.nesting === -1 ? stack.pop() : { token, children: [] };
      const block = done === undefined ? undefined : toBlock(source, done);
      if (block !== undefined) stack.at(-1)?.children.push(block);
    }
  }
  return root.children;
}

function toBlock(source: SourceLines, { token, children }: OpenBlock): Block | undefined {
  const kind = token === undefined ? undefined : KINDS[token.type];
  if (kind === undefined || !token?.map) return undefined;
  const [start, rawEnd] = token.map;
  const end = behindText(source, start, rawEnd);
  const inner = kind === 'list' || kind === 'container' ? covering(source, start, end, children) : [];
  return { kind, start, end, children: inner, markup: kind === 'fence' ? token.markup : '' };
}

/** Fills the gaps between blocks: link definitions, for example, are lines without a token. */
function covering(source: SourceLines, start: number, end: number, blocks: readonly Block[]): Block[] {
  const covered: Block[] = [];
  let line = start;
  const fill = (until: number) => {
    while (line < until && source.isBlank(line)) line++;
    const last = behindText(source, line, until);
    if (last > line) covered.push({ kind: 'prose', start: line, end: last, children: [], markup: '' });
  };
  for (const block of blocks) {
    fill(block.start);
    if (block.end > block.start) covered.push(block);
    line = Math.max(line, block.end);
  }
  fill(end);
  return covered;
}

function behindText(source: SourceLines, start: number, end: number): number {
  let last = Math.min(end, source.count);
  while (last > start && source.isBlank(last - 1)) last--;
  return last;
}

function visibleToRules(source: SourceLines): string {
  let long = false;
  for (let line = 0; line < source.count && !long; line++) {
    long = source.end(line) - source.start(line) > MAX_LINE;
  }
  if (!long) return source.text;
  const half = MAX_LINE / 2;
  const lines: string[] = [];
  for (let line = 0; line < source.count; line++) {
    const text = source.line(line);
    lines.push(text.length > MAX_LINE ? text.slice(0, half) + text.slice(-half) : text);
  }
  return lines.join('\n');
}
