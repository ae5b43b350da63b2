/**
 * The parts of a ZIP archive, unpacked one by one when they are asked for and never beyond a limit: what an
 * archive says of its sizes is not believed. Nothing else of it is unpacked.
 */
import { inflateRawSync } from 'node:zlib';
import { DocumentFault } from '../isolated/document-fault.js';

export interface ZipParts {
  exists(name: string): boolean;
  /** @throws DocumentFault */
  read(name: string): Buffer;
}

interface Entry {
  readonly offset: number;
  readonly packed: number;
  readonly method: number;
  readonly encrypted: boolean;
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const MAX_COMMENT = 0xffff;

/** `limit`: bytes that all parts together may unpack to. @throws DocumentFault `malformed` */
export function readZip(bytes: Buffer, limit: number): ZipParts {
  const entries = readDirectory(bytes);
  const unpacked = new Map<string, Buffer>();
  let left = limit;
  return {
    exists: (name) => entries.has(name),
    read(name) {
      const known = unpacked.get(name);
      if (known !== undefined) return known;
      const entry = entries.get(name);
      if (entry === undefined) throw new DocumentFault('malformed', `the archive has no part ${name}`);
      const part = unpack(bytes, name, entry, left, limit);
      left -= part.length;
      unpacked.set(name, part);
      return part;
    },
  };
}

function readDirectory(bytes: Buffer): Map<string, Entry> {
  const end = findEnd(bytes);
  const entries = new Map<string, Entry>();
  try {
    const count = bytes.readUInt16LE(end + 10);
    let at = bytes.readUInt32LE(end + 16);
    for (let i = 0; i < count; i++) {
      if (bytes.readUInt32LE(at) !== CENTRAL) throw damaged('its directory is damaged');
      const nameLength = bytes.readUInt16LE(at + 28);
      const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
      entries.set(name, {
        encrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
        method: bytes.readUInt16LE(at + 10),
        packed: bytes.readUInt32LE(at + 20),
        offset: bytes.readUInt32LE(at + 42),
      });
      at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    }
  } catch (error) {
    throw error instanceof DocumentFault ? error : damaged('its directory leads out of the file');
  }
  return entries;
}

function findEnd(bytes: Buffer): number {
  const lowest = Math.max(0, bytes.length - END_SIZE - MAX_COMMENT);
  for (let at = bytes.length - END_SIZE; at >= lowest; at--) {
    if (bytes.readUInt32LE(at) === END) return at;
  }
  throw damaged('it has no directory; it may be cut short');
}

function unpack(bytes: Buffer, name: string, entry: Entry, left: number, limit: number): Buffer {
  if (entry.encrypted) throw new DocumentFault('encrypted', `its part ${name} needs a password`);
  const packed = packedBytes(bytes, name, entry);
  const tooLarge = (): DocumentFault =>
    new DocumentFault('too-large', `it unpacks to more than ${limit} bytes, the limit`);
  if (entry.method === 0) {
    if (packed.length > left) throw tooLarge();
    return packed;
  }
  if (entry.method !== 8) throw damaged(`its part ${name} is packed by an unknown method`);
  if (left === 0) throw tooLarge();
  try {
    return inflateRawSync(packed, { maxOutputLength: left });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw damaged(`its part ${name} is damaged`);
  }
}

function packedBytes(bytes: Buffer, name: string, entry: Entry): Buffer {
  const at = entry.offset;
  if (at + 30 > bytes.length || bytes.readUInt32LE(at) !== LOCAL)
    throw damaged(`its part ${name} is not there`);
  const start = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
  if (start + entry.packed > bytes.length) throw damaged(`its part ${name} is cut short`);
  return bytes.subarray(start, start + entry.packed);
}

function damaged(why: string): DocumentFault {
  return new DocumentFault('malformed', `a damaged archive: ${why}`);
}
