import { describe, expect, test } from 'vitest';
import { isRefusal, type ParsedText } from '../../../src/domain/document.js';
import { MAX_UNPACKED, parseDocx } from '../../../src/sources/parsing/docx/parse-docx.js';
import { parseIsolated } from '../../../src/sources/parsing/isolated/parse-isolated.js';
import {
  coreProperties,
  makeDocx,
  paragraph,
  relationships,
  table,
} from '../../support/documents/make-docx.js';
import { makeZip } from '../../support/documents/make-zip.js';

async function parsed(bytes: Buffer): Promise<ParsedText> {
  const result = await parseDocx(bytes);
  if (isRefusal(result)) throw new Error(result.detail);
  return result;
}

const DOCUMENT = makeDocx(
  paragraph('Onboarding', 'Heading1') +
    paragraph('Welcome, 欢迎 &amp; hello.') +
    paragraph('Days', 'Heading2') +
    table([
      ['Monday', 'setup'],
      ['Tuesday', 'tour'],
    ]),
  {
    'docProps/core.xml': coreProperties({
      'dc:title': 'On &amp; off',
      'dc:creator': 'Ana',
      'dc:subject': '',
    }),
  },
);

describe('a Word document', () => {
  test('is Markdown with its headings and tables, and its core properties are metadata', async () => {
    expect(await parsed(DOCUMENT)).toEqual({
      text: '# Onboarding\n\nWelcome, 欢迎 & hello.\n\n## Days\n\n| | |\n| - | - |\n| Monday | setup |\n| Tuesday | tour |\n',
      first_line: 1,
      metadata: { title: 'On & off', author: 'Ana' },
      warnings: [],
    });
    expect(await parsed(DOCUMENT)).toEqual(await parsed(DOCUMENT));
  });

  test('without text, or of no bytes, is empty', async () => {
    expect((await parsed(makeDocx(''))).text).toBe('');
    expect((await parsed(Buffer.alloc(0))).text).toBe('');
  });

  test('has no images, and no files that it links to', async () => {
    const picture = (id: string) =>
      `<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><wp:docPr id="1" name="p" descr="a chart"/><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill><a:blip ${id}/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`;
    const image = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships/image';
    const bytes = makeDocx(
      paragraph('before') + picture('r:link="rId1"') + picture('r:embed="rId2"') + paragraph('after'),
      {
        'word/_rels/document.xml.rels': relationships({
          rId1: [image, 'file:///etc/passwd', 'External'],
          // Damaged: it would show if it were unpacked.
          rId2: [image, 'media/image1.png', ''],
        }),
        'word/media/image1.png': { content: Buffer.alloc(10), encrypted: true },
      },
    );
    expect((await parsed(bytes)).text).toBe('before\n\na chart\n\na chart\n\nafter\n');
  });
});

describe('what is no Word document that can be read', () => {
  test.each([
    ['plain text', Buffer.from('just words'), 'mislabelled', 'it is no ZIP archive'],
    ['another ZIP archive', makeZip({ 'a.txt': 'a' }), 'mislabelled', 'not a Word document'],
    [
      'Word before 2007',
      Buffer.from(`d0cf11e0a1b11ae1${'00'.repeat(600)}`, 'hex'),
      'mislabelled',
      'save it as .docx',
    ],
    [
      'one with a password',
      Buffer.concat([
        Buffer.from('d0cf11e0a1b11ae1', 'hex'),
        Buffer.alloc(512),
        Buffer.from('EncryptedPackage', 'utf16le'),
      ]),
      'encrypted',
      'needs a password',
    ],
  ])('%s is refused as what it is', async (_, bytes, code, detail) => {
    expect(await parseDocx(bytes)).toEqual({ code, detail: expect.stringContaining(detail) });
  });

  test.each([
    ['cut short', DOCUMENT.subarray(0, DOCUMENT.length - 30), 'it may be cut short'],
    [
      'without its main part',
      makeZip({ '[Content_Types].xml': '<Types/>' }),
      'Could not find main document part',
    ],
    [
      'whose part has a password',
      makeDocx('', { 'word/document.xml': { content: 'x', encrypted: true } }),
      'password',
    ],
    ['whose part is not packed', damagedPart(), 'is damaged'],
    ['whose XML is broken', makeDocx('<w:p><w:r>'), 'not well formed'],
    ['that declares entities', withDocumentType(), 'declares a document type'],
  ])('one %s fails by saying so', async (_, bytes, message) => {
    await expect(parseDocx(bytes)).rejects.toThrow(message);
  });

  test('one that unpacks to more than it says is stopped at the limit', async () => {
    const content = Buffer.alloc(MAX_UNPACKED + 1, 0x20);
    const bomb = makeDocx('', { 'word/document.xml': { content, declaredSize: 100 } });
    expect(bomb.length).toBeLessThan(100_000);
    await expect(parseDocx(bomb)).rejects.toMatchObject({ refusal: { code: 'too-large' } });
    // What is not read may be of any size.
    const video = makeDocx(paragraph('words'), { 'word/media/video.mp4': content });
    expect((await parsed(video)).text).toBe('words\n');
  });

  test('cut anywhere or changed anywhere, it is read or refused by name', async () => {
    for (let at = 0; at < DOCUMENT.length; at += 23) {
      const changed = Buffer.from(DOCUMENT);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      for (const bytes of [changed, DOCUMENT.subarray(0, at)]) {
        const result = await parseIsolated('docx', bytes);
        expect('code' in result ? result.code : 'read').toMatch(/^(read|malformed|mislabelled|encrypted)$/);
      }
    }
  });
});

function damagedPart(): Buffer {
  const content = Buffer.from('this is not what a packed part looks like');
  const bytes = makeDocx('', { 'word/document.xml': { content, stored: true } });
  // Say in the directory that it is packed.
  bytes.writeUInt16LE(8, bytes.lastIndexOf('PK\x01\x02') + 10);
  return bytes;
}

function withDocumentType(): Buffer {
  const lol =
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>';
  return makeDocx('', { 'word/document.xml': `${lol}<w:document><w:body>&b;&f;</w:body></w:document>` });
}
