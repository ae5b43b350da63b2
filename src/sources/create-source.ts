/** The source types. A new type is one file and one line here. */
import type { SourceSpec } from '../domain/manifest.js';
import type { Source } from '../domain/ports/source.js';
import { createFilesSource } from './files/files-source.js';
import { createHttpSource } from './http/http-source.js';
import { createCsvSource } from './records/csv/csv-reader.js';
import { createJsonlSource } from './records/jsonl-reader.js';
import { createPostgresSource } from './records/postgres/postgres-reader.js';
import { createSqliteSource } from './records/sqlite/sqlite-reader.js';
import { createS3Source } from './s3/s3-source.js';
import type { SourceContext } from './source-context.js';
import { createTranscriptSource } from './transcripts/transcript-source.js';

const FACTORIES: {
  readonly [Type in SourceSpec['type']]: (
    spec: Extract<SourceSpec, { type: Type }>,
    context: SourceContext,
  ) => Source;
} = {
  files: createFilesSource,
  jsonl: createJsonlSource,
  s3: createS3Source,
  http: createHttpSource,
  transcript: createTranscriptSource,
  csv: createCsvSource,
  sqlite: createSqliteSource,
  postgres: createPostgresSource,
};

/** Opens nothing. @throws IngestError E103 for a setting that the schema cannot judge (a glob too long) */
export function createSource(spec: SourceSpec, context: SourceContext): Source {
  // Each factory takes the spec of its own type, which the compiler cannot see through the index.
  return (FACTORIES[spec.type] as (spec: SourceSpec, context: SourceContext) => Source)(spec, context);
}
