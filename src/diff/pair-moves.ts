/** Pairs losses with creates of equal content: a renamed file is a move, not a delete and an add. */
import { compareUtf8 } from '../domain/text.js';

/**
 * Pairs within one group of equal content_sha256: first those with the same base name, then the rest,
 * both in uri order. Every uri is used at most once.
 */
export function pairMoves(losses: readonly string[], creates: readonly string[]): Map<string, string> {
  const pairs = new Map<string, string>();
  const free = new Set([...creates].sort(compareUtf8));
  const unpaired: string[] = [];
  const byName = new Map<string, string[]>();
  for (const uri of free) byName.set(baseName(uri), [...(byName.get(baseName(uri)) ?? []), uri]);
  for (const loss of [...losses].sort(compareUtf8)) {
    const created = byName.get(baseName(loss))?.shift();
    if (created === undefined) {
      unpaired.push(loss);
      continue;
    }
    pairs.set(created, loss);
    free.delete(created);
  }
  const rest = free.values();
  for (const loss of unpaired) {
    const next = rest.next();
    if (next.done) break;
    pairs.set(next.value, loss);
  }
  return pairs;
}

function baseName(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}
