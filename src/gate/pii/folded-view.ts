/**
 * A text as a person reads it: without the escapes of Markdown, JSON, HTML and URLs, with plain spaces, dashes and digits.
 * Detectors look at this view, and what they find is placed in the text as it is written.
 */

const FOLDED =
  /\\u[0-9A-Fa-f]{4}|\\[nrt!-/:-@[-`{-~]|&(?:#[xX]0{0,4}[0-9A-Fa-f]{2,4}|#0{0,4}\d{2,4}|commat|period|plus|nbsp|hyphen|colon|lowbar);|%(?:40|2[BbDdEe])|[\u00a0\u00ad\u2000-\u2015\u202f\u205f-\u2064\u2212\u3000\ufeff\uff01-\uff5e]/g;
const NAMED: Readonly<Record<string, string>> = {
  commat: '@',
  period: '.',
  plus: '+',
  nbsp: ' ',
  hyphen: '-',
  colon: ':',
  lowbar: '_',
};
const FULL_WIDTH = 0xfee0;

export interface FoldedView {
  readonly text: string;
  /** Where a piece of the view stands in the text as it is written. */
  place(start: number, end: number): { readonly start: number; readonly end: number };
}

/** A piece of the view: as it is written, or one that was folded. */
interface Segment {
  readonly view: number;
  readonly written: number;
  readonly length: number;
  readonly verbatim: boolean;
}

export function foldedView(text: string): FoldedView {
  const segments: Segment[] = [];
  const parts: string[] = [];
  let view = 0;
  let from = 0;
  const add = (part: string, written: number, length: number, verbatim: boolean): void => {
    if (length === 0) return;
    segments.push({ view, written, length, verbatim });
    parts.push(part);
    view += part.length;
  };
  for (const { 0: written, index } of text.matchAll(FOLDED)) {
    const folded = fold(written);
    if (folded === undefined) continue;
    add(text.slice(from, index), from, index - from, true);
    add(folded, index, written.length, false);
    from = index + written.length;
  }
  if (segments.length === 0) return { text, place: (start, end) => ({ start, end }) };
  add(text.slice(from), from, text.length - from, true);
  return {
    text: parts.join(''),
    place(start, end) {
      const first = at(segments, start);
      const last = at(segments, end - 1);
      return {
        start: first.verbatim ? first.written + start - first.view : first.written,
        end: last.verbatim ? last.written + end - last.view : last.written + last.length,
      };
    },
  };
}

/** The segment that holds this character of the view; segments without width hold none. */
function at(segments: readonly Segment[], position: number): Segment {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((segments[middle]?.view ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return segments[low] ?? { view: 0, written: 0, length: 0, verbatim: true };
}

/** Undefined: stays as it is written, such as an escaped line break, which must not become one. */
function fold(written: string): string | undefined {
  if (written.startsWith('\\u')) return character(Number.parseInt(written.slice(2), 16));
  if (written.startsWith('\\')) return 'nrt'.includes(written.charAt(1)) ? ' ' : written.slice(1);
  if (/^&#x/i.test(written)) return character(Number.parseInt(written.slice(3), 16));
  if (written.startsWith('&#')) return character(Number.parseInt(written.slice(2), 10));
  if (written.startsWith('&')) return NAMED[written.slice(1, -1)];
  if (written.startsWith('%')) return decodeURIComponent(written);
  return character(written.charCodeAt(0));
}

/** Never a line break: the view has the lines of the text. */
function character(code: number): string {
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - FULL_WIDTH);
  if ((code >= 0x2010 && code <= 0x2015) || code === 0x2212) return '-';
  const invisible =
    code === 0xad ||
    code === 0xfeff ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2060 && code <= 0x2064);
  if (invisible) return '';
  if (code < 0x20 || code === 0xa0 || (code >= 0x2000 && code <= 0x205f) || code === 0x3000) return ' ';
  return String.fromCharCode(code);
}
