/**
 * Work grows with the input, not with its square: every pattern in src against strings that repeat what it looks for,
 * and the readers of documents against what parsers fear. Measured as a ratio: twice the input, about twice the time.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { charParams } from '../../../src/chunking/chunk-params.js';
import { chunker, chunkerVersion } from '../../../src/chunking/chunkers.js';
import { DETECTORS } from '../../../src/gate/pii/detectors/detectors.js';
import { findPii } from '../../../src/gate/pii/find-pii.js';
import { compilePattern } from '../../../src/platform/linear-pattern.js';
import { safe } from '../../../src/report/escape.js';
import { parseMarkdown } from '../../../src/sources/parsing/parse-markdown.js';

const SRC = fileURLToPath(new URL('../../../src/', import.meta.url));
/** A pattern stands where an expression may begin. */
const LITERAL =
  /(?<=(?:[=(,:[!&|?;{}]|=>|return)\s*)\/(?![/*])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuvy]*)/g;

/** Square, over numbers that the program made itself: at most three hundred digits. */
const OWN_NUMBERS: ReadonlySet<string> = new Set(['\\B(?=(\\d{3})+(?!\\d))']);

interface Pattern {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

const PATTERNS: readonly Pattern[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const code = readFileSync(join(SRC, file), 'utf8').replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
    return [...code.matchAll(LITERAL)].map((match) => ({
      file,
      source: match[1] ?? '',
      flags: (match[2] ?? '').replace('y', ''),
    }));
  })
  .filter(({ source }) => !/`|\$\{\w/.test(source) && !OWN_NUMBERS.has(source));

/** Words and characters that the pattern itself names, and a few that most patterns have an opinion about. */
function pieces(source: string): string[] {
  const literal = source
    .replace(/\\([/.*+?^$(){}|[\]-])/g, '$1')
    .replace(/\\[a-zA-Z](?:\{[^}]*\})?/g, ' ')
    .replace(/\(\?(?:[:=!]|<[=!])/g, ' ');
  const words = literal.match(/[A-Za-z]{2,}[-_:=/.]*|[<>@=:/$#{}-]+/g) ?? [];
  return [
    ...new Set([...words, ...words.map((word) => `-${word}a`), ...words.map((w) => `${w}=`), ...COMMON]),
  ];
}
const LIMIT = 45;
const COMMON = ['a', '0', ' ', '/', '-', '=', '\n', 'a.', 'a ', '1 ', '\t', 'é', '"', "'"];

function best(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const begun = performance.now();
    work();
    least = Math.min(least, performance.now() - begun);
  }
  return least;
}

/** How much longer eight times the input takes: 8 is linear, 64 is square. Small times say nothing. */
function measured(work: (n: number) => unknown, most: number): number {
  // Up in steps, so that what is worse than square is seen before it hangs.
  for (let n = most >> 6; n <= most; n *= 8) {
    const begun = performance.now();
    work(n);
    if (performance.now() - begun < 8) continue;
    const time = best(() => work(n));
    if (time < 8) continue;
    const found = time / best(() => work(n >> 3));
    if (found >= LIMIT) return found;
  }
  return 1;
}

/** The least of a few: a machine under load may lie, but not downwards. */
function growth(work: (n: number) => unknown, most: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 4 && least >= LIMIT; i++) least = Math.min(least, measured(work, most));
  return least;
}

function run(pattern: Pattern, text: string): number {
  const compiled = new RegExp(pattern.source, pattern.flags);
  return compiled.global ? [...text.matchAll(compiled)].length : Number(compiled.test(text));
}

describe('every pattern in src', () => {
  it('is found by this test', () => {
    expect(PATTERNS.length).toBeGreaterThan(80);
    expect(PATTERNS.map((pattern) => pattern.file)).toContain('desired/find-secrets.ts');
  });

  it.each(PATTERNS.map((pattern) => [`/${pattern.source}/`, pattern.file, pattern] as const))(
    '%s in %s is linear',
    (_shown, _file, pattern) => {
      for (const piece of pieces(pattern.source)) {
        for (const [head, tail] of [
          ['', '\u0000'],
          ['x', ''],
        ] as const) {
          const attack = (n: number): number => run(pattern, head + piece.repeat(n) + tail);
          const found = growth(attack, 32_768);
          expect({ piece, growth: found < LIMIT ? 'linear' : found }).toEqual({ piece, growth: 'linear' });
        }
      }
    },
  );
});

const PARAMS = charParams({ max_chars: 1200, min_chars: 200, overlap_chars: 0 });
const FEARED = [
  '[',
  '![',
  '*a ',
  '_',
  '`',
  '> ',
  '- ',
  '<',
  '<!--',
  '&',
  '|',
  '#',
  '~',
  '(',
  '\\',
  'a\n',
  '\t',
  ': ',
  '[a](',
  '***a',
  '.',
  '。',
  '\u0301',
];

describe.each(['markdown', 'text', 'code', 'whole', 'rows'] as const)('the %s chunker', (strategy) => {
  it.each(FEARED)('grows with a document of %j', (piece) => {
    const cut = (n: number): void => {
      const { text } = parseMarkdown(piece.repeat(n));
      chunker(strategy, chunkerVersion(strategy)).chunk(text, PARAMS, undefined);
    };
    expect(growth(cut, 8192)).toBeLessThan(LIMIT);
  });
});

it.each(['\u001b', '\u202e', 'a'])('what is shown grows with %j', (piece) => {
  expect(growth((n) => safe(piece.repeat(n)), 32_768)).toBeLessThan(LIMIT);
});

const PERSONAL = [
  '@',
  'a@',
  'a@b.',
  'a.',
  '+1 ',
  '+',
  '001 ',
  '1 ',
  '1',
  '138 1234 567',
  '4111 ',
  '4111-',
  '-----BEGIN PRIVATE KEY-----\n',
  '-----BEGIN PRIVATE KEY-----',
  'DE89 ',
  'DE8',
  '1.1.1.1.',
  '1.1.1.1\n',
  ':',
  'a:',
  '\\',
  '\\u0040',
  '&#64;',
  '&#',
  '%40',
  'sk-',
  'eyJa.',
  '123-45-6789-',
  'ssn ',
  '110105 19491231 ',
];

it.each(Object.entries(DETECTORS))('looking for %s grows with the text', (name, find) => {
  for (const piece of PERSONAL) {
    const rule = { name, action: 'redact', find } as const;
    const found = growth((n) => findPii(piece.repeat(n), [rule], () => false), 32_768);
    expect({ piece, growth: found < LIMIT ? 'linear' : found }).toEqual({ piece, growth: 'linear' });
  }
});

it.each(['(a+)+$', 'a.*b|a', '(a|aa)*b', '[a ]*[a ]*x', 'a{1,50}b'])(
  'a pattern such as %s grows with the text',
  (source) => {
    const pattern = compilePattern(source);
    // A line is looked at in windows, so what counts is what comes behind the first.
    for (const piece of ['a', 'a ', 'ab']) {
      const time = (n: number): number => best(() => [...pattern.find(piece.repeat(n * 1024))].length);
      time(1);
      const found = time(16) / Math.max(1, time(2));
      expect({ piece, growth: found < LIMIT ? 'linear' : found }).toEqual({ piece, growth: 'linear' });
    }
  },
);
