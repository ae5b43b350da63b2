/** The plan of an index that a rollback pinned: its documents are not looked at, and it says so. */
import type { IndexAction } from '../../domain/plan.js';
import type { IndexRow } from '../../domain/state-rows.js';
import type { PlannedIndex } from '../scan/plan-index.js';
import type { Pin } from './read-pin.js';

export function planPinned(
  { generation }: Pin,
  index: IndexRow | undefined,
  index_actions: readonly IndexAction[],
): PlannedIndex {
  return {
    batch_id: index?.batch_id ?? '',
    sources: [],
    index_actions,
    coverage: { declared: 0, current: 0, old_kept: 0, quarantined: 0, rejected: 0, skipped: 0, failed: 0 },
    known_rejects: 0,
    unchanged: 0,
    warnings: [
      {
        key: 'pinned',
        message: `pinned by a rollback at generation ${generation}: nothing is planned`,
        detail:
          'it has another model or distance than the manifest, so no document can be written to it; edit the manifest (embedding, space), or run `ingest rollback --unpin` and plan the replacement again',
        functional: true,
      },
    ],
  };
}
