/** Writes ZIP archives by hand, so that a test can also write broken ones. Checksums are left at zero: nobody here reads them. */
import { deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly content: string | Buffer;
  /** What the archive says of the unpacked size, when it lies. */
  readonly declaredSize?: number;
  readonly encrypted?: boolean;
  readonly stored?: boolean;
}

export function makeZip(entries: Readonly<Record<string, string | Buffer | ZipEntry>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, given] of Object.entries(entries)) {
    const entry: ZipEntry = typeof given === 'string' || Buffer.isBuffer(given) ? { content: given } : given;
    const raw = Buffer.from(entry.content);
    const data = entry.stored === true ? raw : deflateRawSync(raw);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(entry.encrypted === true ? 0x801 : 0x800, 2);
    fields.writeUInt16LE(entry.stored === true ? 0 : 8, 4);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(entry.declaredSize ?? raw.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), data]);
    // Comment length, disk, attributes, offset.
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, tail, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}
