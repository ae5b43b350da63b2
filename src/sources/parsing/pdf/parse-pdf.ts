/**
 * PDF, version 1: the text layer, page by page, by pdf.js as unpdf packs it. Nothing is rendered, no script runs,
 * and nothing outside the file is read.
 */
import { getResolvedPDFJS } from 'unpdf';
import type { ParsedText, Refusal } from '../../../domain/document.js';
import type { Warning } from '../../../domain/warning.js';
import { cleanText } from '../clean-text.js';
import { boundArrays } from './bound-arrays.js';
import { type PdfItem, pageText } from './page-text.js';

/** Readers look for the header this far in, and for the end mark this far from the end. Bytes. */
const HEADER_WITHIN = 1_024;
const END_WITHIN = 4_096;
/** Text of a document. Characters. */
const MAX_TEXT = 32 * 1024 * 1024;
/** One stream, unpacked. Bytes; above the largest file, which is one array too. */
const MAX_STREAM = 128 * 1024 * 1024;
const MAX_METADATA = 2_000;

const bound = boundArrays(MAX_STREAM);

const METADATA: Readonly<Record<string, string>> = {
  Title: 'title',
  Author: 'author',
  Subject: 'subject',
  Keywords: 'keywords',
};

/** @throws what pdf.js throws of a file that it cannot read */
export async function parsePdf(bytes: Buffer): Promise<ParsedText | Refusal> {
  if (bytes.length === 0) return { text: '', first_line: 1, metadata: {}, warnings: [] };
  if (!bytes.subarray(0, HEADER_WITHIN).includes('%PDF-')) {
    return { code: 'mislabelled', detail: `not a PDF: no %PDF- in its first ${HEADER_WITHIN} bytes` };
  }
  if (!hasEnd(bytes)) return { code: 'malformed', detail: 'cut short: it has no %%EOF at its end' };
  bound.exceeded();
  const pdfjs = await getResolvedPDFJS();
  const loading = pdfjs.getDocument({
    // Its own copy: pdf.js takes the memory over.
    data: new Uint8Array(bytes),
    isEvalSupported: false,
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    verbosity: 0,
  });
  try {
    const result = await readPages(await loading.promise);
    return bound.exceeded() ? TOO_LARGE : result;
  } catch (error) {
    if (bound.exceeded()) return TOO_LARGE;
    // By name, not class: the error has come through pdf.js's own messages.
    const name = (error as Error).name;
    if (name === 'PasswordException') {
      return { code: 'encrypted', detail: 'it needs a password to open; save it without one' };
    }
    throw error;
  } finally {
    await loading.destroy();
  }
}

const TOO_LARGE: Refusal = {
  code: 'too-large',
  detail: `a stream of it unpacks to more than ${MAX_STREAM} bytes`,
};

interface Pdf {
  readonly numPages: number;
  getPage(number: number): Promise<{
    getTextContent(): Promise<{ readonly items: readonly unknown[] }>;
    cleanup(): unknown;
  }>;
  getMetadata(): Promise<{ readonly info: object }>;
}

async function readPages(pdf: Pdf): Promise<ParsedText | Refusal> {
  if (pdf.numPages === 0) return { code: 'malformed', detail: 'it has no pages' };
  const starts: number[] = [];
  const without: number[] = [];
  const pages: string[] = [];
  let line = 1;
  let length = 0;
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    page.cleanup();
    const text = cleanText(pageText(items.filter(isItem)));
    starts.push(line);
    if (text === '') {
      without.push(number);
      continue;
    }
    length += text.length;
    if (length > MAX_TEXT)
      return { code: 'too-large', detail: `it has more than ${MAX_TEXT} characters of text` };
    // A blank line between pages: they are never one paragraph for certain.
    pages.push(text);
    line += text.split('\n').length + 1;
  }
  if (pages.length === 0) return withoutText(pdf.numPages);
  return {
    text: `${pages.join('\n\n')}\n`,
    first_line: 1,
    page_starts: starts,
    metadata: metadataOf((await pdf.getMetadata()).info),
    warnings: without.length === 0 ? [] : [partlyWithoutText(without, pdf.numPages)],
  };
}

function withoutText(pages: number): Refusal {
  const detail = `${pages} ${pages === 1 ? 'page' : 'pages'} without a text layer; run text recognition (OCR) on it`;
  return { code: 'no-text', detail };
}

function partlyWithoutText(without: readonly number[], pages: number): Warning {
  return {
    key: 'pdf-pages-without-text',
    message: `${without.length} of ${pages} pages of a PDF have no text layer: blank or scanned`,
    detail: `page ${without.slice(0, 10).join(', ')}${without.length > 10 ? ', ...' : ''}`,
    functional: false,
  };
}

/** Trailing zeros and line ends are common and harmless; a file without the mark was not written to its end. */
function hasEnd(bytes: Buffer): boolean {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] ?? 1) <= 0x20) end--;
  return bytes.subarray(Math.max(0, end - END_WITHIN), end).includes('%%EOF');
}

function metadataOf(info: object): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(info)) {
    const name = METADATA[key];
    if (name === undefined || typeof value !== 'string') continue;
    const text = cleanText(value).replace(/\s+/g, ' ').trim();
    if (text !== '') metadata[name] = text.slice(0, MAX_METADATA).toWellFormed();
  }
  return metadata;
}

function isItem(item: unknown): item is PdfItem {
  return typeof (item as { readonly str?: unknown }).str === 'string';
}
