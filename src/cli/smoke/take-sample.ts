/** Which documents are tried: some of every source, spread over it by hash, the same ones each time. */
import { sha256Hex } from '../../domain/hashing.js';
import type { Manifest } from '../../domain/manifest.js';
import { compareUtf8 } from '../../domain/text.js';
import type { Preparer } from '../../plan/scan/prepare-document.js';

export interface Sample {
  readonly uris: readonly string[];
  /** Documents that the sources list; nothing of them was read. */
  readonly declared: number;
}

export async function takeSample(
  manifest: Manifest,
  preparer: Preparer,
  size: number,
  signal: AbortSignal,
): Promise<Sample> {
  const uris: string[] = [];
  let declared = 0;
  for (const { id } of manifest.sources) {
    let kept: { readonly uri: string; readonly order: string }[] = [];
    for await (const entry of preparer.source(id).list(signal)) {
      if (entry.kind !== 'document') continue;
      declared++;
      kept.push({ uri: entry.uri, order: sha256Hex(entry.uri) });
      if (kept.length > size * 50) kept = firstOf(kept, size);
    }
    uris.push(...firstOf(kept, size).map(({ uri }) => uri));
  }
  return { uris: uris.sort(compareUtf8), declared };
}

function firstOf<T extends { readonly order: string }>(found: readonly T[], size: number): T[] {
  return found.toSorted((a, b) => (a.order < b.order ? -1 : 1)).slice(0, size);
}

/** A glob that fits this uri and no other. */
export function globOf(uri: string): string {
  return uri.replace(/[\\*?[\]{}()!+@|$^]/g, '\\$&');
}
