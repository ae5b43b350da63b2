/**
 * Cuts lines without a grammar: paragraphs are set apart by blank lines, and one that is indented deeper, or
 * only closes a bracket, belongs to the one before it. What is too large is cut the same way further in, and
 * at last between lines.
 */
import { CUT, type CutClass } from '../atoms.js';
import type { SourceLines } from '../source-lines.js';
import type { AtomList } from '../split-blocks.js';

interface Paragraph {
  readonly start: number;
  readonly end: number;
  readonly indent: number;
  readonly closes: boolean;
}

const MAX_LEVELS = 16;
const TAB = 4;

/** Adds the lines from `start` to `end` (exclusive) to the list; `cut` stands in front of the first. */
export function addIndented(
  list: AtomList,
  source: SourceLines,
  start: number,
  end: number,
  cut: CutClass,
  level = 0,
): void {
  const paragraphs = readParagraphs(source, start, end);
  const groups = level < MAX_LEVELS ? group(paragraphs) : [];
  const [only] = groups;
  if (groups.length === 1 && only !== undefined && list.fits(only.start, only.end)) {
    list.addSpan(only.start, only.end, cut);
    return;
  }
  if (groups.length < 2) {
    addLines(list, source, start, end, cut);
    return;
  }
  groups.forEach((one, index) => {
    const before = index === 0 ? cut : level === 0 ? CUT.thought : CUT.nested + level;
    if (list.fits(one.start, one.end)) list.addSpan(one.start, one.end, before);
    else addIndented(list, source, one.start, one.end, before, level + 1);
  });
}

function readParagraphs(source: SourceLines, start: number, end: number): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let line = start;
  while (line < end) {
    if (source.isBlank(line)) {
      line++;
      continue;
    }
    const first = line;
    while (line < end && !source.isBlank(line)) line++;
    paragraphs.push({
      start: first,
      end: line,
      indent: indentOf(source, first),
      closes: closes(source, first),
    });
  }
  return paragraphs;
}

/** Runs of paragraphs, each begun by one that stands no deeper than any behind the first. */
function group(paragraphs: readonly Paragraph[]): { start: number; end: number }[] {
  const [first, ...rest] = paragraphs;
  if (first === undefined) return [];
  let base = Infinity;
  for (const { indent, closes } of rest) if (!closes) base = Math.min(base, indent);
  const groups = [{ start: first.start, end: first.end }];
  for (const paragraph of rest) {
    const last = groups.at(-1);
    if (last === undefined || (paragraph.indent <= base && !paragraph.closes)) {
      groups.push({ start: paragraph.start, end: paragraph.end });
    } else last.end = paragraph.end;
  }
  return groups;
}

/** Each line on its own: the shallower, the better to cut in front of it, best of all behind a blank line. */
function addLines(list: AtomList, source: SourceLines, start: number, end: number, cut: CutClass): void {
  let afterBlank = false;
  let first = true;
  for (let line = start; line < end; line++) {
    if (source.isBlank(line)) {
      afterBlank = true;
      continue;
    }
    const depth = Math.min(5, Math.floor(indentOf(source, line) / 2));
    const between = closes(source, line) ? CUT.word - 1 : CUT.line + (afterBlank ? -1 : 1 + depth);
    list.addSpan(line, line + 1, first ? cut : between);
    first = false;
    afterBlank = false;
  }
}

function indentOf(source: SourceLines, line: number): number {
  let width = 0;
  for (let at = source.start(line); at < source.end(line); at++) {
    const unit = source.text.charCodeAt(at);
    if (unit === 0x20) width++;
    else if (unit === 0x09) width += TAB;
    else break;
  }
  return width;
}

/** `}`, `)`, `]`, `end`: belongs to what it closes. */
function closes(source: SourceLines, line: number): boolean {
  return /^\s*(?:[})\]]|end\b)/.test(
    source.text.slice(source.start(line), Math.min(source.end(line), source.start(line) + 200)),
  );
}
