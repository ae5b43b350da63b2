/** What the schema cannot judge of a source: keys that exclude each other, and cursors that contradict their type. */
import { type CursorType, readCursor } from '../domain/cursor.js';
import type { ManifestDocument } from './manifest-document.js';
import { DURATION } from './read-source.js';
import { ownValue } from './walk-value.js';

export function checkSources(document: ManifestDocument): void {
  const sources = ownValue(document.value, 'sources');
  if (!Array.isArray(sources)) return;
  sources.forEach((source, index) => {
    checkText(document, source, index);
    if (ownValue(source, 'type') === 'http') checkUrls(document, source, index);
    if (ownValue(source, 'anonymous') === true) checkAnonymous(document, source, index);
    if (ownValue(source, 'type') === 'transcript') checkPlace(document, source, index);
    checkRows(document, source, index);
    checkLoad(document, ownValue(source, 'load'), index);
  });
}

function checkText(document: ManifestDocument, source: unknown, index: number): void {
  if (ownValue(source, 'key') === undefined) return;
  const path = ['sources', index];
  const [text, template] = [ownValue(source, 'text'), ownValue(source, 'template')];
  if (text === undefined && template === undefined) {
    const advice = 'add text: [subject, description], or template: "{{subject}}"';
    document.faultAtKey([...path, 'key'], 'E102', 'a record needs a text: "text" or "template"', advice);
  } else if (text !== undefined && template !== undefined) {
    const message = '"template" and "text" both say what the text is';
    document.faultAtKey([...path, 'template'], 'E103', message, 'take one of the two out');
  }
}

function checkUrls(document: ManifestDocument, source: unknown, index: number): void {
  if (ownValue(source, 'urls') !== undefined || ownValue(source, 'sitemap') !== undefined) return;
  const advice =
    'add urls: [https://docs.example.com/intro], or sitemap: https://docs.example.com/sitemap.xml';
  document.faultAtKey(['sources', index, 'type'], 'E102', 'pages need "urls" or a "sitemap"', advice);
}

function checkAnonymous(document: ManifestDocument, source: unknown, index: number): void {
  for (const key of ['access_key_id', 'secret_access_key', 'session_token']) {
    if (ownValue(source, key) === undefined) continue;
    const message = `"${key}" is for requests that are signed, and "anonymous" says that none is`;
    document.faultAtKey(['sources', index, key], 'E103', message, 'take one of the two out');
  }
}

/** One file, or a folder of them. */
function checkPlace(document: ManifestDocument, source: unknown, index: number): void {
  const given = (key: string): boolean => ownValue(source, key) !== undefined;
  const path = ['sources', index];
  if (!given('path') && !given('root')) {
    const advice = 'add root: ../calls, or path: ../calls/monday.vtt';
    document.faultAtKey([...path, 'type'], 'E102', 'a transcript needs a "root" or a "path"', advice);
  }
  for (const key of given('path') ? ['root', 'include', 'exclude'] : []) {
    if (!given(key)) continue;
    const message = `"path" is one file, and "${key}" is about a folder`;
    document.faultAtKey([...path, key], 'E103', message, 'take one of the two out');
  }
}

/** Of a database: a table or a query. */
function checkRows(document: ManifestDocument, source: unknown, index: number): void {
  const type = ownValue(source, 'type');
  if (type !== 'sqlite' && type !== 'postgres') return;
  const path = ['sources', index];
  const [table, query] = [ownValue(source, 'table'), ownValue(source, 'query')];
  if (table === undefined && query === undefined) {
    const advice = 'add table: NAME, or query: SELECT ...';
    document.faultAtKey([...path, 'type'], 'E102', `"${type}" needs the rows: "table" or "query"`, advice);
  } else if (table !== undefined && query !== undefined) {
    const message = '"query" and "table" both say which rows are the records';
    document.faultAtKey([...path, 'query'], 'E103', message, 'take one of the two out');
  }
}

const CURSOR_KEYS = ['cursor_field', 'cursor_type', 'collation', 'lateness', 'start'];

function checkLoad(document: ManifestDocument, load: unknown, index: number): void {
  const path = ['sources', index, 'load'];
  if (ownValue(load, 'mode') !== 'incremental_cursor') {
    for (const key of CURSOR_KEYS) {
      if (ownValue(load, key) === undefined) continue;
      const advice = 'add mode: incremental_cursor, or take it out';
      document.faultAtKey(
        [...path, key],
        'E103',
        `"${key}" is about a cursor, and this is a full_snapshot`,
        advice,
      );
    }
    return;
  }
  const type = ownValue(load, 'cursor_type');
  if (type !== 'timestamp' && type !== 'number' && type !== 'string') return;
  checkLateness(document, [...path, 'lateness'], type, ownValue(load, 'lateness'));
  const start = ownValue(load, 'start');
  const read = start === undefined ? undefined : readCursor(type, start);
  if (read?.ok === false && !String(start).includes('${')) {
    document.faultAt([...path, 'start'], 'E103', `start ${read.problem}`, 'write a value of cursor_field');
  }
  if (type !== 'string' && ownValue(load, 'collation') !== undefined) {
    const message = `"collation" is about texts, and this cursor is a ${type}`;
    document.faultAtKey([...path, 'collation'], 'E103', message, 'take it out');
  }
}

function checkLateness(
  document: ManifestDocument,
  path: readonly (string | number)[],
  type: CursorType,
  lateness: unknown,
): void {
  if (lateness === undefined || lateness === 0) return;
  const duration = typeof lateness === 'string' && DURATION.test(lateness);
  if (type === 'string') {
    document.faultAt(path, 'E103', 'texts have no distance, so no lateness', 'take it out');
  } else if (type === 'timestamp' && !duration) {
    document.faultAt(path, 'E103', 'the lateness of a timestamp is a duration', 'write for example 2h');
  } else if (type === 'number' && typeof lateness !== 'number') {
    document.faultAt(path, 'E103', 'the lateness of a number is a number', 'write for example 100');
  }
}
