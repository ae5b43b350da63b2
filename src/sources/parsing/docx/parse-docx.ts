/**
 * Word documents (.docx), version 1: mammoth makes HTML of them, which becomes Markdown like any other HTML. Only
 * the document's own XML parts are unpacked; images, linked files and macros are never read.
 */
import mammoth from 'mammoth';
import type { ParsedText, Refusal } from '../../../domain/document.js';
import { cleanText } from '../clean-text.js';
import { htmlToMarkdown } from '../html/html-to-markdown.js';
import { MAX_HTML } from '../html/parse-html.js';
import { DocumentFault } from '../isolated/document-fault.js';
import { docxMetadata } from './docx-metadata.js';
import { readZip, type ZipParts } from './read-zip.js';

/** Bytes that the parts which are read may unpack to. */
export const MAX_UNPACKED = 64 * 1024 * 1024;

const ZIP = Buffer.from('PK\x03\x04', 'latin1');
/** Compound files: Word before 2007, and what Office writes around an encrypted document. */
const COMPOUND = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const ENCRYPTED_PACKAGE = Buffer.from('EncryptedPackage', 'utf16le');

/** @throws DocumentFault, or what mammoth throws of a document that it cannot read */
export async function parseDocx(bytes: Buffer): Promise<ParsedText | Refusal> {
  if (bytes.length === 0) return { text: '', first_line: 1, metadata: {}, warnings: [] };
  const other = otherFormat(bytes);
  if (other !== undefined) return other;
  const parts = readZip(bytes, MAX_UNPACKED);
  if (!parts.exists('[Content_Types].xml')) {
    return { code: 'mislabelled', detail: 'a ZIP archive, and not a Word document' };
  }
  const html = await toHtml(parts);
  if (html.length > MAX_HTML) {
    return {
      code: 'too-large',
      detail: `its text as HTML has ${html.length} characters; the limit is ${MAX_HTML}`,
    };
  }
  return {
    text: cleanText(htmlToMarkdown(html).text),
    first_line: 1,
    metadata: docxMetadata(parts),
    warnings: [],
  };
}

async function toHtml(parts: ZipParts): Promise<string> {
  try {
    const { value } = await mammoth.convertToHtml(asInput(parts), {
      convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
      externalFileAccess: false,
      // A document's own rules could hide its text.
      includeEmbeddedStyleMap: false,
    });
    return value;
  } catch (error) {
    // It has no class of its own, and speaks of a parser that nobody here knows.
    if (!String(error).includes('[xmldom')) throw error;
    throw new DocumentFault('malformed', 'its XML is not well formed');
  }
}

function otherFormat(bytes: Buffer): Refusal | undefined {
  if (bytes.subarray(0, ZIP.length).equals(ZIP)) return undefined;
  if (!bytes.subarray(0, COMPOUND.length).equals(COMPOUND)) {
    return { code: 'mislabelled', detail: 'not a Word document: it is no ZIP archive' };
  }
  return bytes.includes(ENCRYPTED_PACKAGE)
    ? { code: 'encrypted', detail: 'it needs a password to open; save it without one' }
    : { code: 'mislabelled', detail: 'in the format of Word before 2007; save it as .docx' };
}

/**
 * mammoth takes an archive that is open already in place of bytes, which its types do not say. So it reads through
 * our limits, and what was checked is what is read.
 */
function asInput(parts: ZipParts): Parameters<typeof mammoth.convertToHtml>[0] {
  const file = {
    exists: (name: string) => parts.exists(name),
    read: async (name: string, encoding?: string) => {
      const bytes = parts.read(name);
      if (encoding === undefined) return new Uint8Array(bytes);
      if (encoding === 'base64') return bytes.toString('base64');
      return decodeXml(bytes, name);
    },
  };
  return { file } as unknown as Parameters<typeof mammoth.convertToHtml>[0];
}

/** Office writes UTF-8. A document type could define entities, and no Office program writes one. */
function decodeXml(bytes: Buffer, name: string): string {
  const xml = new TextDecoder('utf-8').decode(bytes);
  if (/<!DOCTYPE/i.test(xml)) {
    throw new DocumentFault(
      'malformed',
      `its part ${name} declares a document type, which no Word document does`,
    );
  }
  return xml;
}
