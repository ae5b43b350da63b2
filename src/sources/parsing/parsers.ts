/**
 * The parsers, by name: which extensions each takes and which version it has. The version is part of the
 * chunk recipe, so a change of what a parser gives needs a new version. Parsers load at their first document.
 */
import { parse as parsePath } from 'node:path/posix';
import type { ParsedText } from '../../domain/document.js';
import type { ComponentVersion } from '../../domain/identity.js';

export interface Parser extends ComponentVersion {
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  /** Takes normalised text. Never throws for what the text contains. */
  readonly parse: (text: string) => Promise<ParsedText>;
}

export const PARSERS: readonly Parser[] = [
  {
    name: 'markdown',
    version: 1,
    // MDX: imports, exports and JSX stay in the text.
    extensions: ['.md', '.markdown', '.mdown', '.mdx'],
    parse: async (text) => (await import('./parse-markdown.js')).parseMarkdown(text),
  },
  {
    name: 'text',
    version: 1,
    // Light markup reads well as it is; logs are left out, they are large and say little.
    extensions: ['.txt', '.text', '.rst', '.adoc', '.org'],
    parse: async (text) => ({ text, first_line: 1, metadata: {}, warnings: [] }),
  },
];

const BY_NAME = new Map(PARSERS.map((parser) => [parser.name, parser]));
const BY_EXTENSION = new Map(
  PARSERS.flatMap((parser) => parser.extensions.map((extension) => [extension, parser] as const)),
);

/** The parser of a path with forward slashes, by its extension in any case; undefined: not supported. */
export function parserFor(path: string): Parser | undefined {
  return BY_EXTENSION.get(parsePath(path).ext.toLowerCase());
}

/** The parser of this name; undefined when no parser is called so. */
export function parserNamed(name: string): Parser | undefined {
  return BY_NAME.get(name);
}

/** Current version of the parser of this name; undefined when no parser is called so. */
export function parserVersion(name: string): number | undefined {
  return BY_NAME.get(name)?.version;
}

/** Lower-case extension with its dot, or the base name where there is none (`Makefile`, `.gitignore`). */
export function fileType(path: string): string {
  const { base, ext } = parsePath(path);
  return ext.length > 1 ? ext.toLowerCase() : base;
}
