/**
 * Live and rows are read one after the other. When a run wrote in between, what seems missing or too much may
 * only be younger than the first look: each finding is looked at once more, rows last.
 */
import type { LiveCollection } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { FindingRow, Scratch } from '../scratch.js';
import { tamperedParts } from './compare-records.js';

const PAGE = 1000;

export async function confirmFindings(
  collection: LiveCollection,
  state: StateReader,
  scratch: Scratch,
  owned: ReadonlySet<string>,
): Promise<void> {
  for (const manifestId of owned) {
    let page: FindingRow[] = [];
    const confirm = async (): Promise<void> => {
      const records = await collection.get(page.map((finding) => finding.id));
      for (const finding of page) {
        const record = records.get(finding.id);
        const row = state.chunk(collection.id, finding.id);
        const agrees =
          row === undefined || record === undefined
            ? row === record
            : // Vectors are not read again: what was found of one stands.
              tamperedParts(record, row).length === 0 && finding.detail?.endsWith('vector') !== true;
        if (agrees) scratch.dropFinding(manifestId, finding);
      }
      page = [];
    };
    for (const uri of scratch.findingUris(manifestId)) {
      for (const finding of scratch.findingsOf(manifestId, uri))
        if (finding.kind !== 'resume') page.push(finding);
      if (page.length >= PAGE) await confirm();
    }
    if (page.length > 0) await confirm();
  }
}
