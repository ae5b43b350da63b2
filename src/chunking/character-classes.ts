/**
 * Character classes by explicit ranges. Not `\p{...}` and not Intl.Segmenter: their membership follows
 * the Unicode version of the Node that runs, and a chunk boundary must not depend on that.
 */

export function isSpace(unit: number): boolean {
  return (
    unit === 0x20 ||
    (unit >= 0x09 && unit <= 0x0d) ||
    unit === 0xa0 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x3000
  );
}

/** Latin full stops; they end a sentence only in front of space. */
export function isLatinStop(unit: number): boolean {
  return unit === 0x2e || unit === 0x21 || unit === 0x3f;
}

/** CJK stops `。！？；…｡` end a sentence whatever follows. */
export function isCjkStop(unit: number): boolean {
  return (
    unit === 0x3002 ||
    unit === 0xff01 ||
    unit === 0xff1f ||
    unit === 0xff1b ||
    unit === 0x2026 ||
    unit === 0xff61
  );
}

/** Closing quotes, brackets and emphasis that stay with the sentence they close. */
export function isCloser(unit: number): boolean {
  return CLOSERS.has(unit);
}

const CLOSERS: ReadonlySet<number> = new Set(
  Array.from(')]}"\'*_`~”’»›」』）】》〉］｝〕〗', (c) => c.charCodeAt(0)),
);

/** Low surrogates, joiners, variation selectors and combining marks: no cut in front of them. */
function joinsPrevious(unit: number): boolean {
  return (
    (unit >= 0xdc00 && unit <= 0xdfff) ||
    (unit >= 0x0300 && unit <= 0x036f) ||
    (unit >= 0x1ab0 && unit <= 0x1aff) ||
    (unit >= 0x1dc0 && unit <= 0x1dff) ||
    (unit >= 0x20d0 && unit <= 0x20ff) ||
    (unit >= 0xfe00 && unit <= 0xfe0f) ||
    (unit >= 0xfe20 && unit <= 0xfe2f) ||
    unit === 0x3099 ||
    unit === 0x309a ||
    unit === ZERO_WIDTH_JOINER
  );
}

const ZERO_WIDTH_JOINER = 0x200d;

/** Whether text may be cut in front of `at` without tearing what is one character to a reader. */
export function isCharacterBoundary(text: string, at: number): boolean {
  if (joinsPrevious(text.charCodeAt(at))) return false;
  if (text.charCodeAt(at - 1) === ZERO_WIDTH_JOINER) return false;
  const point = text.codePointAt(at) ?? 0;
  if (point >= 0x1f3fb && point <= 0x1f3ff) return false; // skin tones
  if (point >= 0x1f1e6 && point <= 0x1f1ff) return !isRegionalIndicator(text, at - 2); // flags are pairs
  return true;
}

function isRegionalIndicator(text: string, at: number): boolean {
  const point = at >= 0 ? (text.codePointAt(at) ?? 0) : 0;
  return point >= 0x1f1e6 && point <= 0x1f1ff;
}

/**
 * Whether an embedder has anything to work with: any character but white space, controls and
 * punctuation. ASCII symbols count as punctuation (a rule `---` or `+++` says nothing); other symbols,
 * emoji and every script count as tokens.
 */
export function hasToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (isTokenUnit(text.charCodeAt(i))) return true;
  }
  return false;
}

function isTokenUnit(unit: number): boolean {
  if (unit < 0x80) {
    return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
  }
  return !SILENT_RANGES.some(([from, to]) => unit >= from && unit <= to);
}

/** White space, controls, marks that need a base, and punctuation beyond ASCII. */
const SILENT_RANGES: readonly (readonly [number, number])[] = [
  [0x80, 0xa1],
  [0xa7, 0xa7],
  [0xab, 0xab],
  [0xad, 0xad],
  [0xb6, 0xb7],
  [0xbb, 0xbb],
  [0xbf, 0xbf],
  [0x0300, 0x036f],
  [0x2000, 0x206f],
  [0x3000, 0x3004],
  [0x3008, 0x3011],
  [0x3014, 0x301f],
  [0x3030, 0x3030],
  [0x30fb, 0x30fb],
  [0xfe00, 0xfe1f],
  [0xfe30, 0xfe6b],
  [0xfeff, 0xfeff],
  [0xff01, 0xff0f],
  [0xff1a, 0xff20],
  [0xff3b, 0xff40],
  [0xff5b, 0xff65],
  [0xfff9, 0xfffd],
];
