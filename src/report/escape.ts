/**
 * File names and documents are untrusted input. What could move the cursor, recolour the terminal, end
 * a line or reverse the reading order never reaches it raw.
 */

// Control characters (C0, DEL, C1; so also tab and newline), line separators, lone surrogates, and
// characters that are invisible or change direction: soft hyphen, bidi marks, embeddings and isolates,
// zero-width space, word joiner and its kin, BOM, interlinear marks, tags. The zero-width joiners
// (U+200C, U+200D) stay: Persian and emoji need them.
const UNSAFE =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** The text with every unsafe character shown as `\u{..}`, newlines too: always one line. */
export function safe(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** For messages of several lines: each line made safe. */
export function safeLines(text: string): string[] {
  return text.split(/\r?\n/).map(safe);
}

/** JSON on one line, in which the same characters are written as `\uXXXX`: the value is unchanged. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
