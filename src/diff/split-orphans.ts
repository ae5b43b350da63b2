/** Which of a document's orphans are second copies of what live has already under its recorded id. */

export interface OrphanRecord {
  readonly id: string;
  /** Empty when live holds no text. */
  readonly text_sha256: string;
}

export interface SplitOrphans {
  readonly duplicates: readonly OrphanRecord[];
  readonly others: readonly OrphanRecord[];
}

/**
 * `missing` are recorded ids that live lacks: an orphan with the text of one stands in its place under another id, and
 * is the only copy.
 */
export function splitOrphans(
  orphans: readonly OrphanRecord[],
  recorded: readonly { readonly chunk_id: string; readonly text_sha256: string }[],
  missing: ReadonlySet<string>,
): SplitOrphans {
  const vacancies = new Map<string, number>();
  for (const { chunk_id, text_sha256 } of recorded) {
    vacancies.set(text_sha256, (vacancies.get(text_sha256) ?? 0) + (missing.has(chunk_id) ? 1 : 0));
  }
  const duplicates: OrphanRecord[] = [];
  const others: OrphanRecord[] = [];
  for (const orphan of orphans) {
    const left = vacancies.get(orphan.text_sha256);
    if (left === 0) duplicates.push(orphan);
    else others.push(orphan);
    if (left !== undefined && left > 0) vacancies.set(orphan.text_sha256, left - 1);
  }
  return { duplicates, others };
}
