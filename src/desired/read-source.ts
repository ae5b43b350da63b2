/** A source as it is declared -> as the rest works with it: absolute paths, cursors in canonical form, defaults. */
import path from 'node:path';
import { readCursor } from '../domain/cursor.js';
import type { LoadSpec, RecordMapping, RowSet, SourceSpec } from '../domain/source-spec.js';
import { DEFAULTS } from './defaults.js';
import { lazySecret, type Variables } from './interpolate.js';
import type { RawLoad, RawMapping, RawRowSet, RawSource } from './raw-manifest.js';
import { readHttpSource } from './read-http-source.js';
import { readS3 } from './read-s3.js';

/** What makes a duration; a number alone is in the cursor's own unit. */
export const DURATION = /^(\d+)(ms|s|m|h|d)$/;
const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export function readSource(raw: RawSource, folder: string, env: Variables): SourceSpec {
  const resolved = (file: string): string => path.resolve(folder, file);
  const common = {
    id: raw.id,
    contract: raw.contract === undefined ? undefined : resolved(raw.contract),
    metadata: raw.metadata ?? {},
    load: readLoad(raw.load ?? {}),
    ...(raw.landing === true ? { landing: true as const } : {}),
  };
  switch (raw.type) {
    case 'jsonl':
      return { ...common, type: 'jsonl', path: resolved(raw.path), mapping: readMapping(raw) };
    case 'http':
      return { ...common, ...readHttpSource(raw, env) };
    case 's3':
      return { ...common, ...readS3(raw, env) };
    case 'transcript': {
      const { include = [], exclude = [], fields, time_unit } = raw;
      return {
        ...common,
        type: 'transcript',
        place:
          raw.path === undefined
            ? { kind: 'folder', root: resolved(raw.root ?? ''), include, exclude }
            : { kind: 'file', path: resolved(raw.path) },
        fields: {
          ...DEFAULTS.transcript.fields,
          ...fields,
          time_unit: time_unit ?? DEFAULTS.transcript.time_unit,
        },
      };
    }
    case 'csv': {
      const { columns, delimiter, quoting, null_values, types } = { ...DEFAULTS.csv, ...raw };
      const path = resolved(raw.path);
      const mapping = readMapping(raw);
      return { ...common, type: 'csv', path, mapping, columns, delimiter, quoting, null_values, types };
    }
    case 'sqlite':
      return {
        ...common,
        type: 'sqlite',
        path: resolved(raw.path),
        rows: readRowSet(raw),
        mapping: readMapping(raw),
      };
    case 'postgres':
      return {
        ...common,
        type: 'postgres',
        url: lazySecret(raw.url, env, 'E109', `url of the source ${raw.id}`),
        ca_file: raw.ca_file === undefined ? undefined : resolved(raw.ca_file),
        rows: readRowSet(raw),
        statement_timeout_ms: raw.statement_timeout_ms ?? DEFAULTS.postgres.statement_timeout_ms,
        mapping: readMapping(raw),
      };
    // Files, also where nothing is said.
    default: {
      const { include = [], exclude = [] } = raw;
      return { ...common, type: 'files', root: resolved(raw.root), include, exclude };
    }
  }
}

function readMapping({
  key,
  text,
  template,
  format = 'text',
  metadata_from = {},
}: RawMapping): RecordMapping {
  return {
    key: typeof key === 'string' ? [key] : key,
    text: text ?? template ?? [],
    format,
    metadata_from: Array.isArray(metadata_from)
      ? Object.fromEntries(metadata_from.map((name: string) => [name, name]))
      : (metadata_from as Readonly<Record<string, string>>),
  };
}

function readRowSet({ table, query }: RawRowSet): RowSet {
  return query === undefined ? { table: table ?? '' } : { query };
}

function readLoad(raw: RawLoad): LoadSpec {
  const { mode = 'full_snapshot', cursor_field, cursor_type, start, on_malformed = 'hold' } = raw;
  const common = { mode, deleted_field: raw.deleted_field, on_malformed };
  if (mode !== 'incremental_cursor' || cursor_field === undefined || cursor_type === undefined) {
    return { ...common, cursor: undefined };
  }
  const first = start === undefined ? undefined : readCursor(cursor_type, start);
  const lateness = latenessOf(raw.lateness);
  return {
    ...common,
    cursor: { field: cursor_field, type: cursor_type, lateness, start: first?.ok ? first.cursor : undefined },
  };
}

/** Milliseconds of a duration, a number as it is. */
function latenessOf(lateness: string | number | undefined): number {
  if (typeof lateness !== 'string') return lateness ?? 0;
  const [, count = '0', unit = 'ms'] = DURATION.exec(lateness) ?? [];
  return Number(count) * (MILLISECONDS[unit] ?? 0);
}
