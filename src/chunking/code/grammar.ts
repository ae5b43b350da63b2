/** What the `code` strategy asks of a grammar: where the declarations of a file are. */
import type { SourceLines } from '../source-lines.js';

/** Lines count from 0; `end` is exclusive. */
export interface Declaration {
  /** Such as `class Parser` or `method parse`; empty: a unit that is kept whole, but names nothing. */
  readonly label: string;
  /** First line, with the comments and decorators that stand above it. */
  readonly start: number;
  readonly end: number;
  /** In order; they lie inside, behind the first line, and do not overlap. */
  readonly children: readonly Declaration[];
}

export interface Grammar {
  /** Pure, and never throws: what it does not understand has no declarations. */
  outline(source: SourceLines): readonly Declaration[];
}

/** Declarations further in are not told apart: nobody reads a longer path, and it bounds hostile input. */
export const MAX_DEPTH = 8;
const MAX_LABEL = 80;

/** On one line and not too long, because it stands in front of every chunk. */
export function label(word: string, name: string): string {
  const text = `${word} ${name}`.trim().replace(/\s+/g, ' ');
  return text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL).toWellFormed()}…` : text;
}

/** Collects declarations in the order of the text and keeps the promises of `Declaration`. */
export class OutlineBuilder {
  readonly #root: OpenDeclaration = { label: '', start: -1, first: -1, end: Infinity, children: [] };
  readonly #open: OpenDeclaration[] = [this.#root];

  get declarations(): readonly Declaration[] {
    return this.#root.children;
  }

  /**
   * `first` is the line of the declaration itself, `end` behind its last; `isLeading` knows the lines that
   * belong to what follows them. What shares its lines with another, or has only one, is left out.
   */
  add(text: string, first: number, end: number, isLeading: (line: number) => boolean): void {
    while (this.#open.length > 1 && (this.#open.at(-1)?.end ?? 0) <= first) this.#open.pop();
    const parent = this.#open.at(-1) ?? this.#root;
    const bound = Math.max(parent.first + 1, parent.children.at(-1)?.end ?? 0);
    if (end - first < 2 || first < bound || end > parent.end || this.#open.length > MAX_DEPTH) return;
    let start = first;
    while (start > bound && isLeading(start - 1)) start--;
    const declaration: OpenDeclaration = { label: text, start, first, end, children: [] };
    parent.children.push(declaration);
    this.#open.push(declaration);
  }
}

interface OpenDeclaration extends Declaration {
  readonly first: number;
  readonly children: OpenDeclaration[];
}
