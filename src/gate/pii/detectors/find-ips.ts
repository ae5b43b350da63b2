/**
 * IP addresses, of both versions. No findings: addresses of no host (`127.0.0.1`, `0.0.0.0`, `::1`), four numbers that
 * are called a version or number a section, and what is an IPv6 address by its letters alone (`a::b`).
 */
import { isIPv6 } from 'node:net';
import type { Match } from './detector.js';

const V4 = /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d|-[A-Za-z])/g;
const V6 = /(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:])/g;
const OCTET = /^(?:0|[1-9]\d{0,2})$/;
const CONTEXT = 24;
const NUMBERS_SOMETHING =
  /(?:\b(?:v|ver|version|release|build|firmware|section|chapter|figure|table|clause)\b\.?|版本|版|第|节|§|(?:^|\n)#{1,6})[ \t:=#v"'`（(-]{0,3}$/i;
/** Behind nothing but the sign of a comment or a list. */
const LINE_START = /(?:^|\n)[ \t/*#>;-]{0,20}$/;
const HIGHEST_SECTION = 30;

export function* findIps(text: string): Iterable<Match> {
  for (const { 0: written, index } of text.matchAll(V4)) {
    const octets = written.split('.');
    if (!octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255)) continue;
    if (octets[0] === '127' || octets.slice(1).every((octet) => octet === '0')) continue;
    if (written === '255.255.255.255' || isNetmask(octets)) continue;
    const before = text.slice(Math.max(0, index - CONTEXT), index);
    if (NUMBERS_SOMETHING.test(before)) continue;
    if (
      LINE_START.test(before) &&
      octets.every(isSection) &&
      !/^[:/]\d/.test(text.slice(index + written.length, index + written.length + 2))
    )
      continue;
    yield { start: index, end: index + written.length, canonical: written };
  }
  for (const { 0: written, index } of text.matchAll(V6)) {
    if (!isIPv6(written) || !isAllocated(written)) continue;
    yield { start: index, end: index + written.length, canonical: written.toLowerCase() };
  }
}

/** Numbers of headings that begin a line; as an address all of them this small are one in five thousand. */
function isSection(octet: string): boolean {
  return octet !== '0' && Number(octet) <= HIGHEST_SECTION;
}

function isNetmask([first, second, third]: readonly string[]): boolean {
  return first === '255' && (second === '255' || second === '0') && (third === '255' || third === '0');
}

/** Global, unique local, link-local, or an IPv4 address in another guise. */
function isAllocated(address: string): boolean {
  if (/^(?:::ffff:|64:ff9b::)\d+\./i.test(address)) return true;
  const first = Number.parseInt(address, 16);
  return (
    (first >= 0x2000 && first <= 0x3fff) ||
    (first >= 0xfc00 && first <= 0xfdff) ||
    (first >= 0xfe80 && first <= 0xfebf)
  );
}
