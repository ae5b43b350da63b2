/**
 * Payment cards: 14 to 19 digits with the prefix of a network and its check digit (Luhn), in one piece or in the groups
 * that are embossed. 13 digits are an article number (EAN) today, whatever they begin with.
 */
import type { Match } from './detector.js';

const GROUPS = /\d+/g;
/** Groups as they stand on a card. */
const LAYOUTS: ReadonlySet<string> = new Set(['4 4 4 4', '4 6 5', '4 6 4', '4 4 4 4 3', '6 13', '4 4 4 4 2']);
const LONGEST_LAYOUT = 5;

export function* findPaymentCards(text: string): Iterable<Match> {
  let run: { start: number; end: number }[] = [];
  for (const { 0: digits, index } of text.matchAll(GROUPS)) {
    const before = run.at(-1);
    const joined = before !== undefined && index === before.end + 1 && /[ -]/.test(text.charAt(before.end));
    if (!joined) {
      yield* cardsIn(text, run);
      run = [];
    }
    run.push({ start: index, end: index + digits.length });
  }
  yield* cardsIn(text, run);
}

/** Groups with one space or dash between each. */
function* cardsIn(text: string, run: readonly { start: number; end: number }[]): Iterable<Match> {
  for (let first = 0; first < run.length; first++) {
    const most = Math.min(run.length, first + LONGEST_LAYOUT);
    for (let last = most - 1; last >= first; last--) {
      const start = run[first]?.start ?? 0;
      const end = run[last]?.end ?? 0;
      if (end - start > 23 || !isBounded(text, start, end)) continue;
      const layout = run.slice(first, last + 1).map((group) => group.end - group.start);
      if (layout.length > 1 && !LAYOUTS.has(layout.join(' '))) continue;
      const digits = text.slice(start, end).replace(/\D/g, '');
      if (!isOfNetwork(digits) || !passesLuhn(digits)) continue;
      yield { start, end, canonical: digits };
      first = last;
      break;
    }
  }
}

/** Not a part of a word or of a decimal number. */
function isBounded(text: string, start: number, end: number): boolean {
  return (
    !/\w$|\d[.,]$/.test(text.slice(Math.max(0, start - 2), start)) &&
    !/^(?:\w|\.\d)/.test(text.slice(end, end + 2))
  );
}

/** Mastercard; Visa; American Express; Diners Club; Discover; JCB; UnionPay; Maestro; Mir. */
function isOfNetwork(digits: string): boolean {
  const length = digits.length;
  const four = Number(digits.slice(0, 4));
  const two = Math.floor(four / 100);
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16;
  if (digits.startsWith('4')) return length === 16 || length === 19;
  if (two === 34 || two === 37) return length === 15;
  if ((four >= 3000 && four <= 3059) || four === 3095 || two === 36 || two === 38 || two === 39)
    return length >= 14 && length <= 19;
  const long = length >= 16 && length <= 19;
  if (four === 6011 || two === 65 || (four >= 6440 && four <= 6499)) return long;
  if (four >= 3528 && four <= 3589) return long;
  if (two === 62 || two === 81) return long;
  if ([5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763].includes(four))
    return length >= 14 && length <= 19;
  return four >= 2200 && four <= 2204 && long;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits.charAt(digits.length - 1 - at));
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
