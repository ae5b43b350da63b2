import { describe, expect, it } from 'vitest';
import type { ParsedText } from '../../../src/domain/document.js';
import { LANGUAGES } from '../../../src/sources/parsing/languages.js';
import { PARSERS, parserFor } from '../../../src/sources/parsing/parsers.js';
import { filesSource, listing, readOne, tempFolder, writeTree } from './source-fixture.js';

async function parsed(content: string | Uint8Array, name: string): Promise<ParsedText> {
  const read = await readOne(content, name);
  if (read.kind !== 'text') expect.fail(JSON.stringify(read));
  return read.parsed;
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d]);

describe('what reads a file', () => {
  it('no extension has two parsers', () => {
    const all = PARSERS.flatMap((parser) => parser.extensions);
    expect(new Set(all).size).toBe(all.length);
    for (const extension of all) expect(extension).toMatch(/^\.[a-z0-9]+$/);
  });

  it('source code is read by its language, as it is, and cut as code', async () => {
    for (const [language, extensions] of Object.entries(LANGUAGES)) {
      for (const extension of extensions) {
        expect(parserFor(`a${extension.toUpperCase()}`)).toMatchObject({ name: language, strategy: 'code' });
      }
    }
    const text = '// a\nfunction f() {}\n';
    expect(await parsed(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'a.js')).toMatchObject({
      text,
      first_line: 1,
    });
  });

  it.each(['a.js', 'a.json', 'a.csv', 'a.yaml'])(
    'a picture that is called %s is refused by name',
    async (name) => {
      expect(await readOne(PNG, name)).toMatchObject({ kind: 'reject', code: 'binary' });
    },
  );

  it.each(['a.js', 'a.json', 'a.csv', 'a.toml'])('an empty %s has no text', async (name) => {
    for (const empty of ['', '\n', '\uFEFF\r\n']) expect((await parsed(empty, name)).text.trim()).toBe('');
  });

  it('lock files and the recorded state are not listed, unless an include names the file', async () => {
    const root = tempFolder();
    writeTree(root, {
      'package.json': '{}',
      'package-lock.json': '{}',
      'web/pnpm-lock.yaml': 'a: 1',
      'state/dev/ingest.db': '',
      'state/dev/docs/index_state.01.json': '{}',
      'state/notes.md': 'a',
    });
    const found = ['document docs/package.json', 'document docs/state/notes.md'];
    expect(await listing(filesSource(root))).toEqual(found);
    expect(await listing(filesSource(root, { include: ['**/package-lock.json', '**/*.{json,md}'] }))).toEqual(
      ['document docs/package-lock.json', ...found],
    );
  });
});

describe('JSON', () => {
  it('stays as it is written', async () => {
    const text = '{\n  "a": 9007199254740993, // note\n  "b": [1, 2,],\n}\n';
    expect(await parsed(text, 'tsconfig.json')).toEqual({ text, first_line: 1, metadata: {}, warnings: [] });
  });

  it('in one long line is laid out, and no value is changed', async () => {
    const members = Array.from(
      { length: 60 },
      (_, i) => `"key ${i}":{"n":9007199254740993.10,"list":[1,[],{}]}`,
    );
    const { text } = await parsed(`{${members.join(',')}}`, 'a.json');
    const member = (i: number): string =>
      `  "key ${i}": {\n    "n": 9007199254740993.10,\n    "list": [\n      1,\n      [],\n      {}\n    ]\n  }`;
    expect(text).toBe(`{\n${Array.from({ length: 60 }, (_, i) => member(i)).join(',\n')}\n}`);
  });

  it('a key twice is a warning that says where, and __proto__ is a key like any other', async () => {
    const { warnings } = await parsed('{\n  "__proto__": { "x": 1 },\n  "a": 1, "a": 2\n}', 'a.json');
    expect(warnings).toEqual([
      {
        key: 'json-key-twice',
        message: 'a key stands twice in one object of a JSON file; both are indexed',
        detail: 'line 3, column 11: "a"',
        functional: false,
      },
    ]);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it.each([
    ['{\n  "a": 1\n  "b": 2\n}', 'not JSON: line 3, column 3: expected , or }'],
    ['{"a":}', 'not JSON: line 1, column 6: expected value'],
    ['{a: 1}', 'not JSON: line 1, column 2: expected key or }'],
    ['[1, 2', 'not JSON: line 1, column 6: expected , or ]'],
    ['[1] [2]', 'not JSON: line 1, column 5: expected nothing more after the value'],
    ['"😀" x', 'not JSON: line 1, column 5: expected nothing more after the value'],
    ['["\\x"]', 'not JSON: line 1, column 2: expected value or ]'],
    ['["a\tb"]', 'not JSON: line 1, column 2: expected value or ]'],
    ['{"a": NaN}', 'not JSON: line 1, column 7: expected value'],
    ['{"a": 01}', 'not JSON: line 1, column 7: expected value'],
    ['/* open', 'not JSON: line 1, column 1: expected value'],
    ['<html></html>', 'not JSON: line 1, column 1: expected value'],
    ['{,}', 'not JSON: line 1, column 2: expected key or }'],
  ])('that is none is refused: %j', async (text, detail) => {
    expect(await readOne(text, 'a.json')).toMatchObject({ kind: 'reject', code: 'malformed', detail });
  });

  it('that is nested too deeply is refused, with where', async () => {
    for (const open of ['[', '{"a":']) {
      expect(await readOne(open.repeat(200_000), 'a.json')).toMatchObject({
        code: 'too-complex',
        detail: expect.stringMatching(/^line 1, column \d+: nested deeper than 1000$/),
      });
    }
    const deepest = '['.repeat(1_000) + ']'.repeat(1_000);
    expect((await parsed(deepest, 'a.json')).text.replace(/\s/g, '')).toBe(deepest);
  });

  it('of megabytes in one string, number or comment is no trouble', async () => {
    for (const text of [
      `"${'a'.repeat(4e6)}"`,
      `"${'\\n'.repeat(1e6)}"`,
      '1'.repeat(4e6),
      `1 // ${'a'.repeat(4e6)}`,
    ]) {
      expect((await parsed(text, 'a.json')).text.length).toBeGreaterThanOrEqual(text.length - 2);
    }
  });

  it('agrees with JSON.parse about what JSON is', async () => {
    for (const text of [
      'null',
      ' true ',
      '-0.5e+10',
      '"\\u00e9\\n"',
      '[]',
      '{}',
      '[[[]]]',
      '{"":{"":[null]}}',
    ]) {
      expect((await parsed(text, 'a.json')).text).toBe(text);
    }
    for (const text of [
      '.5',
      '1.',
      '+1',
      '-',
      '1e',
      "'a'",
      'True',
      'undefined',
      '[1 2]',
      '{"a":1,,}',
      '}',
      ']',
      '[}',
    ]) {
      expect(() => JSON.parse(text)).toThrow();
      expect(await readOne(text, 'a.json'), text).toMatchObject({ code: 'malformed' });
    }
  });
});

describe('CSV', () => {
  it('stays as it is written, whatever its delimiter', async () => {
    for (const [name, text] of [
      ['a.csv', 'name,note\n"Ada, L.","says ""hi""\nand more"\n'],
      ['a.csv', 'name;price\nA;1,5\n'],
      ['a.tsv', 'name\tnote\nA\t5" disk\n'],
      ['a.csv', 'name\nA\n'],
    ] as const) {
      expect(await parsed(text, name)).toMatchObject({ text, first_line: 1, metadata: {} });
    }
  });

  it('rows of another length are a warning', async () => {
    const { warnings } = await parsed('a,b\n1,2\n1\n\n1,2,3\n', 'a.csv');
    expect(warnings).toMatchObject([
      {
        key: 'csv-ragged-rows',
        detail: '2 of them; the first is row 3, with 1 instead of 2',
        functional: true,
      },
    ]);
    expect((await parsed('a;b\n1;2\n', 'a.csv')).warnings).toEqual([]);
  });

  it('a quote in the wrong place is text, with a warning', async () => {
    for (const text of ['a,b\n5" disk,1\n', 'a,b\n"x"y,1\n']) {
      expect((await parsed(text, 'a.csv')).warnings).toMatchObject([{ key: 'csv-stray-quote' }]);
    }
  });

  it('a quote that is never closed is refused; in TSV it is text', async () => {
    expect(await readOne('a,b\n1,"open\n2,3\n', 'a.csv')).toMatchObject({
      kind: 'reject',
      code: 'malformed',
      detail: expect.stringContaining('is never closed'),
    });
    expect((await parsed('a\tb\n1\t"open\n', 'a.tsv')).warnings).toMatchObject([{ key: 'csv-stray-quote' }]);
  });

  it('whatever the characters, there is a text or a reason', async () => {
    for (const text of [
      ',,,\n'.repeat(2_000),
      '"'.repeat(9_999),
      '"'.repeat(10_000),
      `a,b\n${'\u0001,\u2028\n'.repeat(99)}`,
      'a\rb\rc',
      `x${'😀'.repeat(300_000)}`,
    ]) {
      const read = await readOne(text, 'a.csv');
      expect(['text', 'reject']).toContain(read.kind);
    }
    // Behind the part where a NUL says "binary".
    expect(await readOne(`a,b\n${'1,2\n'.repeat(3_000)}\u0000,1\n`, 'a.csv')).toMatchObject({ kind: 'text' });
  });
});
