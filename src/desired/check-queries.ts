/** What the schema cannot say of retrieval checks. */
import type { ManifestDocument } from './manifest-document.js';
import { queryId } from './read-checks.js';
import { suggestName } from './suggest.js';
import { ownValue } from './walk-value.js';

/** Names of the document's sources, as far as they can be read. */
function sourceIds(document: ManifestDocument): string[] {
  const sources = ownValue(document.value, 'sources');
  if (!Array.isArray(sources)) return [];
  return sources.map((source) => ownValue(source, 'id')).filter((id) => typeof id === 'string');
}

/** Each query expects something, of a source that there is, and is told from the others. */
export function checkQueries(document: ManifestDocument): void {
  const queries = ownValue(ownValue(document.value, 'checks'), 'queries');
  if (!Array.isArray(queries)) return;
  const sources = sourceIds(document);
  const first = new Map<string, number>();
  queries.forEach((query: unknown, index) => {
    const path = ['checks', 'queries', index];
    const [text, id, uris] = ['query', 'id', 'uris'].map((key) => ownValue(query, key));
    if (typeof text !== 'string') return;
    if (uris === undefined && ownValue(query, 'contains') === undefined) {
      const advice = 'add uris: ["handbook/account.md"], or contains: some text';
      document.faultAt(path, 'E102', 'the query expects nothing: it needs "uris" or "contains"', advice);
    }
    const name = typeof id === 'string' ? id : queryId(text);
    const before = first.get(name);
    if (before === undefined) first.set(name, index);
    else {
      const same = typeof id === 'string' ? `the id "${id}" is` : 'this query is';
      const message = `${same} already taken by checks.queries[${before}]`;
      document.faultAt(
        [...path, typeof id === 'string' ? 'id' : 'query'],
        'E108',
        message,
        'give it another id',
      );
    }
    if (!Array.isArray(uris)) return;
    for (const [at, uri] of uris.entries()) checkUri(document, [...path, 'uris', at], uri, sources);
  });
}

/** Of a glob only what stands before its first sign is known. */
function checkUri(
  document: ManifestDocument,
  path: (string | number)[],
  uri: unknown,
  sources: readonly string[],
): void {
  if (typeof uri !== 'string') return;
  const slash = uri.indexOf('/');
  const source = slash < 0 ? uri : uri.slice(0, slash);
  if (/[*?[\]{}()!+@$]/.test(source)) return;
  if (slash > 0 && sources.includes(source)) return;
  const message = `no uri begins so: "${source}" is no source of this manifest`;
  const advice =
    slash < 0 ? 'write SOURCE_ID/path, as `ingest query` shows it' : suggestName(source, sources);
  document.faultAt(path, 'E103', message, advice);
}
