/** Source type `files`: the files below a folder, of every format that has a parser. */

import type { Source } from '../../domain/ports/source.js';
import type { FilesSource } from '../../domain/source-spec.js';
import { hashDocument, parseDocument } from '../parsing/parse-document.js';
import { parserFor } from '../parsing/parsers.js';
import { createFileTreeSource } from './file-tree-source.js';

/** @throws IngestError E103 for a glob that is too long */
export function createFilesSource(spec: FilesSource): Source {
  return createFileTreeSource(spec, {
    parserFor,
    parse: (bytes, { parser, path }) => parseDocument(bytes, parser, path),
    hash: hashDocument,
  });
}
