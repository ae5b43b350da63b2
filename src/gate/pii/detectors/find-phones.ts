/**
 * Phone numbers in international form (`+` or `00`), of any country whose plan holds the number, and Chinese mobile
 * numbers as they are written at home. Other national forms cannot be told from other numbers: a pattern may say them.
 */
import parsePhoneNumber from 'libphonenumber-js/min';
import type { Match } from './detector.js';

const INTERNATIONAL = /(?<![\w+])(?:\+|00)\(?\d{1,3}\)?(?:[ .()/-]{0,3}\d){5,13}(?!\d)/g;
const CHINESE_MOBILE = /(?<![\w+]|\d[.-])(?:\(?86\)?[ -]?)?(1[3-9]\d([ -]?)\d{4}\2\d{4})(?!\w|[.-]\d)/g;
const FEWEST_DIGITS = 8;
/** What follows a number may look like more of it: so many of its last groups are left out. */
const MOST_SHORTENED = 4;

export function* findPhones(text: string): Iterable<Match> {
  for (const { 0: written, index } of text.matchAll(INTERNATIONAL)) {
    const found = validPart(written);
    if (found !== undefined) {
      yield { start: index, end: index + found.length, canonical: found.canonical };
    }
  }
  for (const { 0: written, 1: number = '', index } of text.matchAll(CHINESE_MOBILE)) {
    const canonical = `+86${number.replace(/\D/g, '')}`;
    yield { start: index, end: index + written.length, canonical };
  }
}

function validPart(written: string): { readonly length: number; readonly canonical: string } | undefined {
  const ends = [...written.matchAll(/\d(?!\d)/g)].map((digit) => digit.index + 1).reverse();
  for (const end of ends.slice(0, MOST_SHORTENED)) {
    const part = written.slice(0, end);
    if (part.replace(/\D/g, '').length < FEWEST_DIGITS) return undefined;
    const parsed = parsePhoneNumber(part.replace(/^00/, '+'));
    if (parsed?.isValid() === true) return { length: end, canonical: parsed.number };
  }
  return undefined;
}
