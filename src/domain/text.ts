/** Text normalisation and ordering. Characters are code points; order is by UTF-8 bytes everywhere. */

const BOM = '\uFEFF';

/** Normalised text: BOM stripped, CRLF -> LF, lone surrogates replaced (design: identity). */
export function normaliseText(text: string): string {
  const withoutBom = text.startsWith(BOM) ? text.slice(1) : text;
  return withoutBom.replaceAll('\r\n', '\n').toWellFormed();
}

/** Length in code points. */
export function codePointLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next <= 0xdfff) {
        length--;
        i++;
      }
    }
  }
  return length;
}

/**
 * Compares by UTF-8 bytes, as SQLite's BINARY does. JavaScript compares UTF-16 units, which puts
 * astral characters (surrogates, 0xD800-0xDFFF) before U+E000-U+FFFF; UTF-8 puts them after.
 */
export function compareUtf8(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit <= 0xdfff ? unit + 0x10000 : unit - 0x800;
}

/**
 * Rough token count, for estimates only: about four Latin characters or one CJK character a token.
 * Source: the usual rule of thumb of the embedding vendors; providers bill their own count.
 */
export function estimateTokens(text: string): number {
  let wide = 0;
  let narrow = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) >= 0x2e80) wide++;
    else narrow++;
  }
  return wide + Math.ceil(narrow / 4);
}
