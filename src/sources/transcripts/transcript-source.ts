/** Source type `transcript`: files of what was said, and when. Listed and read as files are. */
import { basename, dirname } from 'node:path';
import type { Source } from '../../domain/ports/source.js';
import type { TranscriptSource } from '../../domain/source-spec.js';
import { createFileTreeSource } from '../files/file-tree-source.js';
import { hashText } from '../parsing/decode-text.js';
import { parseTranscript, transcriptParserFor } from './transcript-parsers.js';

/** @throws IngestError E103 for a glob that is too long */
export function createTranscriptSource(spec: TranscriptSource): Source {
  const { id, type, place, fields } = spec;
  const tree =
    place.kind === 'folder'
      ? { root: place.root, include: place.include, exclude: place.exclude }
      : { root: dirname(place.path), include: [literalGlob(basename(place.path))], exclude: [] };
  return createFileTreeSource(
    { id, type, ...tree },
    {
      parserFor: transcriptParserFor,
      parse: async (bytes, { parser }) => parseTranscript(bytes, parser, fields),
      hash: hashText,
    },
  );
}

/** A glob that matches this name alone. */
function literalGlob(name: string): string {
  return name.normalize('NFC').replace(/[\\*?[\]{}()!+@|^$]/g, '\\$&');
}
