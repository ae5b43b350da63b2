/** Blocks to atoms: whole where they fit, else by the best boundaries that the kind of block has. */
import { codePointLength } from '../domain/text.js';
import { type Atom, CUT, type CutClass, rankOf, type Wrap } from './atoms.js';
import { contentHash } from './content-hash.js';
import { cutCharacters, cutWords } from './cut-runs.js';
import { cutSentences } from './cut-sentences.js';
import type { Block } from './read-blocks.js';
import type { SourceLines } from './source-lines.js';

/** How much of an atom decides its rank: its beginning, so that an edit further on moves no boundary. */
const RANK_UNITS = 48;

/** Collects the atoms of one section. `max` is the largest piece in code points. */
export class AtomList {
  readonly atoms: Atom[] = [];
  readonly #source: SourceLines;
  readonly #max: number;

  constructor(source: SourceLines, max: number) {
    this.#source = source;
    this.#max = max;
  }

  addBlock(block: Block, cut: CutClass, depth: number): void {
    const start = this.#source.start(block.start);
    const end = this.#source.end(block.end - 1);
    const size = codePointLength(this.#source.text.slice(start, end));
    // A list is packed by its items long before it is too large: it has good boundaries inside.
    const whole = block.kind === 'list' ? this.#max / 2 : this.#max;
    if (size <= whole) {
      this.#push(start, end, size, cut, undefined, block.kind === 'prose' || block.kind === 'list');
    } else if (block.children.length > 0) {
      const inner = CUT.nested + depth;
      block.children.forEach((child, index) => {
        this.addBlock(child, index === 0 ? cut : inner, depth + 1);
      });
    } else if (block.kind === 'fence' || block.kind === 'table') {
      this.#addWrapped(block, cut);
    } else if (block.kind === 'lines') {
      this.addLines(block.start, block.end, cut);
    } else {
      this.#addText(start, end, cut, undefined, this.#max, true);
    }
  }

  /** Each line on its own; blank ones fall between. */
  addLines(from: number, to: number, cut: CutClass): void {
    for (let line = from; line < to; line++) {
      if (this.#source.isBlank(line)) continue;
      const first = line === from ? cut : CUT.line;
      this.#addText(this.#source.start(line), this.#source.end(line), first, undefined, this.#max, true);
    }
  }

  #addWrapped(block: Block, cut: CutClass): void {
    const source = this.#source;
    const head = block.kind === 'table' ? 2 : 1;
    const open = source.text.slice(source.start(block.start), source.end(block.start + head - 1));
    const last = source.line(block.end - 1);
    const closed = block.end - block.start > 1 && isCloser(last, block.markup);
    const close = block.kind === 'table' ? '' : closed ? last : indentOf(open) + block.markup;
    const cost = codePointLength(open) + codePointLength(close) + 2;
    const start = source.start(block.start);
    const end = source.end(block.end - 1);
    // Where the opening is most of a piece, repeating it leaves no room for what it opens.
    const wrap: Wrap | undefined = cost <= this.#max / 2 ? { start, end, open, close, cost } : undefined;
    const room = wrap === undefined ? this.#max : this.#max - cost;
    const rows = block.end - (closed && block.kind === 'fence' ? 1 : 0);
    this.#addText(start, source.end(block.start + head - 1), cut, wrap, room, false);
    let first = true;
    let afterBlank = false;
    for (let line = block.start + head; line < rows; line++) {
      if (source.isBlank(line)) {
        afterBlank = true;
        continue;
      }
      const better = afterBlank || !isIndented(source.text, source.start(line)) ? 0 : 1;
      const rank = first ? CUT.never : CUT.line + (afterBlank ? -1 : better);
      this.#addText(source.start(line), source.end(line), rank, wrap, room, false);
      first = false;
      afterBlank = false;
    }
    if (rows < block.end) {
      this.#push(source.start(rows), end, codePointLength(last), CUT.never, wrap, false);
    }
  }

  #addText(
    start: number,
    end: number,
    cut: CutClass,
    wrap: Wrap | undefined,
    room: number,
    prose: boolean,
  ): void {
    const text = this.#source.text;
    const run = Math.max(8, Math.floor(room / 8));
    const bySentence = (from: number, to: number) => cutSentences(text, from, to);
    const byWord = (from: number, to: number) => cutWords(text, from, to, run);
    const byCharacter = (from: number, to: number) => cutCharacters(text, from, to, Math.min(run, room));
    this.#addParts(start, end, cut, wrap, room, prose, [
      { cut: CUT.sentence, parts: bySentence },
      { cut: CUT.word, parts: byWord },
      { cut: CUT.character, parts: byCharacter },
    ]);
  }

  #addParts(
    start: number,
    end: number,
    cut: CutClass,
    wrap: Wrap | undefined,
    room: number,
    prose: boolean,
    ways: readonly Way[],
  ): void {
    const [way, ...finer] = ways;
    const size = codePointLength(this.#source.text.slice(start, end));
    if (size <= room || way === undefined) {
      this.#push(start, end, size, cut, wrap, prose);
      return;
    }
    let from = start;
    let rank = cut;
    for (const at of way.parts(start, end)) {
      this.#addParts(from, at, rank, wrap, room, prose, finer);
      from = at;
      rank = way.cut;
    }
    this.#addParts(from, end, rank, wrap, room, prose, finer);
  }

  #push(
    start: number,
    end: number,
    size: number,
    cut: CutClass,
    wrap: Wrap | undefined,
    prose: boolean,
  ): void {
    const rank = rankOf(cut, contentHash(this.#source.text, start, end, RANK_UNITS));
    this.atoms.push({ start, end, size, rank, wrap, prose });
  }
}

interface Way {
  readonly cut: CutClass;
  parts(from: number, to: number): Iterable<number>;
}

/** A closing fence: nothing but its characters, and what a quote or list puts in front. */
function isCloser(line: string, markup: string): boolean {
  const trimmed = line.trimEnd();
  const mark = markup[0];
  if (mark === undefined || !trimmed.endsWith(markup)) return false;
  let at = trimmed.length;
  while (at > 0 && trimmed[at - 1] === mark) at--;
  return /^[\s>]*$/.test(trimmed.slice(0, at));
}

/** White space and quote marks in front of a line. */
function indentOf(line: string): string {
  let at = 0;
  while (at < line.length && (line[at] === ' ' || line[at] === '\t' || line[at] === '>')) at++;
  return line.slice(0, at);
}

function isIndented(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit === 0x20 || unit === 0x09;
}
