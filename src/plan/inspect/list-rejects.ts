/** The refused documents on record, counted by reason and listed. Reads recorded state alone, in flat memory. */

import type { StateReader } from '../../domain/ports/state.js';
import type { ListedReject, RejectFilter, RejectsReport } from '../../domain/rejects.js';
import type { RejectRow } from '../../domain/state-rows.js';
import { createScope } from '../scan/match-uris.js';
import { indexesNamed } from './look-up.js';
import { startedAt } from './run-times.js';

/** @throws IngestError E506 for an index that is not recorded */
export function listRejects(state: StateReader, environment: string, filter: RejectFilter): RejectsReport {
  const scope = createScope({
    only: filter.glob === undefined ? [] : [filter.glob],
    force: [],
    allow_delete: [],
  });
  const indexes = indexesNamed(state, filter.manifest);
  const wanted = (row: RejectRow): boolean =>
    (filter.verdict === undefined || row.verdict === filter.verdict) &&
    (filter.code === undefined || row.codes.includes(filter.code)) &&
    (filter.source === undefined || row.source_id === filter.source) &&
    scope.inScope(row.uri);
  function* found(): Generator<RejectRow & { manifest_id: string }> {
    for (const { manifest_id } of indexes) {
      for (const row of state.rejects(manifest_id)) if (wanted(row)) yield { manifest_id, ...row };
    }
  }
  const counts = new Map<string, RejectsReport['by_code'][number]>();
  let total = 0;
  for (const { verdict, code } of found()) {
    const key = `${verdict} ${code}`;
    total++;
    counts.set(key, { verdict, code, documents: (counts.get(key)?.documents ?? 0) + 1 });
  }
  const since = startedAt(state);
  return {
    environment,
    total,
    by_code: [...counts.values()].toSorted(
      (a, b) => b.documents - a.documents || (`${a.verdict} ${a.code}` < `${b.verdict} ${b.code}` ? -1 : 1),
    ),
    *rows(): Generator<ListedReject> {
      for (const row of found()) yield { ...row, since: since(row.first_run) };
    },
  };
}
