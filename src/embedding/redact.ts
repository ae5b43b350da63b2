/** Keeps secrets and document texts out of messages that came from elsewhere. Pure. */
import { maskSecrets } from '../domain/mask-secrets.js';

const MASK = '********';
/** What keys look like, also when the server echoes only their ends ("sk-ab***yz"). */
const KEY_SHAPES = /\b(?:sk|pk|rk|hf|pa|jina|gsk|api[-_]?key)[-_][\w*.-]{6,}|\bBearer\s+[^\s"',}]+/gi;
const SHORTEST_SECRET = 4;
/** An echo of this many characters of a text is masked. */
const WINDOW = 16;
const LONGEST_MESSAGE = 240;

/**
 * One line of at most 240 characters, without control characters, secrets (also percent-encoded,
 * base64 or JSON-escaped) and without longer echoes of the texts.
 */
export function redactMessage(message: string, secrets: readonly string[], texts: readonly string[]): string {
  // Cut generously first, so that a huge error page costs nothing, and finely at the end.
  const line = maskSecrets(oneLine(message.slice(0, 16_384)), secrets)
    .replace(KEY_SHAPES, MASK)
    .slice(0, LONGEST_MESSAGE * 2);
  const masked = maskEchoes(line, texts);
  return masked.length <= LONGEST_MESSAGE
    ? masked
    : `${masked.slice(0, LONGEST_MESSAGE - 3).toWellFormed()}...`;
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/gu, ' ').trim();
}

/** Replaces every stretch of the line that occurs in one of the texts by "[text]". */
function maskEchoes(line: string, texts: readonly string[]): string {
  if (line.length === 0 || texts.length === 0) return line;
  const haystacks = texts.map(oneLine).filter((text) => text.length > 0);
  const echoed = new Array<boolean>(line.length).fill(false);
  for (let start = 0; start + WINDOW <= line.length; start++) {
    const window = line.slice(start, start + WINDOW);
    if (haystacks.some((text) => text.includes(window))) echoed.fill(true, start, start + WINDOW);
  }
  for (const text of haystacks) {
    if (text.length >= WINDOW || text.length < SHORTEST_SECRET) continue;
    for (let at = line.indexOf(text); at >= 0; at = line.indexOf(text, at + 1)) {
      echoed.fill(true, at, at + text.length);
    }
  }
  let masked = '';
  for (let i = 0; i < line.length; i++) {
    if (!echoed[i]) masked += line.charAt(i);
    else if (i === 0 || !echoed[i - 1]) masked += '[text]';
  }
  return masked;
}
