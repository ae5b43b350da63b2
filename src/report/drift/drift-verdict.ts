/** What a drift report says, whatever the format. */
import type { DriftClass, DriftIndex, DriftReport } from '../../domain/results.js';
import { groupDigits, plural } from '../layout.js';

/** Foreign records are noted, and are no drift. */
const NOTED: ReadonlySet<DriftClass['class']> = new Set(['foreign']);

export function drifted(index: DriftIndex): boolean {
  return index.classes.some((found) => !NOTED.has(found.class));
}

export function needsReader(index: DriftIndex): boolean {
  return index.status === 'unreachable' || drifted(index);
}

/** What needs a reader comes before what does not. */
export function mostUrgentFirst(report: DriftReport): DriftIndex[] {
  const rank = (index: DriftIndex): number => (index.status === 'unreachable' ? 0 : drifted(index) ? 1 : 2);
  return [...report.indexes].sort((a, b) => rank(a) - rank(b));
}

/** What it means for searchers, in one sentence. */
export function consequences(index: DriftIndex): string {
  const texts: string[] = [];
  for (const found of index.classes) {
    const records = plural(found.records, 'chunk');
    const documents = plural(found.documents, 'document');
    switch (found.class) {
      case 'missing':
        texts.push(`searchers miss ${records} of ${documents}`);
        break;
      case 'orphan':
        texts.push(`find ${groupDigits(found.records)} that should be gone`);
        break;
      case 'tampered':
        texts.push(`read ${records} of ${documents} that somebody else changed`);
        break;
      case 'collection-missing':
        texts.push('the whole collection is missing');
        break;
      case 'unsearchable':
        texts.push('records are there, but searches fail');
        break;
      case 'not-ours':
        texts.push('the collection belongs to somebody else');
        break;
      case 'foreign':
        break;
    }
  }
  const joined = texts.join(', ');
  return /^(find|read) /.test(joined) ? `searchers ${joined}` : joined;
}
