/** The pieces of text of one page -> lines and paragraphs. Pure. */

/** As pdf.js gives it; `transform` is the matrix, its last entry the height of the base line on the page. */
export interface PdfItem {
  readonly str: string;
  readonly hasEOL: boolean;
  readonly height: number;
  readonly transform: readonly number[];
}

interface Line {
  text: string;
  /** Base line; undefined when it holds nothing that was drawn. */
  base: number | undefined;
  height: number;
}

/** More than this many heights between two base lines is a new paragraph; text is set at 1.1 to 1.4. */
const PARAGRAPH_GAP = 1.7;

/** In the order of the page's drawing, which is the order of reading in nearly all documents. */
export function pageText(items: readonly PdfItem[]): string {
  const lines: Line[] = [];
  let line: Line = { text: '', base: undefined, height: 0 };
  for (const item of items) {
    line.text += item.str;
    if (item.str.trim() !== '') {
      line.base ??= item.transform[5];
      line.height = Math.max(line.height, item.height);
    }
    if (!item.hasEOL) continue;
    lines.push(line);
    line = { text: '', base: undefined, height: 0 };
  }
  lines.push(line);
  const kept = lines
    .map((one) => ({ ...one, text: one.text.replace(/\s+/g, ' ').trim() }))
    .filter((one) => one.text !== '');
  return kept.map((one, index) => (startsParagraph(kept[index - 1], one) ? '\n' : '') + one.text).join('\n');
}

function startsParagraph(above: Line | undefined, line: Line): boolean {
  if (above?.base === undefined || line.base === undefined) return false;
  const gap = Math.abs(above.base - line.base);
  return gap > PARAGRAPH_GAP * Math.max(above.height, line.height, 1);
}
