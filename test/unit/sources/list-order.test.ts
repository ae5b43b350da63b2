import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareUtf8 } from '../../../src/domain/text.js';
import { filesSource, listAll, listing, tempFolder, writeTree } from './source-fixture.js';

const linux = process.platform === 'linux';

/** Names that sort differently by UTF-16, by locale, by bytes, and with or without the slash of a folder. */
const segment = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      'Z',
      '0',
      '-',
      '.',
      '!',
      '~',
      ' ',
      '中',
      '漢',
      '\u{1F600}',
      '\u{20BB7}',
      '\uFF5E',
      '\uE000',
      'e\u0301',
      '\u00E9',
      '\u0301',
      '\u212B',
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''))
  .filter((name) => name !== '.' && name !== '..');
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `${parts.join('/')}.md`);

describe('order of a listing', () => {
  test.runIf(linux)('is that of the bytes of the whole uris, for any names at any depth', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(path, { minLength: 1, maxLength: 25 }), async (paths) => {
        const root = tempFolder();
        // One spelling of each uri: two of them are an error, tested elsewhere.
        const byUri = new Map(paths.map((name) => [`docs/${name}`.normalize('NFC'), name]));
        writeTree(root, Object.fromEntries([...byUri.values()].map((name) => [name, name])));

        const listed = await listAll(filesSource(root));

        const expected = [...byUri.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(listed.map((entry) => entry.uri)).toEqual(expected);
        expect(listed.every((entry) => entry.kind === 'document')).toBe(true);
        rmSync(root, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });

  test('puts a folder where its uris belong, not where its name would', async () => {
    const root = tempFolder();
    writeTree(root, { 'a/x.md': '', 'a.md': '', 'a-b.md': '', 'a0.md': '', 'a-b/y.md': '' });
    expect(await listing(filesSource(root))).toEqual([
      'document docs/a-b.md',
      'document docs/a-b/y.md',
      'document docs/a.md',
      'document docs/a/x.md',
      'document docs/a0.md',
    ]);
  });

  test('puts astral characters after the private use area, as UTF-8 does and UTF-16 does not', async () => {
    const root = tempFolder();
    writeTree(root, { '\u{1F600}.md': '', '\uE000.md': '', 'z.md': '' });
    expect(await listing(filesSource(root))).toEqual([
      'document docs/z.md',
      'document docs/\uE000.md',
      'document docs/\u{1F600}.md',
    ]);
  });
});

describe('Unicode forms', () => {
  test.runIf(linux)('a decomposed name gives a composed uri and keeps its own path', async () => {
    const root = tempFolder();
    writeTree(root, { 'e\u0301/u\u0308.md': 'text' });
    const source = filesSource(root);
    const [entry] = await listAll(source);
    expect(entry).toMatchObject({
      kind: 'document',
      uri: 'docs/\u00E9/\u00FC.md',
      path: 'e\u0301/u\u0308.md',
    });
    if (entry?.kind !== 'document') throw new Error('not a document');
    expect(await source.read(entry)).toMatchObject({ kind: 'text', parsed: { text: 'text' } });
    expect(await source.exists(entry.uri)).toBe(true);
    expect(await source.exists('docs/\u00E9/other.md')).toBe(false);
  });

  test.runIf(linux)('two files with one uri are an error that shows both spellings', async () => {
    const root = tempFolder();
    writeTree(root, { 'sub/e\u0301.md': 'decomposed', 'sub/\u00E9.md': 'composed' });
    await expect(listAll(filesSource(root))).rejects.toMatchObject({
      code: 'E201',
      message: expect.stringMatching(/"sub\/e\\u\{301\}\.md" and "sub\/\\u\{e9\}\.md"/),
    });
  });

  test.runIf(linux)('two spellings of a file that is not declared are no error', async () => {
    const root = tempFolder();
    writeTree(root, { 'e\u0301.md': '', '\u00E9.md': '', 'a.md': '' });
    expect(await listing(filesSource(root, { exclude: ['\u00E9.md'] }))).toEqual(['document docs/a.md']);
  });

  test.runIf(linux)('two spellings of a folder are merged in order', async () => {
    const root = tempFolder();
    writeTree(root, {
      'e\u0301/b.md': '',
      '\u00E9/a.md': '',
      '\u00E9/c.md': '',
      'e\u0301/s/2.md': '',
      '\u00E9/s/1.md': '',
    });
    expect(await listing(filesSource(root))).toEqual([
      'document docs/\u00E9/a.md',
      'document docs/\u00E9/b.md',
      'document docs/\u00E9/c.md',
      'document docs/\u00E9/s/1.md',
      'document docs/\u00E9/s/2.md',
    ]);
  });

  test.runIf(linux)('the same name in two spellings of a folder is an error that names both', async () => {
    const root = tempFolder();
    writeTree(root, { 'e\u0301/a.md': '', '\u00E9/a.md': '' });
    await expect(listAll(filesSource(root))).rejects.toMatchObject({
      code: 'E201',
      message: expect.stringMatching(/"e\\u\{301\}\/a\.md" and "\\u\{e9\}\/a\.md"/),
    });
  });

  test.runIf(linux)(
    'names that are not valid UTF-8 are unreadable, once, and not lost in silence',
    async () => {
      const root = tempFolder();
      writeTree(root, { 'ok.md': '' });
      for (const byte of [0xff, 0xfe]) {
        writeFileSync(
          Buffer.concat([Buffer.from(join(root, 'x')), Buffer.from([byte]), Buffer.from('.md')]),
          '',
        );
      }
      expect(await listAll(filesSource(root))).toMatchObject([
        { kind: 'document', uri: 'docs/ok.md' },
        { kind: 'unreadable', uri: 'docs/x\uFFFD.md', message: 'its name is not valid Unicode' },
      ]);
    },
  );
});

describe('size', () => {
  test('a listing of 20,000 files looks only as far as it is asked', async () => {
    const root = tempFolder();
    const folders = 200;
    const each = 100;
    for (let folder = 0; folder < folders; folder++) {
      const name = String(folder).padStart(3, '0');
      writeTree(root, Object.fromEntries(Array.from({ length: each }, (_, i) => [`${name}/${i}.md`, ''])));
    }
    const listed = filesSource(root).list(new AbortController().signal)[Symbol.asyncIterator]();
    const first = await listed.next();
    expect(first.value).toMatchObject({ uri: 'docs/000/0.md' });

    // Had the tree been collected, what changes behind the first entry would go unseen.
    rmSync(join(root, '199'), { recursive: true });
    writeTree(root, { '199/late.md': '', '198/late.md': '' });
    const rest: string[] = [];
    for (let next = await listed.next(); next.done !== true; next = await listed.next())
      rest.push(next.value.uri);

    expect(rest).toHaveLength(each * (folders - 1) - 1 + 2);
    expect(rest.filter((uri) => uri.endsWith('late.md'))).toEqual(['docs/198/late.md', 'docs/199/late.md']);
    expect(rest.every((uri, i) => i === 0 || compareUtf8(rest[i - 1] ?? '', uri) < 0)).toBe(true);
  });

  test('an aborted listing ends with the reason of the signal', async () => {
    const root = tempFolder();
    writeTree(root, { 'a/1.md': '', 'b/2.md': '' });
    const controller = new AbortController();
    const uris: string[] = [];
    const run = async (): Promise<void> => {
      for await (const entry of filesSource(root).list(controller.signal)) {
        uris.push(entry.uri);
        controller.abort(new Error('stop here'));
      }
    };
    await expect(run()).rejects.toThrow('stop here');
    expect(uris).toEqual(['docs/a/1.md']);
  });
});
