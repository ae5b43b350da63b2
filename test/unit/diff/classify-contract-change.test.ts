/** What an edit of a contract means: ajv has the last word on what `additive` promises. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classifyContractChange } from '../../../src/diff/classify-contract-change.js';
import type { ContractClass } from '../../../src/domain/plan.js';

const text = { type: 'string' };
/** Not written as such, since an object with `then` looks like a promise. */
const THEN = 'then';
const when = (condition: unknown, then: unknown): object => ({ if: condition, [THEN]: then });
const closed = (properties: object): object => ({ properties, additionalProperties: false });

describe('an edit is', () => {
  test.each<[ContractClass, string, unknown, unknown]>([
    ['additive', 'a field that nobody could have had', closed({ a: text }), closed({ a: text, b: text })],
    [
      'additive',
      'a field of which nothing is asked',
      { properties: {} },
      { properties: { b: { title: 'B' } } },
    ],
    ['additive', 'a longer list of values', { enum: ['a'] }, { enum: ['b', 'a'] }],
    ['additive', 'a list in place of one value', { const: 'a' }, { enum: ['a', 'b'] }],
    [
      'additive',
      'a looser limit',
      { properties: { a: { maxLength: 5 } } },
      { properties: { a: { maxLength: 9 } } },
    ],
    ['additive', 'a limit that says what holds anyway', {}, { minLength: 0 }],
    ['additive', 'another type beside', { type: 'integer' }, { type: ['number', 'null'] }],
    ['additive', 'a field that is not required any more', { required: ['a', 'b'] }, { required: ['b'] }],
    ['additive', 'an open map', closed({}), {}],
    ['additive', 'one more way to satisfy it', { anyOf: [text] }, { anyOf: [{ type: 'null' }, text] }],
    ['additive', 'no rule of one kind', { allOf: [text, { minLength: 1 }] }, { allOf: [text] }],
    ['additive', 'a coarser grid', { multipleOf: 4 }, { multipleOf: 2 }],
    ['additive', 'a description', { title: 'A' }, { title: 'B', description: 'of it', examples: [1] }],
    ['additive', 'a contract that goes', { required: ['a'] }, true],
    [
      'additive',
      'a wider shared part',
      { $ref: '#/$defs/a', $defs: { a: { maximum: 1 } } },
      { $ref: '#/$defs/a', $defs: { a: { maximum: 2 } } },
    ],
    ['breaking', 'a contract that comes', true, { required: ['a'] }],
    ['breaking', 'a field that is required', { required: ['a'] }, { required: ['a', 'b'] }],
    ['breaking', 'a shorter list of values', { enum: ['a', 'b'] }, { enum: ['b', 'c'] }],
    ['breaking', 'another type', { type: ['string', 'null'] }, { type: 'string' }],
    ['breaking', 'a number that must be whole', { type: 'number' }, { type: 'integer' }],
    [
      'breaking',
      'a pattern where there was none',
      { properties: { a: text } },
      { properties: { a: { ...text, pattern: '^x' } } },
    ],
    ['breaking', 'a format where there was none', text, { ...text, format: 'uri' }],
    ['breaking', 'a closed map', { properties: { a: text } }, closed({ a: text })],
    ['breaking', 'a field taken out of a closed map', closed({ a: text, b: text }), closed({ a: text })],
    ['breaking', 'a way that is closed', { anyOf: [text, { type: 'null' }] }, { anyOf: [text] }],
    [
      'breaking',
      'a narrower shared part',
      { $ref: '#/$defs/a', $defs: { a: {} } },
      { $ref: '#/$defs/a', $defs: { a: text } },
    ],
    ['conditional', 'a field that documents may have had', { properties: {} }, { properties: { b: text } }],
    ['conditional', 'another pattern', { pattern: '^a' }, { pattern: '^[ab]' }],
    ['conditional', 'another condition', when(text, {}), when(text, { minLength: 2 })],
    ['conditional', 'another reference', { $ref: '#/$defs/a' }, { $ref: '#/$defs/b' }],
    ['conditional', 'one of several, exactly', { oneOf: [text] }, { oneOf: [text, { minLength: 2 }] }],
    ['conditional', 'a keyword that nobody here knows', {}, { 'x-pii': { action: 'deny' } }],
    [
      'conditional',
      'a wider part that something denies',
      { not: { $ref: '#/$defs/a' }, $defs: { a: { maximum: 1 } } },
      { not: { $ref: '#/$defs/a' }, $defs: { a: { maximum: 2 } } },
    ],
  ])('%s: %s', (expected, _what, before, after) => {
    expect(classifyContractChange(before, after).class).toBe(expected);
  });

  test('named with its path, the gravest first, and many are counted', () => {
    const before = { properties: { a: { enum: ['x'] }, 'b/c': { maxLength: 9 } }, required: [] };
    const after = { properties: { a: { enum: ['x', 'y'] }, 'b/c': { maxLength: 5 } }, required: ['a'] };
    expect(classifyContractChange(before, after)).toEqual({
      class: 'breaking',
      edits: [
        { path: '/a', what: 'required now', class: 'breaking' },
        { path: '/b~1c/maxLength', what: '9 -> 5', class: 'breaking' },
        { path: '/a/enum', what: '"y" allowed too', class: 'additive' },
      ],
      more: 0,
    });
    const many = { required: Array.from({ length: 60 }, (_, i) => `f${i}`) };
    expect(classifyContractChange({}, many)).toMatchObject({ class: 'breaking', more: 10 });
    expect(classifyContractChange(many, many)).toEqual({ class: 'additive', edits: [], more: 0 });
  });
});

const name = fc.constantFrom('a', 'b', 'c');
const scalar = fc.constantFrom<unknown>(0, 1, 2, 3.5, -1, '', 'a', 'ab', 'abc', true, null);
const { document } = fc.letrec<{ document: unknown }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    scalar,
    fc.array(tie('document'), { maxLength: 3 }),
    fc.dictionary(name, tie('document'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

/** Small enough that documents often satisfy it, and with every keyword that is compared. */
const { schema } = fc.letrec<{ schema: unknown }>((tie) => {
  const part = tie('schema');
  const small = fc.nat({ max: 3 });
  const keywords = someOf({
    type: fc.oneof(
      fc.constantFrom('object', 'string', 'integer', 'number', 'array'),
      fc.uniqueArray(fc.constantFrom('object', 'string', 'number', 'null', 'boolean', 'array'), {
        minLength: 1,
        maxLength: 4,
      }),
    ),
    enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 5 }),
    const: scalar,
    properties: fc.dictionary(name, part, { maxKeys: 3 }),
    patternProperties: fc.dictionary(fc.constantFrom('^a', 'b', '^[bc]$'), part, { maxKeys: 1 }),
    additionalProperties: part,
    required: fc.uniqueArray(name, { maxLength: 2 }),
    propertyNames: fc.constantFrom<unknown>({ enum: ['a', 'b'] }, { maxLength: 1 }, true),
    dependentRequired: fc.constantFrom({ a: ['b'] }, { a: ['b', 'c'] }, { b: [] }),
    items: part,
    prefixItems: fc.array(part, { minLength: 1, maxLength: 2 }),
    contains: part,
    minContains: small,
    minimum: small,
    exclusiveMaximum: small,
    multipleOf: fc.constantFrom(1, 2, 4, 0.5),
    minLength: small,
    maxLength: small,
    maxItems: small,
    uniqueItems: fc.boolean(),
    minProperties: fc.nat({ max: 1 }),
    pattern: fc.constantFrom('^a', 'b'),
    allOf: fc.array(part, { minLength: 1, maxLength: 2 }),
    anyOf: fc.array(part, { minLength: 1, maxLength: 2 }),
    oneOf: fc.array(part, { minLength: 1, maxLength: 2 }),
    not: part,
    if: part,
    [THEN]: part,
    unevaluatedProperties: fc.boolean(),
    $ref: fc.constantFrom('#/$defs/x', '#/$defs/y'),
  });
  return {
    schema: fc.oneof({ maxDepth: 2, depthSize: 'small' }, fc.boolean(), keywords, keywords),
  };
});

/** A few keywords at a time. */
function someOf(keywords: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  const entry = Object.entries(keywords).map(([key, value]) => value.map((one) => [key, one] as const));
  return fc.array(fc.oneof(...entry), { minLength: 1, maxLength: 4 }).map((some) => Object.fromEntries(some));
}

/** The same schema with one part of it put in place of another, taken out, or written anew: an edit, as people make them. */
const pair = fc.tuple(schema, fc.tuple(schema, schema)).chain(([first, [x, y]]) => {
  const before = rooted(first, x, y);
  const edited = (change: (after: Record<string, unknown>) => void) => {
    const after = structuredClone(before);
    change(after);
    return { before, after };
  };
  const some = { minLength: 1, maxLength: 3 };
  const loosened = fc
    .array(fc.nat(), some)
    .map((places) => edited((after) => places.forEach((at) => void loosen(after, at))));
  const arbitrary = fc
    .array(fc.tuple(fc.nat(), schema, fc.nat({ max: 3 })), some)
    .map((edits) => edited((after) => edits.forEach(([at, part, how]) => void edit(after, at, part, how))));
  const another = schema.map((other) => ({ before, after: rooted(other, x, y) }));
  // Arbitrary ones hardly ever let all pass that passed before.
  return fc.oneof(
    { weight: 6, arbitrary: loosened },
    { weight: 2, arbitrary },
    { weight: 1, arbitrary: another },
  );
});

function rooted(root: unknown, x: unknown, y: unknown): Record<string, unknown> {
  const whole = typeof root === 'object' && root !== null ? root : root === true ? {} : { not: {} };
  // What is shared refers to nothing itself: references that never end are another matter.
  return { ...whole, $defs: { x: unreferring(x), y: unreferring(y) } };
}

function unreferring(part: unknown): unknown {
  return JSON.parse(JSON.stringify(part), (key, value) => (key === '$ref' ? undefined : value)) as unknown;
}

function edit(root: Record<string, unknown>, at: number, part: unknown, how: number): void {
  const places: [Record<string, unknown> | unknown[], string][] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      if (key !== '$defs') places.push([value as Record<string, unknown>, key]);
      walk((value as Record<string, unknown>)[key]);
    }
  };
  walk(root);
  const [holder, key] = places[at % Math.max(1, places.length)] ?? [root, ''];
  const old = (holder as Record<string, unknown>)[key];
  if (how === 0 && !Array.isArray(holder)) delete holder[key];
  else if (typeof old === 'number')
    (holder as Record<string, unknown>)[key] = Math.max(0, old + (how === 1 ? 1 : -1));
  else if (Array.isArray(old) && how !== 3)
    old.splice(0, how === 1 ? 1 : 0, ...(how === 2 ? [old[0] === 'a' ? 'c' : 'a'] : []));
  else if (
    typeof part === 'object' &&
    part !== null &&
    !Array.isArray(holder) &&
    typeof old === 'object' &&
    old !== null
  )
    Object.assign(old, unreferring(part));
  else if (typeof part === 'object' && part !== null) Object.assign(root, unreferring(part));
}

/** What asks for less in place of a keyword; undefined: it goes. Where it stands, that may mean more: below `not`. */
const LOOSER: Readonly<Record<string, (old: never) => unknown>> = {
  type: (old: string | string[]) => [...new Set([old, 'null', 'integer'].flat())],
  enum: (old: unknown[]) => [...old, 'c', 2],
  const: () => undefined,
  required: (old: string[]) => old.slice(1),
  minimum: (old: number) => old - 1,
  exclusiveMaximum: (old: number) => old + 1,
  multipleOf: (old: number) => old / 2,
  minLength: (old: number) => Math.max(0, old - 1),
  maxLength: (old: number) => old + 1,
  maxItems: (old: number) => old + 1,
  uniqueItems: () => false,
  minProperties: () => undefined,
  minContains: (old: number) => Math.max(0, old - 1),
  pattern: () => undefined,
  propertyNames: () => true,
  additionalProperties: () => true,
  items: () => true,
  dependentRequired: () => ({}),
  allOf: (old: unknown[]) => (old.length > 1 ? old.slice(1) : undefined),
  anyOf: (old: unknown[]) => [...old, { type: 'string' }],
  prefixItems: (old: unknown[]) => old.map(() => true),
};

function loosen(root: Record<string, unknown>, at: number): void {
  const places: [Record<string, unknown>, string][] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, below] of Object.entries(value)) {
      if (!Array.isArray(value) && Object.hasOwn(LOOSER, key)) places.push([value as never, key]);
      if (key !== '$defs') walk(below);
    }
  };
  walk(root);
  const keywords = Object.keys(root).filter((key) => key !== '$defs');
  const [holder, key] = places[at % Math.max(1, places.length)] ?? [root, keywords[0] ?? ''];
  const looser = LOOSER[key]?.(holder[key] as never);
  if (looser === undefined) delete holder[key];
  else holder[key] = looser;
}

const ajv = new Ajv2020({
  strict: false,
  meta: false,
  validateSchema: false,
  ownProperties: true,
  allowMatchingProperties: true,
  logger: false,
});

/** Undefined where ajv does not get along with a schema: then it decides nothing. */
function verdicts(of: object, documents: readonly unknown[]): readonly boolean[] | undefined {
  try {
    const check = ajv.compile(of);
    return documents.map((one) => check(one) === true);
  } catch {
    return undefined;
  }
}

/** Of the others so many are enough to see that the documents would notice. */
const NOTICED = 60;

test('what is additive never refuses a document that passed before, and ajv decides', () => {
  const seen = { additive: 0, documents: 0, noticed: 0, keywords: new Set<string>() };
  fc.assert(
    fc.property(
      pair,
      fc.array(document, { minLength: 10, maxLength: 25 }),
      ({ before, after }, documents) => {
        const change = classifyContractChange(before, after);
        const additive = change.class === 'additive';
        if (change.edits.length === 0 || (!additive && seen.noticed >= NOTICED)) return;
        const was = verdicts(before, documents);
        const is = verdicts(after, documents);
        if (was === undefined || is === undefined) return;
        const passed = documents.filter((_, i) => was[i]);
        const refused = documents.find((_, i) => was[i] && !is[i]);
        if (!additive) {
          if (refused !== undefined) seen.noticed++;
          return;
        }
        expect(refused, JSON.stringify({ before, after, refused, change })).toBeUndefined();
        if (passed.length === 0) return;
        seen.additive++;
        seen.documents += passed.length;
        for (const { path } of change.edits) seen.keywords.add(path.split('/').at(-1) ?? '');
      },
    ),
    { numRuns: 1000, endOnFailure: true },
  );
  // It would be worth nothing if it never met one: it meets some 160, over nearly all keywords, with 1,800 documents.
  expect(seen.additive).toBeGreaterThan(100);
  expect(seen.documents).toBeGreaterThan(1000);
  expect([...seen.keywords].filter((keyword) => Object.hasOwn(LOOSER, keyword)).length).toBeGreaterThan(12);
  expect(seen.noticed).toBe(NOTICED);
});
