/** Small deterministic hash of a stretch of text, to choose boundaries by content. Not an identity. */

/** FNV-1a over UTF-16 units with Murmur3's finaliser, 32 bits. At most `limit` units from `start`. */
export function contentHash(text: string, start: number, end: number, limit: number): number {
  let hash = 0x811c9dc5;
  const last = Math.min(end, start + limit);
  for (let at = start; at < last; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
