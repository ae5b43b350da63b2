/** No document ends the program, and each that is refused is followed by one that is read. */
import { expect, test } from 'vitest';
import {
  createIsolation,
  LIMITS,
  parseIsolated,
} from '../../../src/sources/parsing/isolated/parse-isolated.js';
import { hashDocument, parseDocument } from '../../../src/sources/parsing/parse-document.js';
import { makeDocx, paragraph } from '../../support/documents/make-docx.js';

const FINE = { text: 'fine\n' };

test('a document that takes too long is refused, and the next gets a new thread', async () => {
  const parse = createIsolation({ ...LIMITS, milliseconds: 1 });
  const long = '<p>words <b>bold</b></p>'.repeat(20_000);
  expect(await parse('html', long)).toEqual({
    code: 'too-complex',
    detail: 'it takes longer than 0.001 s to read',
  });
  expect(await parse('html', long)).toMatchObject({ code: 'too-complex' });
});

test('a document that takes too much memory is refused, and the next is read', async () => {
  const parse = createIsolation({ ...LIMITS, heapMegabytes: 64 });
  expect(await parse('html', '<p>words <b>bold</b></p>'.repeat(200_000))).toEqual({
    code: 'too-complex',
    detail: 'it takes more than 64 MB of memory to read',
  });
  expect(await parse('html', 'fine')).toMatchObject(FINE);
});

test('HTML and Word documents nested without end are refused, and the next is read', async () => {
  expect(await parseIsolated('html', '<div>'.repeat(20_000))).toMatchObject({ code: 'too-complex' });
  const deep = makeDocx(`${'<w:sdt><w:sdtContent>'.repeat(300_000)}${paragraph('x')}`);
  expect(await parseIsolated('docx', deep)).toMatchObject({
    code: expect.stringMatching(/^(too-complex|malformed)$/),
  });
  expect(await parseIsolated('html', 'fine')).toMatchObject(FINE);
});

test('documents that are asked for at once are answered each with its own', async () => {
  const asked = Array.from({ length: 20 }, (_, i) => parseIsolated('html', `<p>page ${i}`));
  expect((await Promise.all(asked)).map((result) => ('text' in result ? result.text : result.code))).toEqual(
    Array.from({ length: 20 }, (_, i) => `page ${i}\n`),
  );
});

test('formats of bytes are hashed by their bytes, formats of text by their normalised text', async () => {
  const [unix, windows] = [Buffer.from('<p>a\n<p>b'), Buffer.from('\uFEFF<p>a\r\n<p>b')];
  expect(hashDocument(windows, 'html')).toBe(hashDocument(unix, 'html'));
  expect(hashDocument(windows, 'docx')).not.toBe(hashDocument(unix, 'docx'));
  const bytes = makeDocx(paragraph('body'));
  const read = await parseDocument(bytes, 'docx', 'a.docx');
  expect(read).toMatchObject({
    kind: 'text',
    parsed: { text: 'body\n' },
    content_sha256: hashDocument(bytes, 'docx'),
  });
});

test('bytes of another format under the name of a text format are refused as before', async () => {
  expect(await parseDocument(makeDocx(paragraph('body')), 'html', 'a.html')).toMatchObject({
    kind: 'reject',
    code: 'binary',
  });
});
