/** Blocks to atoms: whole where they fit, else by the best boundaries that the kind of block has. */
import { type Atom, CUT, type CutClass, rankOf, type Wrap } from './atoms.js';
import type { ChunkParams } from './chunk-params.js';
import { contentHash } from './content-hash.js';
import { cutCharacters, cutPoints, cutWords } from './cut-runs.js';
import { cutSentences } from './cut-sentences.js';
import type { Measure } from './measure.js';
import type { Block } from './read-blocks.js';
import type { SourceLines } from './source-lines.js';

/** How much of an atom decides its rank: its beginning, so that an edit further on moves no boundary. */
const RANK_UNITS = 48;

/** Collects the atoms of one section; each is at most max. */
export class AtomList {
  readonly atoms: Atom[] = [];
  readonly #source: SourceLines;
  readonly #max: number;
  readonly #measure: Measure;

  constructor(source: SourceLines, { max, measure }: Pick<ChunkParams, 'max' | 'measure'>) {
    this.#source = source;
    this.#max = max;
    this.#measure = measure;
  }

  addBlock(block: Block, cut: CutClass, depth: number): void {
    const start = this.#source.start(block.start);
    const end = this.#source.end(block.end - 1);
    const size = this.#measure.size(this.#source.text.slice(start, end));
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

  /** Whether these lines (`end` exclusive) are small enough for one atom. */
  fits(start: number, end: number): boolean {
    return (
      this.#measure.size(this.#source.text.slice(this.#source.start(start), this.#source.end(end - 1))) <=
      this.#max
    );
  }

  /** Whole lines as one atom, or as several where they are too large. Never torn for an overlap. */
  addSpan(start: number, end: number, cut: CutClass): void {
    const fit: Fit = { room: this.#max, wrap: undefined, prose: false };
    this.#addText(this.#source.start(start), this.#source.end(end - 1), cut, fit);
  }

  /** Rows of a table whose first is its header; `end` is exclusive. */
  addRows(rows: readonly { readonly start: number; readonly end: number }[]): void {
    const source = this.#source;
    const [header, ...others] = rows;
    const last = others.at(-1);
    if (header === undefined || last === undefined) {
      if (header !== undefined) this.addSpan(header.start, header.end, CUT.thought);
      return;
    }
    const open = source.text.slice(source.start(header.start), source.end(header.end - 1));
    const wrap = this.#wrap(source.start(header.start), source.end(last.end - 1), open, '');
    const fit: Fit = { room: wrap === undefined ? this.#max : this.#max - wrap.cost, wrap, prose: false };
    this.#addText(source.start(header.start), source.end(header.end - 1), CUT.thought, fit);
    others.forEach((row, index) => {
      const cut = index === 0 ? CUT.never : CUT.line;
      this.#addText(source.start(row.start), source.end(row.end - 1), cut, fit);
    });
  }

  /** Undefined where the opening is most of a piece: repeating it leaves no room for what it opens. */
  #wrap(start: number, end: number, open: string, close: string): Wrap | undefined {
    const cost = this.#measure.size(open) + this.#measure.size(close) + 2;
    return cost <= this.#max / 2 ? { start, end, open, close, cost } : undefined;
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
    const start = source.start(block.start);
    const end = source.end(block.end - 1);
    const wrap = this.#wrap(start, end, open, close);
    const fit: Fit = { room: wrap === undefined ? this.#max : this.#max - wrap.cost, wrap, prose: false };
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
      this.#push(source.start(rows), end, this.#measure.size(last), CUT.never, fit);
    }
  }

  #addText(start: number, end: number, cut: CutClass, fit: Fit): void {
    const text = this.#source.text;
    const run = Math.max(8, Math.floor(fit.room / 8));
    // A character is one code point, but may be several tokens.
    const characters = this.#measure.additive
      ? Math.min(run, fit.room)
      : Math.max(1, Math.floor(fit.room / 8));
    const ways: Way[] = [
      { cut: CUT.sentence, parts: (from, to) => cutSentences(text, from, to) },
      { cut: CUT.word, parts: (from, to) => cutWords(text, from, to, run) },
      { cut: CUT.character, parts: (from, to) => cutCharacters(text, from, to, characters) },
    ];
    // Also through what is one character to a reader, where that alone is too many tokens.
    if (!this.#measure.additive) {
      const points = Math.max(1, Math.floor(fit.room / 16));
      ways.push({ cut: CUT.character, parts: (from, to) => cutPoints(text, from, to, points) });
    }
    this.#addParts(start, end, cut, fit, ways);
  }

  #addParts(start: number, end: number, cut: CutClass, fit: Fit, ways: readonly Way[]): void {
    const [way, ...finer] = ways;
    const size = this.#measure.size(this.#source.text.slice(start, end));
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
  /** Largest atom. */
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
