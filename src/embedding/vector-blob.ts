/** Vectors as bytes: float32, little-endian on every machine, with a checksum over key and bytes. */
import { createHash } from 'node:crypto';
import { endianness } from 'node:os';

export function vectorToBlob(vector: Float32Array): Buffer {
  const bytes = Buffer.from(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
  return endianness() === 'LE' ? bytes : bytes.swap32();
}

/** Undefined when the bytes are not what was stored under this key. */
export function vectorOfBlob(
  textSha: string,
  blob: Uint8Array,
  checksum: Uint8Array,
): Float32Array | undefined {
  if (blob.length === 0 || blob.length % 4 !== 0) return undefined;
  if (!blobChecksum(textSha, blob).equals(checksum)) return undefined;
  // A copy: SQLite's bytes may lie at an odd address, where no Float32Array can look.
  const bytes = Buffer.alloc(blob.length);
  bytes.set(blob);
  if (endianness() !== 'LE') bytes.swap32();
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** First 8 bytes of SHA-256 of the key and the bytes. */
export function blobChecksum(textSha: string, blob: Uint8Array): Buffer {
  return createHash('sha256').update(textSha).update('\0').update(blob).digest().subarray(0, 8);
}
