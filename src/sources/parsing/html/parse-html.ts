/** HTML, version 1: its text as Markdown; title, language and named meta elements as metadata. */
import type { ParsedText, Refusal } from '../../../domain/document.js';
import { cleanText } from '../clean-text.js';
import { htmlMetadata } from './html-metadata.js';
import { htmlToMarkdown } from './html-to-markdown.js';

/** A tree takes some hundred times the memory of its text. Characters. */
export const MAX_HTML = 16 * 1024 * 1024;

/** Takes normalised text. @throws DocumentFault */
export function parseHtml(html: string): ParsedText | Refusal {
  if (html.length > MAX_HTML) {
    return { code: 'too-large', detail: `${html.length} characters of HTML; the limit is ${MAX_HTML}` };
  }
  const { tree, text, line_ranges } = htmlToMarkdown(html);
  return { text: cleanText(text), first_line: 1, line_ranges, ...htmlMetadata(tree) };
}
