/** What a document says of a search for personal data that was made before, elsewhere. Pure. */
import { type Judgement, worst } from '../../domain/gate-policy.js';
import type { Finding } from '../finding.js';

/** `scannedHere`: rules of this manifest look at the document themselves, which closes the gap. */
export function checkPiiStatus(
  judged: Readonly<Record<string, unknown>>,
  judgement: Judgement,
  scannedHere: boolean,
): Finding | undefined {
  switch (judged['pii_scan_status']) {
    case 'suspected':
      return {
        code: 'pii-suspected',
        judgement: worst(judgement, 'quarantine'),
        detail: 'pii_scan_status is suspected',
      };
    case 'not_run':
    case 'unknown':
      if (scannedHere) return undefined;
      return { code: 'pii-gap', judgement, detail: `pii_scan_status is ${judged['pii_scan_status']}` };
    default:
      return undefined;
  }
}
