/** Sources whose documents are records: spooled, ordered, versioned; the same for every reader. */
import { type CursorWindow, compareCursors, EVERYTHING, inWindow, readCursor } from '../../domain/cursor.js';
import type { DocumentEntry, ListingEntry, ReadResult } from '../../domain/document.js';
import { sha256Hex, structureHash } from '../../domain/hashing.js';
import { documentUri } from '../../domain/identity.js';
import type { Source } from '../../domain/ports/source.js';
import type { RecordSourceSpec } from '../../domain/source-spec.js';
import { ListingSpool, type SpooledRecord } from './listing-spool.js';
import { composeMetadata, composeText, fieldOf, isDeleted, keyOf, MALFORMED_PREFIX } from './map-record.js';
import { RECORD_PARSERS } from './record-parsers.js';
import type { RawRecord, RecordReader } from './record-reader.js';

export function createRecordSource(spec: RecordSourceSpec, reader: RecordReader): Source {
  const { mapping, load } = spec;
  const parser = RECORD_PARSERS[mapping.format].name;
  const folder = documentUri(spec.id, '');
  let spool: ListingSpool | undefined;
  let windowed = false;

  async function* list(
    signal: AbortSignal,
    window = EVERYTHING,
  ): AsyncGenerator<ListingEntry, void, undefined> {
    spool?.close();
    const filling = new ListingSpool(load.cursor?.type);
    spool = filling;
    windowed = window.start !== null || window.end !== null;
    // Of versions of one record the newest decides, also whether it lies before the end: a past window gives back nothing
    // that was changed or deleted since.
    const from = { start: window.start, end: null };
    for await (const raw of reader.read(from, signal)) {
      signal.throwIfAborted();
      // Listed first: a folder's uri sorts before everything below it.
      if (raw.kind === 'unreadable') yield { kind: 'unreadable', uri: folder, message: raw.message };
      else {
        const record = recordOf(raw, from);
        if (record !== undefined) filling.add(record);
      }
    }
    filling.seal();
    for (const record of filling.entries()) {
      if (isBefore(record.version, window.end)) yield entryOf(record, parser);
    }
  }

  function recordOf(
    raw: Exclude<RawRecord, { kind: 'unreadable' }>,
    window: CursorWindow,
  ): Omit<SpooledRecord, 'times'> | undefined {
    if (raw.kind === 'malformed') return malformed(raw.bytes, raw.location, raw.message);
    const { fields, location } = raw;
    const key = keyOf(fields, mapping);
    const content_sha256 = structureHash(fields);
    if (!key.ok) return malformed(undefined, location, `the record ${key.problem}`, content_sha256);
    const uri = documentUri(spec.id, key.key);
    const common = { uri, path: key.key, content_sha256, location };
    let version: string | null = null;
    if (load.cursor !== undefined) {
      const { field, type } = load.cursor;
      const read = readCursor(type, fieldOf(fields, field));
      if (!read.ok) {
        const message = `${field}, its cursor, ${read.problem}`;
        return { ...common, kind: 'malformed', version, fields: null, message };
      }
      if (!inWindow(type, read.cursor, window)) return undefined;
      version = read.cursor;
    }
    if (load.deleted_field !== undefined && isDeleted(fieldOf(fields, load.deleted_field))) {
      return { ...common, kind: 'deleted', version, fields: null, message: null };
    }
    return { ...common, kind: 'document', version, fields: JSON.stringify(fields), message: null };
  }

  function isBefore(version: string | null, end: string | null): boolean {
    if (end === null || version === null || load.cursor === undefined) return true;
    return compareCursors(load.cursor.type, version, end) < 0;
  }

  function malformed(
    bytes: string | Uint8Array | undefined,
    location: string,
    message: string,
    sha = sha256Hex(bytes ?? ''),
  ): Omit<SpooledRecord, 'times'> {
    const path = `${MALFORMED_PREFIX}${sha.slice(0, 16)}`;
    const uri = documentUri(spec.id, path);
    return {
      kind: 'malformed',
      uri,
      path,
      content_sha256: sha,
      version: null,
      fields: null,
      location,
      message,
    };
  }

  async function read(entry: DocumentEntry): Promise<ReadResult> {
    const found = spool?.get(entry.uri);
    if (found?.fields === undefined || found.fields === null) {
      return { kind: 'unreadable', message: 'it is not in the listing' };
    }
    const fields = JSON.parse(found.fields) as Record<string, unknown>;
    const text = composed(fields, found.content_sha256);
    return { ...text, bytes: Buffer.from(found.fields) };
  }

  function composed(
    fields: Readonly<Record<string, unknown>>,
    content_sha256: string,
  ): Extract<ReadResult, { kind: 'text' }> {
    const record = {
      fields,
      compose: (left: Readonly<Record<string, unknown>>) => ({
        text: composeText(left, mapping),
        metadata: composeMetadata(left, mapping),
      }),
    };
    // What a person reads is composed by the gate, once it has seen the fields.
    const parsed = { text: '', first_line: 1, metadata: {}, warnings: [], record };
    return { kind: 'text', content_sha256, parsed };
  }

  return {
    id: spec.id,
    type: spec.type,
    cacheRoot: reader.root,
    parser,
    list,
    lists: (uri) => spool?.get(uri) !== undefined,
    read,
    parse: async (bytes) => {
      const fields = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
      return composed(fields, structureHash(fields));
    },
    hash: async (entry) => {
      const found = spool?.get(entry.uri);
      return found === undefined
        ? { unreadable: 'it is not in the listing' }
        : { content_sha256: found.content_sha256 };
    },
    // What lies outside the window nobody has looked for.
    exists: async (uri) =>
      uri.startsWith(folder) && (spool === undefined || windowed || spool.get(uri) !== undefined),
  };
}

function entryOf(record: Omit<SpooledRecord, 'fields'>, parser: string): ListingEntry {
  const { uri, kind, path, content_sha256, times } = record;
  const version = record.version === null ? {} : { version: record.version };
  switch (kind) {
    case 'document':
      return { kind, uri, path, parser, stat: null, content_sha256, ...version };
    case 'deleted':
      return { kind, uri, ...version };
    case 'malformed': {
      const location = times === 1 ? record.location : `${record.location} (and ${times - 1} more like it)`;
      return { kind, uri, content_sha256, location, message: record.message ?? '' };
    }
  }
}
