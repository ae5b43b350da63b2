/**
 * Bounds for any tokenizer. Byte-pair merging takes the square of the time on a run without a break, and some
 * tokenizers say that a word of a megabyte is one token, or that white space is none.
 */
import type { Measure } from '../measure.js';

/** Runs without a change between white space and text are counted in parts of this many UTF-16 units. */
const MAX_RUN = 256;
/** However few tokens, a text counts as one for so many UTF-16 units: a chunk of few tokens is not endless. */
const UNITS_PER_TOKEN = 32;

export function boundedMeasure(count: (text: string) => number): Measure {
  return {
    additive: false,
    size(text) {
      let tokens = 0;
      for (const part of boundedParts(text)) tokens += count(part);
      return Math.max(tokens, Math.ceil(text.length / UNITS_PER_TOKEN));
    },
  };
}

/** The text itself, or its parts where a run is too long; never cut inside a surrogate pair. */
function* boundedParts(text: string): Generator<string> {
  let from = 0;
  let run = 0;
  let wasSpace = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const isSpace = unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
    run = isSpace === wasSpace ? run + 1 : 1;
    wasSpace = isSpace;
    if (run <= MAX_RUN || (unit >= 0xdc00 && unit <= 0xdfff)) continue;
    yield text.slice(from, at);
    from = at;
    run = 1;
  }
  if (from < text.length) yield from === 0 ? text : text.slice(from);
}
