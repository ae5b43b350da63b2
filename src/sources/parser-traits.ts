/** What a chunk recipe says of the parser that a listing entry names, whether it reads files or composes records. */
import type { ChunkStrategy } from '../domain/manifest.js';
import { parserNamed } from './parsing/parsers.js';
import { RECORD_PARSERS } from './records/record-source.js';

const OF_RECORDS = new Map<string, { readonly version: number; readonly strategy: ChunkStrategy }>(
  Object.values(RECORD_PARSERS).map((parser) => [parser.name, parser]),
);

/** @throws IngestError E901 for a name that no listing gives */
export function parserTraits(name: string): { readonly version: number; readonly strategy: ChunkStrategy } {
  return OF_RECORDS.get(name) ?? parserNamed(name);
}
