/** In the parsing thread, as in a run: what bounds pdf.js changes the thread's own globals. */
import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseIsolated } from '../../../src/sources/parsing/isolated/parse-isolated.js';
import { pageText } from '../../../src/sources/parsing/pdf/page-text.js';
import { makeEncryptedPdf, makePdf, makeScan } from '../../support/documents/make-pdf.js';

const parse = (bytes: Buffer) => parseIsolated('pdf', bytes);

const REPORT = makePdf(
  [
    { lines: ['Annual report', 'of the company', '', 'A new paragraph'] },
    { lines: ['第二页', '向量数据库 naïve'] },
    { lines: [] },
    { lines: ['The end'] },
  ],
  { info: { Title: 'Report 报告', Author: 'Ana', Subject: ' ', Producer: 'nobody' } },
);

describe('a PDF', () => {
  test('is its text layer, with paragraphs, where pages start, and what its author says of it', async () => {
    const expected = {
      text: 'Annual report\nof the company\n\nA new paragraph\n\n第二页\n向量数据库 naïve\n\nThe end\n',
      first_line: 1,
      page_starts: [1, 6, 9, 9],
      metadata: { title: 'Report 报告', author: 'Ana' },
      warnings: [
        {
          key: 'pdf-pages-without-text',
          message: '1 of 4 pages of a PDF have no text layer: blank or scanned',
          detail: 'page 3',
          functional: false,
        },
      ],
    };
    expect(await parse(REPORT)).toEqual(expected);
    expect(await parse(REPORT)).toEqual(expected);
  });

  test('with packed streams reads the same', async () => {
    const words = Buffer.from('BT /F 11 Tf 50 750 Td <00770072006100700070006500640020> Tj ET');
    const content = { dictionary: '/Filter /FlateDecode', bytes: deflateSync(words) };
    expect(await parse(makePdf([{ lines: ['wrapped '] }], { content }))).toMatchObject({ text: 'wrapped\n' });
  });

  test('of no bytes is empty', async () => {
    expect(await parse(Buffer.alloc(0))).toMatchObject({ text: '' });
  });
});

describe('what is no PDF that can be read', () => {
  test.each([
    ['plain text', Buffer.from('just words'), 'mislabelled', 'no %PDF- in its first 1024 bytes'],
    ['one with a password', makeEncryptedPdf(), 'encrypted', 'needs a password'],
    [
      'one page of a scan',
      makeScan(1),
      'no-text',
      '1 page without a text layer; run text recognition (OCR) on it',
    ],
    ['a scan', makeScan(3), 'no-text', '3 pages without a text layer'],
    ['one that was cut short', REPORT.subarray(0, REPORT.length - 200), 'malformed', 'cut short'],
    ['a header and an end', Buffer.from('%PDF-1.7\nwords\n%%EOF'), 'malformed', 'it cannot be read: '],
    ['no page', makePdf([]), 'malformed', 'it has no pages'],
  ])('%s is refused as what it is', async (_, bytes, code, detail) => {
    expect(await parse(bytes)).toEqual({ code, detail: expect.stringContaining(detail) });
  });

  test('one that unpacks to a hundred thousand times its size is stopped at the limit', async () => {
    // 150 MB of spaces, packed twice: 2 KB.
    const piece = deflateRawSync(Buffer.alloc(50_000_000, 0x20), { finishFlush: constants.Z_FULL_FLUSH });
    const once = Buffer.concat([
      Buffer.from([0x78, 0x9c]),
      piece,
      piece,
      piece,
      Buffer.from([3, 0, 0, 0, 0, 0]),
    ]);
    const content = { dictionary: '/Filter [/FlateDecode /FlateDecode]', bytes: deflateSync(once) };
    const bomb = makePdf([{ lines: [] }], { content });
    expect(bomb.length).toBeLessThan(5_000);
    expect(await parse(bomb)).toMatchObject({ code: 'too-large' });
    expect(await parse(makePdf([{ lines: ['next'] }]))).toMatchObject({ text: 'next\n' });
  });

  test('changed anywhere, it is read or refused by name', async () => {
    for (let at = 9; at < REPORT.length; at += 41) {
      const changed = Buffer.from(REPORT);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      const result = await parse(changed);
      expect('code' in result ? result.code : 'read').toMatch(
        /^(read|malformed|no-text|encrypted|mislabelled)$/,
      );
    }
  });
});

describe('lines of a page', () => {
  const item = (str: string, base: number, hasEOL = true) => ({
    str,
    hasEOL,
    height: 10,
    transform: [1, 0, 0, 1, 0, base],
  });

  test('are joined from pieces, and a wide gap is a paragraph', () => {
    const items = [
      item('one ', 100, false),
      item('line', 100),
      item('next', 88),
      item('', 70),
      item('new', 60),
    ];
    expect(pageText(items)).toBe('one line\nnext\n\nnew');
  });

  test('of nothing are nothing', () => {
    expect(pageText([])).toBe('');
    expect(pageText([item('  ', 10), item('', 0)])).toBe('');
  });
});
