/** Which chunks of a document stay, and which stand in each other's place. Joined by text, never by position. */

interface HasText {
  readonly text_sha256: string;
}

export interface AlignedHunk<Old, New> {
  readonly removed: Old[];
  readonly added: New[];
}

export interface AlignedChunks<Old, New> {
  /** In the order of the new version. */
  readonly hunks: readonly AlignedHunk<Old, New>[];
  readonly kept: number;
}

/**
 * Both sides in order of the document. A chunk whose text is on both sides stays, wherever it stands; what comes
 * and what goes after the same one that stays is one hunk.
 */
export function alignChunks<Old extends HasText, New extends HasText>(
  before: readonly Old[],
  after: readonly New[],
): AlignedChunks<Old, New> {
  const places = new Map<string, number[]>();
  for (const [place, { text_sha256 }] of after.entries()) {
    const known = places.get(text_sha256);
    if (known === undefined) places.set(text_sha256, [place]);
    else known.push(place);
  }
  const hunks = new Map<number, AlignedHunk<Old, New>>();
  const hunkAfter = (place: number): AlignedHunk<Old, New> => {
    const known = hunks.get(place) ?? { removed: [], added: [] };
    hunks.set(place, known);
    return known;
  };
  const stays = new Set<number>();
  let last = -1;
  // From the end of each list, so that taking one costs nothing; equal texts are the same to searchers.
  for (const list of places.values()) list.reverse();
  for (const chunk of before) {
    const place = places.get(chunk.text_sha256)?.pop();
    if (place === undefined) {
      hunkAfter(last).removed.push(chunk);
      continue;
    }
    stays.add(place);
    last = place;
  }
  last = -1;
  for (const [place, chunk] of after.entries()) {
    if (stays.has(place)) last = place;
    else hunkAfter(last).added.push(chunk);
  }
  return {
    hunks: [...hunks].toSorted(([a], [b]) => a - b).map(([, hunk]) => hunk),
    kept: stays.size,
  };
}
