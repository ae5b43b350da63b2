/** US Social Security numbers: `123-45-6789`, and behind their name also without dashes. No area 000, 666 or 9xx is given out. */
import type { Match } from './detector.js';

const DASHED = /(?<![\w-]|\d\.)(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g;
const NAMED =
  /\b(?:ssn|social security(?: (?:number|no\.?))?)[ :#=]{0,5}((?!000|666|9)\d{3} ?(?!00)\d{2} ?(?!0000)\d{4})(?!\w)/gi;

export function* findUsSsns(text: string): Iterable<Match> {
  for (const { 0: written, index } of text.matchAll(DASHED)) {
    yield { start: index, end: index + written.length, canonical: written.replaceAll('-', '') };
  }
  for (const { 0: written, 1: number = '', index } of text.matchAll(NAMED)) {
    const end = index + written.length;
    yield { start: end - number.length, end, canonical: number.replaceAll(' ', '') };
  }
}
