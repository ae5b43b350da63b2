/**
 * Every chunker with its versions. Indexes pin the version they were first applied with, so a change of
 * boundaries is a new version beside the old one, never an edit of it.
 */

import type { ChunkStrategy } from '../domain/chunking-spec.js';
import type { TextChunk } from '../domain/document.js';
import { IngestError } from '../domain/errors.js';
import { chunkCode } from './chunk-code.js';
import { chunkMarkdown } from './chunk-markdown.js';
import type { ChunkParams } from './chunk-params.js';
import { chunkRows } from './chunk-rows.js';
import { chunkText } from './chunk-text.js';
import { chunkUtterances } from './chunk-utterances.js';
import { chunkWhole } from './chunk-whole.js';
import type { Grammar } from './code/grammar.js';

export interface Chunker {
  readonly name: ChunkStrategy;
  readonly version: number;
  /** Pure: equal text, parameters and grammar give equal chunks, on every Node and platform. */
  chunk(text: string, params: ChunkParams, grammar: Grammar | undefined): TextChunk[];
}

/** What a new index gets. */
export const CHUNKERS = {
  markdown: { name: 'markdown', version: 1, chunk: chunkMarkdown },
  text: { name: 'text', version: 1, chunk: chunkText },
  code: { name: 'code', version: 1, chunk: chunkCode },
  whole: { name: 'whole', version: 1, chunk: chunkWhole },
  rows: { name: 'rows', version: 1, chunk: chunkRows },
  utterances: { name: 'utterances', version: 1, chunk: chunkUtterances },
} as const satisfies Readonly<Record<ChunkStrategy, Chunker>>;

/** All that still ship, the newest included. */
const SHIPPED: readonly Chunker[] = Object.values(CHUNKERS);

/** The version that a new index pins. */
export function chunkerVersion(name: ChunkStrategy): number {
  return CHUNKERS[name].version;
}

/** A shipped chunker. @throws IngestError E502 for a version that this program does not have. */
export function chunker(name: ChunkStrategy, version: number): Chunker {
  const found = SHIPPED.find((candidate) => candidate.name === name && candidate.version === version);
  if (found !== undefined) return found;
  throw new IngestError('E502', `the index is pinned to chunker ${name} version ${version}`, {
    kind: 'world',
    advice: `This ingest has version ${chunkerVersion(name)}. Use the newer ingest that wrote the index.`,
  });
}

/** `ofParser` is what the parser that read the document says fits its texts; `auto` takes it. */
export function resolveStrategy(declared: 'auto' | ChunkStrategy, ofParser: ChunkStrategy): ChunkStrategy {
  return declared === 'auto' ? ofParser : declared;
}
