/**
 * With a state that was read from live, live differs from itself only where its records do not fit together. Pure.
 */
import type { DriftClass, DriftIndex, DriftReport } from '../domain/drift-report.js';
import type { RebuiltIndex } from '../domain/state-reports.js';

/** `rebuilt` is empty when the state is a recorded one: then nothing is added. */
export function withPartialDocuments(report: DriftReport, rebuilt: readonly RebuiltIndex[]): DriftReport {
  const partial = new Map(rebuilt.filter((one) => one.partial > 0).map((one) => [one.manifest_id, one]));
  if (partial.size === 0) return report;
  const indexes = report.indexes.map((index): DriftIndex => {
    const found = partial.get(index.manifest_id);
    return found === undefined ? index : { ...index, classes: [...classesOf(found), ...index.classes] };
  });
  return {
    ...report,
    indexes,
    drift: report.drift || indexes.some(({ manifest_id }) => partial.has(manifest_id)),
  };
}

function classesOf({ by_reason, where }: RebuiltIndex): DriftClass[] {
  const isMissing = (reason: string): boolean => reason === 'missing-records';
  const of = (name: 'missing' | 'tampered', incident: DriftClass['incident']): DriftClass => {
    const chosen = (reason: string): boolean => isMissing(reason) === (name === 'missing');
    const sums = by_reason.filter(({ reason }) => chosen(reason));
    return {
      class: name,
      incident,
      detail: 'its records do not fit together',
      ids: [],
      records: sums.reduce((sum, { records }) => sum + records, 0),
      documents: sums.reduce((sum, { documents }) => sum + documents, 0),
      where: where
        .filter(({ reason }) => chosen(reason))
        .map(({ uri, records, of: n }) => ({ uri, records, of: n })),
    };
  };
  return [of('missing', 'gap'), of('tampered', 'mismatch')].filter(({ documents }) => documents > 0);
}
