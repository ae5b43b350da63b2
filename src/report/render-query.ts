import type { QueryResult, QueryResultHit } from '../domain/query.js';
import { safe } from './escape.js';
import { flowItems } from './flow-items.js';
import { displayWidth, padStart, shortenMiddle, shortenPath } from './layout.js';
import type { Style } from './style.js';

const SNIPPET_LINES = 3;

/** Best first: score, where, under which headings, and how the text begins. */
export function* renderQuery(
  result: QueryResult,
  options: { readonly style: Style; readonly width: number; readonly verbose: boolean },
): Generator<string> {
  const { style, width } = options;
  for (const hit of result.hits) {
    yield* hitLines(hit, options);
    yield '';
  }
  const where = `${safe(result.collection)} @ ${safe(result.environment)}`;
  if (result.hits.length === 0) yield `Nothing found in ${where}.`;
  const note = `lexical-hash finds shared words, not meaning (${where})`;
  if (result.lexical) yield* flowItems('', style.dim(note).split(' '), ' ', width);
}

function* hitLines(
  hit: QueryResultHit,
  options: { readonly style: Style; readonly width: number; readonly verbose: boolean },
): Generator<string> {
  const { style, width, verbose } = options;
  const score = padStart(hit.score.toFixed(3), 6);
  const lines = hit.line_start === hit.line_end ? `:${hit.line_start}` : `:${hit.line_start}-${hit.line_end}`;
  const times = timesOf(hit);
  const uri = safe(hit.uri);
  const shown = verbose ? uri : shortenPath(uri, Math.max(20, width - 8 - lines.length - times.length));
  yield `${style.green(score)}  ${style.bold(shown + lines)}${style.cyan(times)}`;
  const heading = safe(hit.heading_path);
  if (heading !== '') yield `        ${style.cyan(shortenMiddle(heading, width - 8))}`;
  // The stored text begins with the heading path, which is shown already.
  const text = hit.text.startsWith(hit.heading_path) ? hit.text.slice(hit.heading_path.length) : hit.text;
  const words = text.split(/\s+/).filter((word) => word !== '');
  let left = SNIPPET_LINES;
  const room = width - 8;
  // Only so many words as the lines can hold: a chunk may be long.
  for (const line of wrapWords(words, room)) {
    if (!verbose && left-- === 0) {
      yield '        ...';
      return;
    }
    yield `        ${line}`;
  }
}

/** `  01:05-01:32`; empty for what was not said. */
function timesOf({ start_ms, end_ms }: QueryResultHit): string {
  return start_ms === null || end_ms === null ? '' : `  ${clock(start_ms)}-${clock(end_ms)}`;
}

/** `mm:ss`, from one hour on `h:mm:ss`. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const two = (value: number): string => String(value).padStart(2, '0');
  const short = `${two(minutes % 60)}:${two(seconds % 60)}`;
  return minutes < 60 ? short : `${Math.floor(minutes / 60)}:${short}`;
}

/** Lines of at most `width` columns; scripts without spaces are cut between characters. */
function* wrapWords(words: readonly string[], width: number): Generator<string> {
  let line = '';
  for (const word of words.map(safe)) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (displayWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') yield line;
    line = '';
    for (const character of word) {
      if (displayWidth(line + character) > width) {
        yield line;
        line = '';
      }
      line += character;
    }
  }
  if (line !== '') yield line;
}
