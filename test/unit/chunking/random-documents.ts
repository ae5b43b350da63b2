/** Random Markdown and plain text for the property tests of the chunkers. */
import fc from 'fast-check';

const SYLLABLES = [
  'ka',
  'mo',
  'ri',
  'ten',
  'sol',
  'vu',
  'pa',
  'lin',
  'dre',
  'ox',
  'bu',
  'fi',
  'gha',
  'ne',
  'zu',
];

const word = fc
  .array(fc.constantFrom(...SYLLABLES), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(''));

const words = (minLength: number, maxLength: number) =>
  fc.array(word, { minLength, maxLength }).map((list) => list.join(' '));

export const sentence = words(4, 18).map((text) => `${text}.`);

export const paragraph = fc
  .array(sentence, { minLength: 1, maxLength: 6 })
  .map((sentences) => sentences.join(' '));

const list = fc
  .array(words(3, 20), { minLength: 2, maxLength: 12 })
  .map((items) => items.map((item) => `- ${item}`).join('\n'));

const fence = fc
  .array(words(1, 8), { minLength: 1, maxLength: 40 })
  .map((lines) => ['```js', ...lines, '```'].join('\n'));

const table = fc
  .array(fc.tuple(word, words(1, 6)), { minLength: 1, maxLength: 20 })
  .map((rows) => ['| name | use |', '|---|---|', ...rows.map(([a, b]) => `| ${a} | ${b} |`)].join('\n'));

const heading = fc.tuple(fc.integer({ min: 1, max: 4 }), words(1, 4)).map(([level, text]) => {
  return `${'#'.repeat(level)} ${text}`;
});

/** One Markdown block without blank lines inside. */
export const bodyBlock = fc.oneof(
  { weight: 6, arbitrary: paragraph },
  { weight: 1, arbitrary: list },
  { weight: 1, arbitrary: fence },
  { weight: 1, arbitrary: table },
);

export const anyBlock = fc.oneof({ weight: 8, arbitrary: bodyBlock }, { weight: 1, arbitrary: heading });

export type Edit =
  | { readonly kind: 'insert'; readonly at: number; readonly block: string }
  | { readonly kind: 'replace'; readonly at: number; readonly block: string }
  | { readonly kind: 'delete'; readonly at: number };

export function edit(block: fc.Arbitrary<string>): fc.Arbitrary<Edit> {
  return fc.oneof(
    fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), block }),
    fc.record({ kind: fc.constant('replace' as const), at: fc.nat(), block }),
    fc.record({ kind: fc.constant('delete' as const), at: fc.nat() }),
  );
}

export function apply(blocks: readonly string[], change: Edit): string[] {
  const at = change.at % blocks.length;
  if (change.kind === 'delete') return blocks.toSpliced(at, 1);
  return blocks.toSpliced(at, change.kind === 'replace' ? 1 : 0, change.block);
}

/** Texts that were not among the old ones. */
export function newTexts(before: readonly string[], after: readonly string[]): string[] {
  const old = new Set(before);
  return [...new Set(after)].filter((text) => !old.has(text));
}

/** What an embedder would see: runs of characters between white space. */
export function tokens(text: string): string[] {
  return text.split(/\s+/).filter((token) => token !== '');
}
