/** Chinese resident identity numbers (GB 11643): 18 characters, with a province, a date of birth and a check digit. */
import type { Match } from './detector.js';

const SHAPE = /(?<!\w)([1-9]\d{5})[ -]?(\d{4})(\d{2})(\d{2})[ -]?(\d{3}[\dXx])(?!\w)/g;
const PROVINCES: ReadonlySet<string> = new Set(
  (
    '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 ' +
    '71 81 82 83 91'
  ).split(' '),
);
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_DIGITS = '10X98765432';
const FIRST_YEAR = 1880;
const LAST_YEAR = 2099;

export function* findCnResidentIds(text: string): Iterable<Match> {
  for (const match of text.matchAll(SHAPE)) {
    const [written, region = '', year = '', month = '', day = '', rest = ''] = match;
    const canonical = `${region}${year}${month}${day}${rest}`.toUpperCase();
    if (!PROVINCES.has(region.slice(0, 2)) || !isDate(Number(year), Number(month), Number(day))) continue;
    if (checkDigit(canonical) !== canonical.charAt(17)) continue;
    yield { start: match.index, end: match.index + written.length, canonical };
  }
}

function isDate(year: number, month: number, day: number): boolean {
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function checkDigit(id: string): string {
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(id.charAt(at)), 0);
  return CHECK_DIGITS.charAt(sum % 11);
}
