/** International bank account numbers (ISO 13616): the length of the country, and the check digits (mod 97). */
import type { Match } from './detector.js';

/** Of the registry's release 99. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const BEGINNING = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9])/g;
const ALPHANUMERIC = /[A-Za-z0-9]/;

export function* findIbans(text: string): Iterable<Match> {
  for (const { 0: beginning, index } of text.matchAll(BEGINNING)) {
    const length = LENGTHS.get(beginning.slice(0, 2).toUpperCase());
    const found = length === undefined ? undefined : readAccount(text, index, length);
    if (found === undefined || !passesMod97(found.canonical)) continue;
    yield { start: index, ...found };
  }
}

/** So many letters and digits, with at most one space or dash between two of them. */
function readAccount(
  text: string,
  start: number,
  length: number,
): { end: number; canonical: string } | undefined {
  let canonical = '';
  let at = start;
  while (canonical.length < length) {
    if (canonical !== '' && /[ -]/.test(text.charAt(at))) at++;
    const character = text.charAt(at);
    if (!ALPHANUMERIC.test(character)) return undefined;
    canonical += character.toUpperCase();
    at++;
  }
  return ALPHANUMERIC.test(text.charAt(at)) ? undefined : { end: at, canonical };
}

function passesMod97(iban: string): boolean {
  let remainder = 0;
  for (const character of `${iban.slice(4)}${iban.slice(0, 4)}`) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
