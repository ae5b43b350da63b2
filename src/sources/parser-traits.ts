/** What a chunk recipe says of the parser that a listing entry names, whether it reads files, composes records or tells what was said. */
import type { ChunkStrategy } from '../domain/chunking-spec.js';
import { parserNamed } from './parsing/parsers.js';
import { RECORD_PARSERS } from './records/record-parsers.js';
import { TRANSCRIPT_PARSERS } from './transcripts/transcript-formats.js';

const OTHERS = new Map<string, { readonly version: number; readonly strategy: ChunkStrategy }>(
  [...Object.values(RECORD_PARSERS), ...TRANSCRIPT_PARSERS].map((parser) => [parser.name, parser]),
);

/** @throws IngestError E901 for a name that no listing gives */
export function parserTraits(name: string): { readonly version: number; readonly strategy: ChunkStrategy } {
  return OTHERS.get(name) ?? parserNamed(name);
}
