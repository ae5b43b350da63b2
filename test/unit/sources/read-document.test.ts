import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DocumentEntry } from '../../../src/domain/document.js';
import { type OpenFile, openForReading, readFileStable } from '../../../src/platform/read-file-stable.js';
import { decodeText, hashText } from '../../../src/sources/parsing/decode-text.js';
import { findInvalidUtf8 } from '../../../src/sources/parsing/find-invalid-utf8.js';
import { MAX_INPUT_BYTES } from '../../../src/sources/parsing/input-bytes.js';
import { hashDocument, parseDocument } from '../../../src/sources/parsing/parse-document.js';
import { PARSERS } from '../../../src/sources/parsing/parsers.js';
import { documentEntry, filesSource, readOne, tempFolder, writeTree } from './source-fixture.js';

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

describe('text', () => {
  test('an empty file is an empty text', async () => {
    expect(await readOne('')).toEqual({
      kind: 'text',
      content_sha256: sha256(''),
      parsed: { text: '', first_line: 1, metadata: {}, warnings: [] },
      bytes: Buffer.alloc(0),
    });
  });

  test('a byte order mark and CRLF change neither text nor hash', async () => {
    const plain = await readOne('# Ä\n\nline\n');
    expect(plain).toMatchObject({
      content_sha256: sha256('# Ä\n\nline\n'),
      parsed: { text: '# Ä\n\nline\n' },
    });
    const same = { ...plain, bytes: expect.any(Buffer) };
    expect(await readOne('\uFEFF# Ä\r\n\r\nline\r\n')).toEqual(same);
    expect(await readOne('\uFEFF# Ä\n\nline\n')).toEqual(same);
  });

  test('the hash covers the front matter, which the text leaves out', async () => {
    const content = '---\ntitle: T\n---\nbody\n';
    expect(await readOne(content)).toMatchObject({
      content_sha256: sha256(content),
      parsed: { text: 'body\n' },
    });
  });

  test.each(['.txt', '.text', '.rst', '.adoc', '.org'])('%s is read as it is', async (extension) => {
    const content = '---\ntitle: T\n---\nbody\n';
    expect(await readOne(content, `a${extension}`)).toMatchObject({
      parsed: { text: content, first_line: 1, metadata: {} },
    });
  });
});

describe('what is no text', () => {
  test('bytes that are not UTF-8 are rejected with the place of the first one', async () => {
    const bytes = Buffer.concat([Buffer.from('one\ntwo\nthr'), Buffer.from([0xe4]), Buffer.from('e\n')]);
    expect(await readOne(bytes)).toEqual({
      kind: 'reject',
      code: 'invalid-utf8',
      content_sha256: sha256(bytes),
      detail: 'not UTF-8: byte 0xe4 at offset 11, line 3',
    });
  });

  test.each([
    ['little endian', Buffer.from('\uFEFFtext', 'utf16le')],
    ['big endian', Buffer.from('\uFEFFtext', 'utf16le').swap16()],
  ])('UTF-16 %s is named as such', async (_, bytes) => {
    expect(await readOne(bytes)).toMatchObject({
      kind: 'reject',
      code: 'invalid-utf8',
      content_sha256: sha256(bytes),
      detail: expect.stringContaining('UTF-16'),
    });
  });

  test('a NUL byte in the first 8 KiB makes a file binary, one behind does not', async () => {
    const early = Buffer.concat([Buffer.alloc(8_191, 'a'), Buffer.from([0])]);
    const late = Buffer.concat([Buffer.alloc(8_192, 'a'), Buffer.from([0])]);
    expect(await readOne(early)).toMatchObject({
      kind: 'reject',
      code: 'binary',
      content_sha256: sha256(early),
    });
    expect(await readOne(late)).toMatchObject({ kind: 'text' });
  });

  test('the first malformed byte is found where the decoder would stop', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const decodes = (bytes: Uint8Array): boolean => {
      try {
        strict.decode(bytes);
        return true;
      } catch {
        return false;
      }
    };
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text)),
      fc.uint8Array({ maxLength: 4 }),
      fc
        .constantFrom(
          ...[
            [0xed, 0xa0, 0x80],
            [0xc0, 0x80],
            [0xf4, 0x90, 0x80, 0x80],
            [0xe0, 0x80, 0x80],
          ],
        )
        .map((b) => Uint8Array.from(b)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const bytes = Buffer.concat(pieces);
        const at = findInvalidUtf8(bytes);
        expect(at === bytes.length).toBe(decodes(bytes));
        expect(decodes(bytes.subarray(0, at))).toBe(true);
        // No longer well-formed prefix ends behind it.
        for (let end = at + 1; end <= bytes.length; end++)
          expect(decodes(bytes.subarray(0, end))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe('hash', () => {
  test('is the one that read gives, for any bytes', () => {
    const line = fc.constantFrom('a', 'ä', '中', '\u{1F600}', '\n', '\r\n', '\r', '\uFEFF', '\0');
    const bytes = fc.oneof(
      fc.array(line, { maxLength: 20 }).map((parts) => Buffer.from(parts.join(''))),
      fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array)),
      fc.uint8Array({ maxLength: 5 }).map((array) => Buffer.from([0xef, 0xbb, 0xbf, 13, 10, ...array])),
    );
    fc.assert(
      fc.property(bytes, (content) => {
        expect(hashText(content)).toBe(decodeText(content).content_sha256);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each(PARSERS)('is the one that reading gives, for the format $name', async (parser) => {
    const path = `a${parser.extensions[0]}`;
    for (const content of [
      '',
      'plain',
      '\uFEFFa\r\nb',
      Buffer.from([0xff, 0]),
      Buffer.from('%PDF-1.4 <p>{'),
    ]) {
      const bytes = Buffer.from(content);
      const read = await parseDocument(bytes, parser.name, path);
      expect(read).toMatchObject({ content_sha256: hashDocument(bytes, parser.name) });
    }
  });

  test('of a listed file equals that of its reading', async () => {
    const root = tempFolder();
    writeTree(root, { 'a.md': '\uFEFF---\r\nt: 1\r\n---\r\nbody', 'b.md': Buffer.from([0xff]) });
    const source = filesSource(root);
    for (const uri of ['docs/a.md', 'docs/b.md']) {
      const entry = await documentEntry(source, uri);
      const read = await source.read(entry);
      if (read.kind === 'unreadable') throw new Error(read.message);
      expect(await source.hash(entry)).toEqual({ content_sha256: read.content_sha256 });
    }
  });
});

describe('files that are too large', () => {
  test('are rejected with the hash of their bytes; the limit itself is not too large', async () => {
    const root = tempFolder();
    writeTree(root, { 'big.md': '', 'limit.txt': 'x' });
    // Sparse: they take no room on the disk.
    truncateSync(join(root, 'big.md'), MAX_INPUT_BYTES + 1);
    truncateSync(join(root, 'limit.txt'), MAX_INPUT_BYTES);
    const source = filesSource(root);
    const zeros = Buffer.alloc(MAX_INPUT_BYTES + 1);
    const entry = await documentEntry(source, 'docs/big.md');
    expect(await source.read(entry)).toEqual({
      kind: 'reject',
      code: 'too-large',
      content_sha256: sha256(zeros),
      detail: '104857601 bytes; the limit is 104857600 (100 MiB)',
    });
    expect(await source.hash(entry)).toEqual({ content_sha256: sha256(zeros) });
    expect(await source.read(await documentEntry(source, 'docs/limit.txt'))).toMatchObject({
      code: 'binary',
    });
  });
});

describe('files that change', () => {
  test.each([
    ['is gone', (path: string) => rmSync(path), 'ENOENT'],
    [
      'is a folder now',
      (path: string) => {
        rmSync(path);
        mkdirSync(path);
      },
      'no longer a file',
    ],
  ])('one that %s is unreadable, not absent', async (_, change, message) => {
    const root = tempFolder();
    writeTree(root, { 'a.md': 'text' });
    const source = filesSource(root);
    const entry: DocumentEntry = await documentEntry(source, 'docs/a.md');
    change(join(root, 'a.md'));
    expect(await source.read(entry)).toEqual({
      kind: 'unreadable',
      message: expect.stringContaining(message),
    });
    expect(await source.hash(entry)).toEqual({ unreadable: expect.stringContaining(message) });
  });

  /** Opens the real file, and lets something happen to it between the first stat and the end of reading. */
  function disturbed(path: string, disturb: (opened: number) => void): OpenFile {
    let opened = 0;
    return async () => {
      const file = await openForReading(path);
      const attempt = ++opened;
      let done = false;
      return new Proxy(file, {
        get(target, key) {
          if (key === 'read' && !done) {
            done = true;
            disturb(attempt);
          }
          const value: unknown = Reflect.get(target, key);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    };
  }

  function file(): string {
    const path = join(tempFolder(), 'a.md');
    writeFileSync(path, 'first');
    return path;
  }

  test.each([
    ['grows', (path: string) => appendFileSync(path, ' and more'), 'first and more'],
    ['shrinks', (path: string) => truncateSync(path, 2), 'fi'],
    [
      'is overwritten in place',
      (path: string) => {
        writeFileSync(path, 'other');
        utimesSync(path, 1, 1);
      },
      'other',
    ],
  ])('one that %s while it is read is read once more', async (_, change, expected) => {
    const path = file();
    const once = disturbed(path, (attempt) => {
      if (attempt === 1) change(path);
    });
    const result = await readFileStable(path, 1_000, once);
    expect(result).toEqual({ kind: 'bytes', bytes: Buffer.from(expected) });
  });

  test('one that grows faster than it is read ends, too', async () => {
    const path = file();
    const growing: OpenFile = async () => {
      const handle = await openForReading(path);
      const read = (async (bytes: Buffer, offset: number, length: number, position: number) => {
        appendFileSync(path, 'x'.repeat(100));
        return handle.read(bytes, offset, length, position);
      }) as typeof handle.read;
      return { stat: handle.stat.bind(handle), read, close: handle.close.bind(handle) } as Pick<
        typeof handle,
        'stat' | 'read' | 'close'
      >;
    };
    for (const limit of [1_000, 3]) {
      expect(await readFileStable(path, limit, growing)).toMatchObject({ kind: 'unreadable' });
    }
  });

  test('one that changes in every reading is unreadable, also when it is only hashed', async () => {
    for (const limit of [1_000, 3]) {
      const path = file();
      const result = await readFileStable(
        path,
        limit,
        disturbed(path, () => appendFileSync(path, '+')),
      );
      expect(result).toEqual({ kind: 'unreadable', message: 'it kept changing while it was read' });
    }
  });
});
