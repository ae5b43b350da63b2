/** What a drift report says, whatever the format. */
import type { DriftClass, DriftIndex, DriftReport } from '../../domain/drift-report.js';
import { COLLECTION_FAULTS } from '../collection-faults.js';
import { safe } from '../escape.js';
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
  const texts = index.classes.map(consequence).filter((text) => text !== '');
  const joined = texts.join(', ');
  return /^(find|read) /.test(joined) ? `searchers ${joined}` : joined;
}

/** `500 of 9,406 records (seed 3fa2): 0 affected; with 95% confidence at most 0.6% of all, 57 records`. */
export function describeSample({ sample, recorded }: DriftIndex): string {
  if (sample === null) return '';
  const { checked, seed, affected, confidence, at_most_share, at_most_records } = sample;
  const share = Number((at_most_share * 100).toPrecision(2));
  const found = `${groupDigits(checked)} of ${plural(recorded.chunks, 'record')} (seed ${safe(seed)}): ${groupDigits(affected)} affected`;
  if (checked >= recorded.chunks) return found;
  return `${found}; with ${confidence * 100}% confidence at most ${share}% of all, ${plural(at_most_records, 'record')}`;
}

function consequence(found: DriftClass): string {
  const records = plural(found.records, 'chunk');
  const documents = plural(found.documents, 'document');
  switch (found.class) {
    case 'missing':
      return found.documents === 0
        ? `searchers miss ${records}`
        : `searchers miss ${records} of ${documents}`;
    case 'orphan':
      return `find ${groupDigits(found.records)} that should be gone`;
    case 'duplicate':
      return `find ${records} of ${documents} twice`;
    case 'tampered':
      return `read ${records} of ${documents} that somebody else changed`;
    case 'collection-missing':
      return found.detail === null
        ? 'the whole collection is missing'
        : 'no collection has the name that searchers use';
    case 'collection-replaced':
    case 'not-ours':
    case 'wrong-lineage':
    case 'wrong-recipe':
    case 'wrong-distance':
      return COLLECTION_FAULTS[found.class];
    case 'unsearchable':
      return 'records are there, but searches fail';
    case 'wedged':
      return 'Chroma cannot read or write it any more';
    case 'foreign':
      return '';
  }
}
