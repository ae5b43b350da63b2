/**
 * lexical-hash 1: words and characters hashed into a fixed number of dimensions. It is lexical, not
 * semantic: it finds texts that share words, in English and Chinese alike, without any download.
 *
 * Vectors are equal bit for bit on every platform and Node: no Intl.Segmenter and no `\p{...}` (their
 * data moves), weights are whole numbers of thousandths added exactly, and the rest is + - * / sqrt, which
 * IEEE 754 fixes. No corpus statistics: a vector depends on its text alone.
 */
import { setImmediate } from 'node:timers/promises';
import type { EmbeddingSpec } from '../../domain/embedding-spec.js';
import { embeddingFingerprint } from '../../domain/identity.js';
import { type EmbeddingProvider, NO_RATE_LIMITS } from '../../domain/ports/embedder.js';
import type { ProviderDescription, ProviderModule } from '../provider-module.js';
import { FUNCTION_CHARACTERS, foldText, STOP_WORDS, stem, TOKENS } from './lexical-words.js';

/** The version is in the model's name, and so in the fingerprint. */
const MODEL = 'lexical-hash-1';
const DEFAULT_DIMENSIONS = 1024;
const BATCH = 64;
/** A thousand chunks of a thousand characters, half of what two cores gave: it shares them with the writing. */
const TOKENS_PER_SECOND = 250_000;

/** Weights in thousandths. */
const FULL = 1000;
const WORD_PAIR = 500;
const WEAK = 300;

/** The vector of one text: unit length, never zero. Linear in the length of the text. */
export function lexicalHashVector(text: string, dimensions: number): Float32Array {
  const folded = foldText(text);
  const sums = new Float64Array(dimensions);
  for (const [feature, { weight, count }] of features(folded)) {
    const hash = finalisedFnv(feature);
    const value = Math.round(weight * (1 + naturalLog(count)));
    const bucket = (hash & 0x7fffffff) % dimensions;
    sums[bucket] = (sums[bucket] ?? 0) + (hash < 0 ? -value : value);
  }
  // Stop words alone, emoji alone, or features that cancelled out: unsigned characters cannot cancel.
  if (sums.every((sum) => sum === 0)) addCharacters(folded, sums);
  return unitVector(sums);
}

interface Feature {
  readonly weight: number;
  count: number;
}

function features(folded: string): Map<string, Feature> {
  const found = new Map<string, Feature>();
  const add = (feature: string, weight: number): void => {
    const known = found.get(feature);
    if (known === undefined) found.set(feature, { weight, count: 1 });
    else known.count++;
  };
  let previous: string | undefined;
  for (const [, cjk, word] of folded.matchAll(TOKENS)) {
    if (cjk !== undefined) {
      addCjkRun(cjk, add);
      previous = undefined;
    } else if (word !== undefined && !STOP_WORDS.has(word)) {
      const stemmed = stem(word);
      add(`w ${stemmed}`, FULL);
      if (previous !== undefined) add(`p ${previous} ${stemmed}`, WORD_PAIR);
      previous = stemmed;
      const edged = `^${word}$`;
      for (let i = 0; i + 3 <= edged.length; i++) add(`t ${edged.slice(i, i + 3)}`, WEAK);
    }
  }
  return found;
}

function addCjkRun(run: string, add: (feature: string, weight: number) => void): void {
  let previous: string | undefined;
  for (const character of run) {
    const isFunction = FUNCTION_CHARACTERS.has(character);
    if (!isFunction) add(`c ${character}`, WEAK);
    if (previous !== undefined) {
      const weak = isFunction || FUNCTION_CHARACTERS.has(previous);
      add(`b ${previous}${character}`, weak ? WEAK : FULL);
    }
    previous = character;
  }
}

function addCharacters(folded: string, sums: Float64Array): void {
  let added = false;
  for (const character of folded) {
    // A text of white space alone still has a direction, that of the space.
    if (/\s/u.test(character)) continue;
    addCharacter(character, sums);
    added = true;
  }
  if (!added) addCharacter(' ', sums);
}

function addCharacter(character: string, sums: Float64Array): void {
  const bucket = (finalisedFnv(`u ${character}`) & 0x7fffffff) % sums.length;
  sums[bucket] = (sums[bucket] ?? 0) + FULL;
}

/** FNV-1a over the bytes of the UTF-16 units (low byte first), finalised as in MurmurHash3. Signed 32 bits. */
function finalisedFnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** ln of a whole number >= 1 by the atanh series; Math.log may differ in the last bit between engines. */
function naturalLog(count: number): number {
  let mantissa = count;
  let exponent = 0;
  while (mantissa > 1.5) {
    mantissa /= 2;
    exponent++;
  }
  const z = (mantissa - 1) / (mantissa + 1);
  let series = 0;
  for (let k = 19; k >= 1; k -= 2) series = series * z * z + 1 / k;
  return exponent * Math.LN2 + 2 * z * series;
}

function unitVector(sums: Float64Array): Float32Array {
  let squares = 0;
  for (const sum of sums) squares += sum * sum;
  const norm = Math.sqrt(squares);
  return Float32Array.from(sums, (sum) => sum / norm);
}

function describe(spec: EmbeddingSpec): ProviderDescription & { readonly dimensions: number } {
  const dimensions = spec.dimensions ?? DEFAULT_DIMENSIONS;
  return {
    model: MODEL,
    semantic: false,
    dimensions,
    price: 0,
    pace: { tokensPerSecond: TOKENS_PER_SECOND, textsPerRequest: BATCH, limits: NO_RATE_LIMITS },
    fingerprint: embeddingFingerprint({
      provider: 'lexical-hash',
      model: MODEL,
      revision: null,
      dimensions,
      query_prefix: spec.query_prefix,
      passage_prefix: spec.passage_prefix,
      normalise: true,
    }),
  };
}

function create(spec: EmbeddingSpec): EmbeddingProvider {
  const { fingerprint, dimensions } = describe(spec);
  return {
    name: 'lexical-hash',
    model: MODEL,
    fingerprint,
    dimensions,
    maxBatch: spec.batch_size ?? BATCH,
    maxConcurrency: 1,
    rateLimits: NO_RATE_LIMITS,
    pricePerMillionTokens: 0,
    async embed(texts, role, signal) {
      // Computing never waits for anything: give signals and sockets their turn between batches.
      await setImmediate(undefined, { signal });
      const prefix = role === 'query' ? spec.query_prefix : spec.passage_prefix;
      return texts.map((text) => lexicalHashVector(prefix + text, dimensions));
    },
  };
}

export const lexicalHash: ProviderModule = { describe, create };
