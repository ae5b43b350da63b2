/** A table says which columns it has: what a source declares of others is a slip, not an empty value. Pure. */
import { IngestError } from '../../domain/errors.js';
import type { RecordSourceSpec } from '../../domain/source-spec.js';
import { PLACEHOLDER } from './map-record.js';

/** @throws IngestError E202 for a column that is declared and not there, or that is there twice */
export function checkColumns(spec: RecordSourceSpec, columns: readonly string[], where: string): void {
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new IngestError('E202', `${where} has two columns with the name "${twice}"`, {
      kind: 'input',
      advice: 'Give each a name of its own: nobody can say which of the two is meant.',
    });
  }
  const there = new Set(columns);
  const missing = declaredFields(spec).filter(
    (field) => !there.has(field) && !there.has(field.split('.', 1)[0] ?? field),
  );
  if (missing.length === 0) return;
  const named = [...new Set(missing)].map((name) => `"${name}"`).join(', ');
  throw new IngestError('E202', `${where} has no column ${named}, which the source ${spec.id} declares`, {
    kind: 'input',
    advice: `It has ${columns.map((name) => `"${name}"`).join(', ')}. Correct the manifest, or what writes the table.`,
  });
}

function declaredFields({ mapping, load }: RecordSourceSpec): readonly string[] {
  const { key, text, metadata_from } = mapping;
  return [
    ...key,
    ...(typeof text === 'string' ? [...text.matchAll(PLACEHOLDER)].map(([, field = '']) => field) : text),
    ...Object.values(metadata_from),
    ...(load.cursor === undefined ? [] : [load.cursor.field]),
    ...(load.deleted_field === undefined ? [] : [load.deleted_field]),
  ];
}
