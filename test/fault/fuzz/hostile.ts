/** What hostile or broken inputs are made of, and what may come of them. */
import fc from 'fast-check';
import { IngestError, ManifestFaults } from '../../../src/domain/errors.js';

/** INGEST_TEST_RUNS=5000 looks longer, INGEST_TEST_SEED=... again; a failure prints its seed and path. */
const { INGEST_TEST_RUNS, INGEST_TEST_SEED, INGEST_TEST_PATH } = process.env;

export function runs(usual: number): fc.Parameters<unknown> {
  return {
    numRuns: INGEST_TEST_RUNS === undefined ? usual : Number(INGEST_TEST_RUNS),
    ...(INGEST_TEST_SEED === undefined ? {} : { seed: Number(INGEST_TEST_SEED) }),
    ...(INGEST_TEST_PATH === undefined ? {} : { path: INGEST_TEST_PATH }),
  };
}

export const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '',
] as const;

/** What moves the cursor, recolours, opens links, sets the clipboard, reverses or hides text, ends a line. */
export const ESCAPES = [
  '\u001b[31mred',
  '\u001b[2J',
  '\u001b]8;;http://evil.test\u0007link\u001b]8;;\u0007',
  '\u001b]52;c;ZXZpbA==\u0007',
  '\u009b31m',
  '\u009d52;c;ZXZpbA==\u009c',
  '\u202egnp.exe',
  '\u2066hidden\u2069',
  '\u200bzero\u2060width\ufeff',
  'line\nbreak',
  'carriage\rreturn',
  '\u2028separator\u2029',
  'bell\u0007back\b\b\u007f',
] as const;

/** Characters that must never reach a terminal raw; a line feed ends our own lines. */
// biome-ignore lint/complexity/useRegexLiterals: readable as a list of code points
const RAW = new RegExp(
  '[\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]',
  'u',
);

/** The first raw character with what stands around it; undefined when there is none. */
export function rawIn(text: string): string | undefined {
  const found = RAW.exec(text);
  return found === null
    ? undefined
    : JSON.stringify(text.slice(Math.max(0, found.index - 40), found.index + 40));
}

const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(...ESCAPES, ...KEYS),
);

/** Any JSON, with the keys that pollute prototypes as own ones and numbers at the edges. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false, 0, -1, 1e308, 2 ** 53 + 2, 0.1, ''),
    text,
    fc.integer(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(text, fc.constantFrom(...KEYS)), tie('value')), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** A copy of a JSON value with one place replaced, taken away, doubled or added to. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  return fc
    .array(
      fc.record({
        place: fc.nat(100_000),
        how: fc.constantFrom('replace', 'remove', 'add', 'swap' as const),
        json: anyJson,
        key: fc.oneof(text, fc.constantFrom(...KEYS)),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((changes) => {
      let copy = structuredClone(value);
      for (const { place, how, json, key } of changes) {
        const places = placesIn(copy);
        const chosen = places[place % places.length];
        if (chosen === undefined) copy = json;
        else if (how === 'remove') remove(chosen);
        else if (how === 'add') define(chosen.parent, key, json);
        else
          define(chosen.parent, chosen.key, how === 'swap' ? places[(place * 7) % places.length]?.key : json);
      }
      return copy;
    });
}

interface Place {
  readonly parent: object;
  readonly key: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [{ parent: value, key }, ...placesIn(child)]);
}

function remove({ parent, key }: Place): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent, key);
}

function define(parent: object, key: string, value: unknown): void {
  if (Array.isArray(parent) && !/^\d+$/.test(key)) parent.push(value);
  else setOwn(parent, key, value);
}

function setOwn(parent: object, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

/** What the user is told: a code and a message. Everything else is a crash. */
export function isExplained(error: unknown): boolean {
  if (error instanceof ManifestFaults) return error.faults.length > 0;
  return error instanceof IngestError && error.kind !== 'bug' && error.message !== '' && error.advice !== '';
}

/** Own keys of the prototypes that everything shares, as they are before anything hostile is read. */
export function prototypes(): string {
  return JSON.stringify(
    [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((one) =>
      Reflect.ownKeys(one).map(String),
    ),
  );
}
