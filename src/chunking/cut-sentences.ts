/** Sentence boundaries by rules of our own, Latin and CJK: the same on every Node and in every locale. */
import { isCjkStop, isCloser, isLatinStop, isSpace } from './character-classes.js';

/** Shorter sentences stay with the one before: bounds the number of pieces of hostile input. */
const MIN_SENTENCE = 16;

const ABBREVIATIONS: ReadonlySet<string> = new Set(
  (
    'mr mrs ms dr prof sr jr st vs etc eg ie e.g i.e cf al approx dept est fig figs inc ltd co corp no nos vol ' +
    'pp p ch sec ed eds rev jan feb mar apr jun jul aug sep sept oct nov dec a.m p.m u.s u.k'
  ).split(' '),
);

/** Offsets in (from, to) at which a sentence starts, rising. Linear in to - from. */
export function* cutSentences(text: string, from: number, to: number): Generator<number> {
  let kept = from;
  let at = from;
  while (at < to) {
    const unit = text.charCodeAt(at);
    if (!isLatinStop(unit) && !isCjkStop(unit)) {
      at++;
      continue;
    }
    const next = sentenceStart(text, at, to);
    if (next.start !== undefined && next.start < to && next.start - kept >= MIN_SENTENCE) {
      kept = next.start;
      yield kept;
    }
    at = next.resume;
  }
}

/** Where the sentence behind the stops at `at` starts, if they end one, and where to look on. */
function sentenceStart(text: string, at: number, to: number): { start: number | undefined; resume: number } {
  let behind = at;
  let cjk = false;
  while (behind < to && (isLatinStop(text.charCodeAt(behind)) || isCjkStop(text.charCodeAt(behind)))) {
    cjk ||= isCjkStop(text.charCodeAt(behind));
    behind++;
  }
  const oneDot = behind === at + 1 && text.charCodeAt(at) === 0x2e;
  while (behind < to && isCloser(text.charCodeAt(behind))) behind++;
  let start = behind;
  while (start < to && isSpace(text.charCodeAt(start))) start++;
  if (!cjk && (start === behind || (oneDot && endsInAbbreviation(text, at)))) {
    return { start: undefined, resume: behind };
  }
  return { start, resume: Math.max(start, behind) };
}

/** Whether the word in front of a dot is an abbreviation, an initial or a list number ("3. "). */
function endsInAbbreviation(text: string, dot: number): boolean {
  let start = dot;
  while (start > 0 && dot - start < 7 && isWordOrDot(text.charCodeAt(start - 1))) start--;
  const word = text.slice(start, dot);
  const isInitial = word.length === 1 && word >= 'A' && word <= 'Z';
  const lineStart = start === 0 || text.charCodeAt(start - 1) === 0x0a;
  const isListNumber = lineStart && word.length < 4 && /^[0-9]+$/.test(word);
  return isInitial || isListNumber || ABBREVIATIONS.has(word.toLowerCase());
}

function isWordOrDot(unit: number): boolean {
  return (
    unit === 0x2e ||
    (unit >= 0x30 && unit <= 0x39) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    (unit >= 0x61 && unit <= 0x7a)
  );
}
