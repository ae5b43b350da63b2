/** What `state gc` would delete of the landing store, or deleted, and what stays. */
import type { CleanedLanding, LandingGarbage } from '../../domain/state-reports.js';
import { safe } from '../escape.js';
import { labelled, labelledText } from '../flow-items.js';
import { groupDigits, plural } from '../layout.js';

export function* renderGarbage(found: LandingGarbage, width: number): Generator<string> {
  yield* labelled('Delete', [files(found)], width);
  if (found.batches === 0) {
    yield* labelledText('Because', 'no batch names them any more', width);
    return;
  }
  const old = `${plural(found.inputs, 'input')} of ${plural(found.batches, 'old batch', 'old batches')}, which cannot be replayed then`;
  yield* labelledText('Forget', old, width);
  if (found.needed > 0) {
    const why = `${plural(found.needed, 'input')} of them: what the index or a refused document has now would be mended from`;
    yield* labelledText('Stays', why, width);
  }
}

export function* renderCleaned(report: CleanedLanding, width: number): Generator<string> {
  switch (report.outcome) {
    case 'nothing_to_clean':
      yield 'Nothing to clean: every landed input is of a batch that is kept.';
      return;
    case 'declined':
      yield 'Nothing was changed.';
      return;
    case 'cleaned':
      yield* labelled('Deleted', [files(report)], width);
      if (report.backup !== null) yield* labelledText('Backup', safe(report.backup), width);
  }
}

function files({ files: count, bytes }: Pick<LandingGarbage, 'files' | 'bytes'>): string {
  return `${plural(count, 'file')} of the landing store, ${groupDigits(bytes)} bytes`;
}
