/**
 * The parsers, by name: which extensions each takes and which version it has. The version is part of the
 * chunk recipe, so a change of what a parser gives needs a new version. Parsers load at their first document.
 */
import { parse as parsePath } from 'node:path/posix';
import type { ChunkStrategy } from '../../domain/chunking-spec.js';
import type { ParsedText, Refusal } from '../../domain/document.js';
import { IngestError } from '../../domain/errors.js';
import type { ComponentVersion } from '../../domain/identity.js';
import type { ParseIsolated } from './isolated/parse-isolated.js';
import { LANGUAGES } from './languages.js';

interface ParserOf<Input> extends ComponentVersion {
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  /** What `auto` cuts its texts with. */
  readonly strategy: ChunkStrategy;
  /** Never throws for what a document contains. `path` is below the source's root. */
  readonly parse: (input: Input, path: string) => Promise<ParsedText | Refusal>;
}

/** Of a text format: what is not UTF-8 is refused before it, and line ends do not change the content hash. */
export interface TextParser extends ParserOf<string> {
  /** Normalised text. */
  readonly takes: 'text';
}

/** Of a binary format: every byte counts for the content hash. */
export interface BytesParser extends ParserOf<Buffer> {
  readonly takes: 'bytes';
}

export type Parser = TextParser | BytesParser;

export const PARSERS: readonly Parser[] = [
  {
    name: 'markdown',
    version: 1,
    takes: 'text',
    strategy: 'markdown',
    // MDX: imports, exports and JSX stay in the text.
    extensions: ['.md', '.markdown', '.mdown', '.mdx'],
    parse: async (text) => (await import('./parse-markdown.js')).parseMarkdown(text),
  },
  {
    name: 'text',
    version: 1,
    takes: 'text',
    strategy: 'text',
    // Light markup reads well as it is; logs are left out, they are large and say little.
    extensions: ['.txt', '.text', '.rst', '.adoc', '.org'],
    parse: async (text) => asItIs(text),
  },
  {
    name: 'html',
    version: 1,
    takes: 'text',
    strategy: 'markdown',
    // Not .xhtml: its empty elements (`<script src="x"/>`) swallow what follows when they are read as HTML.
    extensions: ['.html', '.htm'],
    parse: async (text) => (await isolated())('html', text),
  },
  {
    name: 'docx',
    version: 1,
    takes: 'bytes',
    strategy: 'markdown',
    extensions: ['.docx'],
    parse: async (bytes) => (await isolated())('docx', bytes),
  },
  {
    name: 'pdf',
    version: 1,
    takes: 'bytes',
    strategy: 'text',
    extensions: ['.pdf'],
    parse: async (bytes) => (await isolated())('pdf', bytes),
  },
  {
    name: 'json',
    version: 1,
    takes: 'text',
    strategy: 'code',
    extensions: ['.json', '.jsonc'],
    parse: async (text) => (await import('./parse-json.js')).parseJson(text),
  },
  {
    name: 'csv',
    version: 1,
    takes: 'text',
    strategy: 'rows',
    extensions: ['.csv', '.tsv'],
    parse: async (text) => (await import('./parse-csv.js')).parseCsv(text),
  },
  ...Object.entries(LANGUAGES).map(
    ([name, extensions]): TextParser => ({
      name,
      version: 1,
      takes: 'text',
      strategy: 'code',
      extensions,
      parse: async (text) => asItIs(text),
    }),
  ),
];

function asItIs(text: string): ParsedText {
  return { text, first_line: 1, metadata: {}, warnings: [] };
}

/** Formats that come from anywhere, by libraries that do as a document says. */
async function isolated(): Promise<ParseIsolated> {
  return (await import('./isolated/parse-isolated.js')).parseIsolated;
}

const BY_NAME = new Map(PARSERS.map((parser) => [parser.name, parser]));
const BY_EXTENSION = new Map(
  PARSERS.flatMap((parser) => parser.extensions.map((extension) => [extension, parser] as const)),
);

/** The parser of a path with forward slashes, by its extension in any case; undefined: not supported. */
export function parserFor(path: string): Parser | undefined {
  return BY_EXTENSION.get(parsePath(path).ext.toLowerCase());
}

/** The parser of a name that this registry gave. */
export function parserNamed(name: string): Parser {
  const parser = BY_NAME.get(name);
  if (parser !== undefined) return parser;
  throw new IngestError('E901', `no parser is called ${name}`, {
    kind: 'bug',
    advice: 'This is a bug in ingest. Please report it with the command you ran.',
  });
}

/** Lower-case extension with its dot, or the base name where there is none (`Makefile`, `.gitignore`). */
export function fileType(path: string): string {
  const { base, ext } = parsePath(path);
  return ext.length > 1 ? ext.toLowerCase() : base;
}
