/**
 * The written hash formats. Frames: each item is a uint32 big-endian byte length followed by UTF-8
 * bytes, so that no two different lists share bytes. Structures hash their RFC 8785 canonical JSON.
 */
import { createHash, type Hash } from 'node:crypto';
import canonicalizeJson from 'canonicalize';

/** RFC 8785 canonical JSON of a JSON value. Throws TypeError for what JSON cannot say (NaN, cycles). */
export function canonicalJson(value: unknown): string {
  // canonicalize is CommonJS with an ES default type; NodeNext sees the module object.
  const text = (canonicalizeJson as unknown as (input: unknown) => string | undefined)(value);
  if (text === undefined) throw new TypeError('value has no JSON form');
  return text;
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** SHA-256 over frames, built up item by item so that long lists need no memory. */
export class FrameHash {
  readonly #hash: Hash = createHash('sha256');

  /** Numbers are framed as decimal ASCII. */
  add(item: string | number): this {
    const text = String(item);
    const length = Buffer.byteLength(text, 'utf8');
    const frame = Buffer.allocUnsafe(4 + length);
    frame.writeUInt32BE(length);
    frame.write(text, 4, 'utf8');
    this.#hash.update(frame);
    return this;
  }

  hex(): string {
    return this.#hash.digest('hex');
  }
}

export function frameHash(...items: readonly (string | number)[]): string {
  const hash = new FrameHash();
  for (const item of items) hash.add(item);
  return hash.hex();
}

/** SHA-256 of the canonical JSON of a structure. */
export function structureHash(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}
