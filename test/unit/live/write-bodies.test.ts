import { describe, expect, test } from 'vitest';
import type { PutRecord } from '../../../src/domain/ports/live.js';
import { patchBodies, putBodies } from '../../../src/live/write-bodies.js';

function records(count: number, text = 'text'): PutRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `r${i}`,
    text,
    vector: Float32Array.of(i, 0.1),
    metadata: { i, gone: null },
  }));
}

const WIDE = { records: 1_000, bytes: 1_000_000 };

interface Body {
  ids: string[];
  embeddings: (string | number[])[];
  documents: string[];
  metadatas: (Record<string, unknown> | null)[];
}

function parse(bodies: readonly string[]): Body[] {
  return bodies.map((body) => JSON.parse(body) as Body);
}

describe('request bodies', () => {
  test('keep explicit nulls, and say an empty metadata as null', () => {
    const [body] = parse(
      putBodies([...records(1), { ...records(2)[1], metadata: {} } as PutRecord], true, WIDE),
    );
    expect(body?.metadatas).toEqual([{ i: 0, gone: null }, null]);
  });

  test('hold vectors as little-endian float32 in base64, or as numbers for servers that want these', () => {
    const [packed] = parse(putBodies(records(1), true, WIDE));
    const bytes = Buffer.from(String(packed?.embeddings[0]), 'base64');
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4)]).toEqual([0, Math.fround(0.1)]);
    const [plain] = parse(putBodies(records(1), false, WIDE));
    expect(plain?.embeddings[0]).toEqual([0, Math.fround(0.1)]);
  });

  test('are split by count, nothing lost and in order', () => {
    const bodies = parse(putBodies(records(25), true, { records: 10, bytes: 1_000_000 }));
    expect(bodies.map((body) => body.ids.length)).toEqual([10, 10, 5]);
    expect(bodies.flatMap((body) => body.ids)).toEqual(records(25).map((record) => record.id));
    for (const body of bodies) {
      expect(body.documents).toHaveLength(body.ids.length);
      expect(body.embeddings).toHaveLength(body.ids.length);
    }
  });

  test('are split by bytes as they are sent, not by characters', () => {
    const bytes = 20_000;
    const bodies = putBodies(records(40, 'ü"'.repeat(500)), true, { records: 1_000, bytes });
    expect(bodies.length).toBeGreaterThan(1);
    // The names of the four columns come on top of the rows.
    for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bytes + 100);
    expect(parse(bodies).flatMap((body) => body.ids)).toHaveLength(40);
  });

  test('a record that fits no request is refused by name', () => {
    expect(() => putBodies(records(1, 'x'.repeat(2_000)), true, { records: 10, bytes: 1_000 })).toThrow(
      expect.objectContaining({ code: 'E406', message: expect.stringContaining('"r0"') }),
    );
  });

  test('of patches hold ids and metadata only; none for no patches', () => {
    expect(parse(patchBodies([{ id: 'a', metadata: { k: null } }], WIDE))).toEqual([
      { ids: ['a'], metadatas: [{ k: null }] },
    ]);
    expect(patchBodies([], WIDE)).toEqual([]);
  });
});
