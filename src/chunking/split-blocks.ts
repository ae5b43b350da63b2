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
    const fit: Fit = { room: this.#max, wrap: undefined, prose: isProse(block) };
    if (size <= whole) {
      this.#push(start, end, size, cut, fit);
    } else if (block.children.length > 0) {
      const inner = CUT.nested + depth;
      block.children.forEach((child, index) => {
        this.addBlock(child, index === 0 ? cut : inner, depth + 1);
      });
    } else if (block.kind === 'fence' || block.kind === 'table') {
      this.#addWrapped(block, cut);
    } else if (block.kind === 'lines' || block.kind === 'text') {
      this.#addLines(block, cut, fit);
    } else {
      this.#addText(start, end, cut, fit);
    }
  }

  /** Each line on its own; blank ones fall between. */
  #addLines(block: Block, cut: CutClass, fit: Fit): void {
    for (let line = block.start; line < block.end; line++) {
      if (this.#source.isBlank(line)) continue;
      const first = line === block.start ? cut : CUT.line;
      this.#addText(this.#source.start(line), this.#source.end(line), first, fit);
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
    const fit: Fit = { room: wrap === undefined ? this.#max : this.#max - cost, wrap, prose: false };
    const rows = block.end - (closed && block.kind === 'fence' ? 1 : 0);
    this.#addText(start, source.end(block.start + head - 1), cut, fit);
    let first = true;
    let afterBlank = false;
    for (let line = block.start + head; line < rows; line++) {
      if (source.isBlank(line)) {
        afterBlank = true;
        continue;
      }
      const better = afterBlank || !isIndented(source.text, source.start(line)) ? 0 : 1;
      const rank = first ? CUT.never : CUT.line + (afterBlank ? -1 : better);
      this.#addText(source.start(line), source.end(line), rank, fit);
      first = false;
      afterBlank = false;
    }
    if (rows < block.end) {
      this.#push(source.start(rows), end, codePointLength(last), CUT.never, fit);
    }
  }

  #addText(start: number, end: number, cut: CutClass, fit: Fit): void {
    const text = this.#source.text;
    const run = Math.max(8, Math.floor(fit.room / 8));
    const characters = Math.min(run, fit.room);
    this.#addParts(start, end, cut, fit, [
      { cut: CUT.sentence, parts: (from, to) => cutSentences(text, from, to) },
      { cut: CUT.word, parts: (from, to) => cutWords(text, from, to, run) },
      { cut: CUT.character, parts: (from, to) => cutCharacters(text, from, to, characters) },
    ]);
  }

  #addParts(start: number, end: number, cut: CutClass, fit: Fit, ways: readonly Way[]): void {
    const [way, ...finer] = ways;
    const size = codePointLength(this.#source.text.slice(start, end));
    if (size <= fit.room || way === undefined) {
      this.#push(start, end, size, cut, fit);
      return;
    }
    let from = start;
    let rank = cut;
    for (const at of way.parts(start, end)) {
      this.#addParts(from, at, rank, fit, finer);
      from = at;
      rank = way.cut;
    }
    this.#addParts(from, end, rank, fit, finer);
  }

  #push(start: number, end: number, size: number, cut: CutClass, { wrap, prose }: Fit): void {
    const rank = rankOf(cut, contentHash(this.#source.text, start, end, RANK_UNITS));
    this.atoms.push({ start, end, size, rank, wrap, prose });
  }
}

/** What all atoms of a block share. */
interface Fit {
  /** Largest atom in code points. */
  readonly room: number;
  readonly wrap: Wrap | undefined;
  readonly prose: boolean;
}

interface Way {
  readonly cut: CutClass;
  parts(from: number, to: number): Iterable<number>;
}

/** Running text throughout: no code, table or HTML in it. */
function isProse(block: Block): boolean {
  if (block.kind === 'list' || block.kind === 'container') return block.children.every(isProse);
  return block.kind === 'prose' || block.kind === 'text';
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
