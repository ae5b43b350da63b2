/** A Markdown tree made of HTML -> text, block by block, so that each line knows the lines of the HTML behind it. */
import type { LineRange } from '../../../domain/document.js';

/** The sliver of a Markdown tree (mdast) that is looked at here. */
export interface MarkdownNode {
  readonly type: string;
  readonly position?: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
  readonly children?: readonly MarkdownNode[];
  readonly ordered?: boolean | null;
  readonly start?: number | null;
  readonly spread?: boolean | null;
}

export interface WrittenMarkdown {
  readonly text: string;
  readonly line_ranges: readonly LineRange[];
}

export function writeMarkdown(
  root: MarkdownNode,
  stringify: (block: MarkdownNode) => string,
): WrittenMarkdown {
  const lines: string[] = [];
  const ranges: LineRange[] = [];
  let last: LineRange = [1, 1];

  const add = (node: MarkdownNode): void => {
    const written = withoutLastNewlines(stringify(node));
    if (written === '') return;
    const found = rangeOf(node);
    last = found ?? [last[1], last[1]];
    written.split('\n').forEach((line, index, all) => {
      lines.push(line);
      ranges.push(found === undefined ? last : lineWithin(node, found, index, all.length));
    });
  };
  const blank = (): void => {
    if (lines.length === 0 || lines.at(-1) === '') return;
    lines.push('');
    ranges.push([last[1], last[1]]);
  };

  for (const block of root.children ?? []) {
    blank();
    if (block.type === 'list') {
      // An item is a block of its own: lists go on for hundreds of lines.
      (block.children ?? []).forEach((item, index) => {
        if (block.spread === true) blank();
        const start = block.ordered === true ? (block.start ?? 1) + index : null;
        add({ ...block, ...(item.position && { position: item.position }), start, children: [item] });
      });
    } else {
      add(block);
    }
  }
  const end = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  return {
    text: lines
      .slice(0, end)
      .map((line) => `${line}\n`)
      .join(''),
    line_ranges: ranges.slice(0, end),
  };
}

/** The line of the HTML behind one line of a block, where the two run side by side; else all of its lines. */
function lineWithin(node: MarkdownNode, range: LineRange, index: number, count: number): LineRange {
  const clamp = (line: number): number => Math.min(Math.max(line, range[0]), range[1]);
  if (node.type === 'code' && count > 2) {
    // A fence has a line above the code and one below.
    const line = clamp(range[0] + Math.min(Math.max(index - 1, 0), count - 3));
    return [line, line];
  }
  if (node.type === 'table') {
    // Line 1 is the rule below the header.
    const row = node.children?.[index === 0 ? 0 : index - 1];
    return (row && rangeOf(row)) ?? range;
  }
  return range;
}

/** Lines of a node; of one that HTML does not have, such as an implied paragraph, those of what it holds. */
function rangeOf(node: MarkdownNode): LineRange | undefined {
  if (node.position !== undefined) return [node.position.start.line, node.position.end.line];
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const child of node.children ?? []) {
    const range = rangeOf(child);
    if (range === undefined) continue;
    first = Math.min(first, range[0]);
    last = Math.max(last, range[1]);
  }
  return last === 0 ? undefined : [first, last];
}

/** A pattern for this takes quadratic time over newlines that are not the last. */
function withoutLastNewlines(text: string): string {
  let end = text.length;
  while (text[end - 1] === '\n') end--;
  return text.slice(0, end);
}
