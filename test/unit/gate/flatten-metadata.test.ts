import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flattenMetadata, mergeMetadata } from '../../../src/gate/flatten-metadata.js';

function flat(nested: Record<string, unknown>) {
  const result = flattenMetadata(nested);
  return result.ok ? result.metadata : expect.fail(result.detail);
}

test('values are stored in the form that Chroma gives back', () => {
  expect(
    flat({
      title: 'A',
      draft: false,
      pages: 3,
      ratio: 0.5,
      zero: -0,
      nothing: null,
      empty: {},
      author: { name: 'Ana', team: { id: 7 } },
      tags: ['b', 'a', null, { z: 1, y: Number.NaN }],
      none: [],
      big: 2 ** 53,
      huge: 12345678901234567890n,
      small: 12n,
      nan: Number.NaN,
      infinite: Number.NEGATIVE_INFINITY,
      date: new Date(Date.UTC(2026, 10, 21)),
      lone: 'a\ud800b',
    }),
  ).toEqual({
    title: 'A',
    draft: false,
    pages: 3,
    ratio: 0.5,
    zero: 0,
    'author.name': 'Ana',
    'author.team.id': 7,
    tags: '["b","a",null,{"y":"NaN","z":1}]',
    none: '[]',
    big: '9007199254740992',
    huge: '12345678901234567890',
    small: 12,
    nan: 'NaN',
    infinite: '-Infinity',
    date: '2026-11-21T00:00:00.000Z',
    lone: 'a\ufffdb',
  });
});

test('reserved and colliding keys are dropped with a warning each', () => {
  const result = flattenMetadata({
    '': 1,
    '#a': 1,
    $b: 1,
    'chroma:document': 1,
    ingest_uri: 'mine',
    'a.b': 'literal',
    a: { b: 'nested' },
    kept: 1,
  });
  if (!result.ok) expect.fail(result.detail);
  expect(result.metadata).toEqual({ 'a.b': 'nested', kept: 1 });
  expect(result.warnings.map(({ key }) => key)).toEqual(Array(6).fill('metadata-key-dropped'));
  expect(result.warnings.map(({ detail }) => detail)).toEqual([
    '',
    '#a',
    '$b',
    'a.b',
    'chroma:document',
    'ingest_uri',
  ]);
});

test('more than forty keys, or a value of more than 8,182 bytes, cannot be stored', () => {
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
  expect(Object.keys(flat(keys(40)))).toHaveLength(40);
  expect(flattenMetadata(keys(41))).toEqual({ ok: false, detail: '41 metadata keys, at most 40' });
  expect(flat({ a: 'x'.repeat(8182) })).toBeDefined();
  expect(flattenMetadata({ a: 'x'.repeat(8183) })).toEqual({
    ok: false,
    detail: 'a has 8183 bytes, at most 8182',
  });
});

test('absurd nesting is refused', () => {
  let nested: Record<string, unknown> = { end: 1 };
  for (let i = 0; i < 1000; i++) nested = { a: nested };
  expect(flattenMetadata(nested)).toMatchObject({ ok: false });
});

test('a document wins over its source, map by map', () => {
  expect(
    mergeMetadata({ a: { x: 1, y: 1 }, list: [1], keep: 1 }, { a: { y: 2 }, list: [2], more: null }),
  ).toEqual({
    a: { x: 1, y: 2 },
    list: [2],
    keep: 1,
    more: null,
  });
});

test('a key named __proto__ is a key like any other', () => {
  const hostile = JSON.parse(
    '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
  );
  const merged = mergeMetadata({ __proto__x: 1 }, mergeMetadata(hostile, hostile));
  expect(Object.hasOwn(merged, '__proto__')).toBe(true);
  expect(flat(merged as Record<string, unknown>)).toEqual({
    '__proto__.polluted': true,
    'constructor.prototype.polluted': true,
    __proto__x: 1,
  });
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('the order of keys does not matter, and only scalars come out', () => {
  const keys = fc.string({ maxLength: 4 });
  fc.assert(
    fc.property(fc.dictionary(keys, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 }), (nested) => {
      const result = flattenMetadata(nested);
      const reversed = flattenMetadata(Object.fromEntries(Object.entries(nested).reverse()));
      if (!result.ok || !reversed.ok) return result.ok === reversed.ok;
      expect(reversed.metadata).toEqual(result.metadata);
      return Object.entries(result.metadata).every(
        ([key, value]) => key !== '' && ['string', 'number', 'boolean'].includes(typeof value),
      );
    }),
  );
});
