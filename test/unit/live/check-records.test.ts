import { describe, expect, test } from 'vitest';
import type { PutRecord } from '../../../src/domain/ports/live.js';
import { checkPatches, checkPuts } from '../../../src/live/check-records.js';
import { limitsOf } from '../../../src/live/limits.js';

const LOCAL = limitsOf({ profile: 'server', limits: {} });
const CLOUD = limitsOf({ profile: 'cloud', limits: {} });

function record(change: Partial<PutRecord> = {}): PutRecord {
  return { id: 'r1', text: 't', vector: Float32Array.of(1, 2), metadata: { a: 'b' }, ...change };
}

function put(change: Partial<PutRecord>, limits = LOCAL): () => void {
  return () => checkPuts([record(change)], 2, limits);
}

function keys(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
}

describe('a record', () => {
  test.each<[string, Partial<PutRecord>]>([
    ['text, numbers, booleans and nulls', { metadata: { s: '', n: -1.5, b: false, gone: null } }],
    ['64 keys', { metadata: keys(64) }],
    ['a key with dots, spaces and umlauts', { metadata: { 'a.b c.ü': 1, 'x#$': 2, 'not-chroma:x': 3 } }],
  ])('with %s is stored', (_, change) => {
    expect(put(change)).not.toThrow();
  });

  test.each<[string, Partial<PutRecord>]>([
    ['an empty id', { id: '' }],
    ['an id that is not well-formed', { id: 'a\uD800' }],
    ['an empty text', { text: '' }],
    ['65 keys', { metadata: keys(65) }],
    ['an empty key', { metadata: { '': 1 } }],
    ['a key of Chroma', { metadata: { 'chroma:document': 1 } }],
    ['a key with #', { metadata: { '#a': 1 } }],
    ['a key with $', { metadata: { $and: 1 } }],
    ['a key that is not well-formed', { metadata: { 'a\uD800': 1 } }],
    ['NaN in metadata', { metadata: { n: Number.NaN } }],
    ['infinity in metadata', { metadata: { n: Number.POSITIVE_INFINITY } }],
    ['a list in metadata', { metadata: { l: ['x'] as unknown as string } }],
    ['an object in metadata', { metadata: { o: {} as unknown as string } }],
    ['NaN in its vector', { vector: Float32Array.of(1, Number.NaN) }],
    ['a number beyond float32 in its vector', { vector: Float32Array.of(1e39, 1) }],
    ['no vector', { vector: new Float32Array(0) }],
  ])('with %s is refused by name', (_, change) => {
    const id = JSON.stringify(change.id ?? 'r1');
    expect(put(change)).toThrow(
      expect.objectContaining({ code: 'E406', kind: 'input', message: expect.stringContaining(id) }),
    );
  });

  test('twice in one write is refused', () => {
    expect(() => checkPuts([record(), record()], 2, LOCAL)).toThrow(
      expect.objectContaining({ code: 'E406' }),
    );
    expect(() => checkPatches([record(), record()], LOCAL)).toThrow(
      expect.objectContaining({ code: 'E406' }),
    );
  });

  test('with a vector of another dimension than the collection is refused', () => {
    expect(() => checkPuts([record()], 3, LOCAL)).toThrow(expect.objectContaining({ code: 'E408' }));
  });

  test('with a vector of another dimension than its neighbour is refused before the first write', () => {
    const other = record({ id: 'r2', vector: Float32Array.of(1) });
    expect(() => checkPuts([record(), other], undefined, LOCAL)).toThrow(
      expect.objectContaining({ code: 'E408', message: expect.stringContaining('"r2"') }),
    );
  });

  test.each<[string, Partial<PutRecord>]>([
    ['33 keys', { metadata: keys(33) }],
    ['a key of 37 bytes', { metadata: { [`${'ü'.repeat(18)}x`]: 1 } }],
    ['a value of 8,183 bytes', { metadata: { v: 'x'.repeat(8_183) } }],
    ['a text of 16,385 bytes', { text: 'x'.repeat(16_385) }],
    ['an id of 129 bytes', { id: 'x'.repeat(129) }],
  ])('with %s is stored by a local server and refused for Cloud', (_, change) => {
    expect(put(change)).not.toThrow();
    expect(put(change, CLOUD)).toThrow(expect.objectContaining({ code: 'E406' }));
  });
});
