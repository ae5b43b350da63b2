/** What stays as it is recorded: an older version of it came, or nobody looked for it. */
import { compareCursors } from '../../domain/cursor.js';
import type { DocumentRow } from '../../domain/ports/state.js';
import type { PlanContext } from '../plan-context.js';
import type { ScannedUri } from '../scan/scan-index.js';
import { findingOf } from './base-of-document.js';
import { planOrphans } from './plan-orphans.js';
import { PLAIN, type PlannedUri } from './planned-uri.js';

/** The newest version of a record stays, in whatever order they come: late, by a backfill or by a replay. */
export function isSuperseded(
  context: PlanContext,
  version: string | undefined,
  row: DocumentRow | undefined,
): boolean {
  if (version === undefined || row === undefined || row.version === null) return false;
  const source = context.manifest.sources.find(({ id }) => id === row.source_id);
  const type = source?.load.cursor?.type;
  return type !== undefined && compareCursors(type, version, row.version) < 0;
}

/** What is wrong with it in live must wait for what it was made of. */
export async function planUnseen(
  context: PlanContext,
  { uri, row, staged, flagged }: ScannedUri,
): Promise<PlannedUri> {
  if (row === undefined) {
    const left = flagged || staged !== undefined;
    return { ...PLAIN, change: left ? await planOrphans(context, uri) : undefined };
  }
  if (!flagged) return { ...PLAIN, stays: 'unseen' };
  const { finding, resume } = findingOf(context, uri);
  if (finding !== undefined || resume) {
    context.warn({
      key: 'source-no-longer-has-it',
      message: `${uri}: its records are not as they were written, and its source does not list it any more`,
      detail: 'replay the batch that it came with, or delete it in the source',
      functional: true,
    });
  }
  return { ...PLAIN, stays: 'unseen' };
}
