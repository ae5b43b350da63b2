/** content_sha256 of an input: from its stat where that is enough, by reading where it is not. */
import type { DocumentEntry } from '../../domain/document.js';
import { sourceIdOf } from '../../domain/identity.js';
import type { PlanContext } from '../plan-context.js';

export function cachedContent(context: PlanContext, entry: DocumentEntry) {
  // A record was read to be listed: its hash is known without a cache.
  if (entry.stat === null) {
    const { content_sha256 } = entry;
    return content_sha256 === undefined ? undefined : { content_sha256, empty_for: null };
  }
  return context.statCache.get(rootOf(context, entry), entry.path, entry.stat);
}

/** `emptyFor` is the chunk recipe under which it made no chunk; null when it made some or was not chunked. */
export function rememberContent(
  context: PlanContext,
  entry: DocumentEntry,
  content: string,
  emptyFor: string | null,
): void {
  if (entry.stat === null) return;
  context.statCache.put(rootOf(context, entry), entry.path, entry.stat, {
    content_sha256: content,
    empty_for: emptyFor,
  });
}

/** content_sha256 by reading and hashing the file; undefined when it cannot be read. */
export async function hashContent(context: PlanContext, entry: DocumentEntry): Promise<string | undefined> {
  const hashed = await context.preparer.source(sourceIdOf(entry.uri)).hash(entry);
  if ('unreadable' in hashed) return undefined;
  rememberContent(context, entry, hashed.content_sha256, null);
  return hashed.content_sha256;
}

function rootOf(context: PlanContext, entry: DocumentEntry): string {
  return context.preparer.source(sourceIdOf(entry.uri)).cacheRoot;
}
