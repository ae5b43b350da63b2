/** Markdown, version 1: YAML front matter becomes metadata, everything else stays as it is written. */
import type { ParsedText } from '../../domain/document.js';
import type { Warning } from '../../domain/warning.js';
import { splitFrontMatter } from './split-front-matter.js';

/** Takes normalised text. TOML front matter (`+++`) stays in the text. */
export function parseMarkdown(text: string): ParsedText {
  const split = splitFrontMatter(text);
  switch (split.kind) {
    case 'none':
      return { text, first_line: 1, metadata: {}, warnings: [] };
    case 'found':
      return { text: split.rest, first_line: split.first_line, metadata: split.metadata, warnings: [] };
    case 'malformed':
      return { text, first_line: 1, metadata: {}, warnings: [malformed(split.reason)] };
  }
}

function malformed(reason: string): Warning {
  return {
    key: 'front-matter-malformed',
    message: 'the front matter is malformed; the file is indexed as text, without its metadata',
    detail: reason,
    functional: true,
  };
}
