/** The source types. A new type is one folder and one line here; each loads when a manifest has it. */

import type { Source } from '../domain/ports/source.js';
import type { SourceSpec } from '../domain/source-spec.js';
import type { SourceContext } from './source-context.js';

type Factory<Type extends SourceSpec['type']> = (
  spec: Extract<SourceSpec, { type: Type }>,
  context: SourceContext,
) => Source;

const FACTORIES: { readonly [Type in SourceSpec['type']]: () => Promise<Factory<Type>> } = {
  files: async () => (await import('./files/files-source.js')).createFilesSource,
  jsonl: async () => (await import('./records/jsonl-reader.js')).createJsonlSource,
  s3: async () => (await import('./s3/s3-source.js')).createS3Source,
  http: async () => (await import('./http/http-source.js')).createHttpSource,
  transcript: async () => (await import('./transcripts/transcript-source.js')).createTranscriptSource,
  csv: async () => (await import('./records/csv/csv-reader.js')).createCsvSource,
  sqlite: async () => (await import('./records/sqlite/sqlite-reader.js')).createSqliteSource,
  postgres: async () => (await import('./records/postgres/postgres-reader.js')).createPostgresSource,
};

/** Opens nothing. @throws IngestError E103 for a setting that the schema cannot judge (a glob too long) */
export async function createSource(spec: SourceSpec, context: SourceContext): Promise<Source> {
  // Each factory takes the spec of its own type, which the compiler cannot see through the index.
  const create = (await FACTORIES[spec.type]()) as (spec: SourceSpec, context: SourceContext) => Source;
  return create(spec, context);
}
