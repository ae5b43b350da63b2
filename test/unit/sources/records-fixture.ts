/** What listings of records are made of, for the tests of their readers. */
import type { CursorWindow } from '../../../src/domain/cursor.js';
import type { ListingEntry } from '../../../src/domain/document.js';
import type { Source } from '../../../src/domain/ports/source.js';
import { FULL_SNAPSHOT, type LoadSpec } from '../../../src/domain/source-spec.js';

/** What every source of records in these tests declares, unless one says otherwise. */
export const COMMON = {
  id: 't',
  contract: undefined,
  metadata: {},
  load: FULL_SNAPSHOT,
  mapping: { key: ['id'], text: ['body'], format: 'text', metadata_from: {} },
} as const;

export function byCursor(type: 'timestamp' | 'number' | 'string', field = 'at'): LoadSpec {
  const cursor = { field, type, lateness: 0, start: undefined };
  return { mode: 'incremental_cursor', cursor, deleted_field: undefined, on_malformed: 'hold' };
}

export async function listed(source: Source, window?: CursorWindow): Promise<ListingEntry[]> {
  const entries: ListingEntry[] = [];
  for await (const entry of source.list(new AbortController().signal, window)) entries.push(entry);
  return entries;
}

export const uris = (entries: readonly ListingEntry[]): string[] => entries.map(({ uri }) => uri);

/** The fields of a record, by its uri. */
export async function fieldsOf(
  source: Source,
  entries: readonly ListingEntry[],
  uri: string,
): Promise<unknown> {
  const entry = entries.find((one) => one.uri === uri);
  if (entry?.kind !== 'document')
    throw new Error(`${uri} is not listed as a document: ${JSON.stringify(entries)}`);
  const read = await source.read(entry);
  if (read.kind !== 'text') throw new Error(`${uri} is ${read.kind}`);
  return read.parsed.record?.fields;
}

/** Where malformed inputs stand and what is said of them. */
export function malformed(entries: readonly ListingEntry[]): string[] {
  return entries
    .flatMap((entry) => (entry.kind === 'malformed' ? [`${entry.location} ${entry.message}`] : []))
    .sort();
}
