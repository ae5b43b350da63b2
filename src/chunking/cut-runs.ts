/**
 * Cuts text without sentences into short runs that larger pieces are packed from. Where a run ends is
 * decided by the text around it, not by counting from the start, so that an insertion moves no run
 * further on than the next such place.
 */
import { isCharacterBoundary, isSpace } from './character-classes.js';
import { contentHash } from './content-hash.js';

/** One word start in so many ends a run. */
const WORDS = 4;
/** One character in so many ends a run where there are no words. */
const CHARACTERS = 32;

/** Offsets in (from, to) at word starts, rising; runs are at most about `limit` units where words allow. */
export function* cutWords(text: string, from: number, to: number, limit: number): Generator<number> {
  let kept = from;
  let last = from;
  for (let at = from + 1; at < to; at++) {
    if (!isSpace(text.charCodeAt(at - 1)) || isSpace(text.charCodeAt(at))) continue;
    if (at - kept > limit && last > kept) {
      kept = last;
      yield kept;
    }
    last = at;
    if (at - kept >= 8 && contentHash(text, at, to, 8) % WORDS === 0) {
      kept = at;
      yield kept;
    }
  }
  if (to - kept > limit && last > kept) yield last;
}

/** Offsets in (from, to) between code points, one in `count`: where nothing better is left. */
export function* cutPoints(text: string, from: number, to: number, count: number): Generator<number> {
  let seen = 0;
  for (let at = from; at < to; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) {
    if (at > from && ++seen % count === 0) yield at;
  }
}

/** Offsets in (from, to) between characters, rising; runs are at most `limit` units plus one character. */
export function* cutCharacters(text: string, from: number, to: number, limit: number): Generator<number> {
  let kept = from;
  for (let at = from + 1; at < to; at++) {
    const wanted = at - kept >= limit || contentHash(text, at - 4, at, 4) % CHARACTERS === 0;
    if (wanted && isCharacterBoundary(text, at)) {
      kept = at;
      yield kept;
    }
  }
}
