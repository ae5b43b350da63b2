/** What stands where something was taken out. None of it looks like a finding, so that redacting twice changes nothing. */
import { createHmac } from 'node:crypto';

/** Of a field that was declared; its name says what it was. */
export const REDACTED_FIELD = '[redacted]';
/** Names the key of a declared field's hash. */
export const FIELD = 'field';

/** Stands for a text that is not shown. */
export const CONCEALED = '[concealed]';

const DIGITS = 16;
const KEY_ID = 'ingest-pii-key-1';

export function redactedAs(rule: string): string {
  return `[redacted:${rule}]`;
}

/** In what is shown of a text that still has it; told from what is stored. */
export function concealedAs(rule: string): string {
  return `[concealed:${rule}]`;
}

/** Stands for one value under one key: 64 bits of HMAC-SHA256 of (rule, NUL, value), as the letters a to p. */
export function hashedAs(key: string, rule: string, canonical: string): string {
  return `[${rule}:${letters(mac(key, `${rule}\0${canonical}`))}]`;
}

/** Tells one key from another and says nothing of it. */
export function keyId(key: string): string {
  return mac(key, KEY_ID);
}

function mac(key: string, message: string): string {
  return createHmac('sha256', key).update(message, 'utf8').digest('hex').slice(0, DIGITS);
}

/** Digits could be taken for a number of some kind. */
function letters(hex: string): string {
  return hex.replace(/./g, (digit) => 'abcdefghijklmnop'.charAt(Number.parseInt(digit, 16)));
}
