/**
 * The rules beyond the contract, of a manifest that writes `policy.gate`. Pure. Each has something to say only of documents that the manifest, the contract
 * or the document itself brings up: an index of plain files without metadata passes untouched.
 */
import type { GateSpec } from '../../domain/gate-policy.js';
import type { Finding } from '../finding.js';
import { CHECKSUM_FIELD, checkChecksum } from './check-checksum.js';
import { checkLicense, LICENSE_FIELD } from './check-license.js';
import { checkMetadata } from './check-metadata.js';
import { checkPiiStatus } from './check-pii-status.js';
import type { DeclaredFields } from './declared-fields.js';

export interface Judged {
  /** Source metadata under the document's own. */
  readonly judged: Readonly<Record<string, unknown>>;
  /** The document's own alone. */
  readonly own: Readonly<Record<string, unknown>>;
  readonly isRecord: boolean;
  readonly scannedHere: boolean;
  /** Asked for only where a checksum is to be checked. */
  text(): string;
}

export function applyRules(gate: GateSpec, contract: DeclaredFields, document: Judged): Finding[] {
  const { judged, own } = document;
  const found: (Finding | undefined)[] = [];
  if (gate.checksum_field !== undefined || speaksOf(CHECKSUM_FIELD, contract, own)) {
    found.push(
      checkChecksum({
        field: gate.checksum_field ?? CHECKSUM_FIELD,
        fields: own,
        text: document.text(),
        isRecord: document.isRecord,
        missing: gate.missing_checksum,
      }),
    );
  }
  found.push(checkMetadata(judged, contract.required, gate));
  found.push(checkPiiStatus(judged, gate.pii_gap, document.scannedHere));
  if (speaksOf(LICENSE_FIELD, contract, judged)) found.push(checkLicense(judged, gate.unknown_license));
  return found.filter((finding) => finding !== undefined);
}

function speaksOf(
  field: string,
  contract: DeclaredFields,
  fields: Readonly<Record<string, unknown>>,
): boolean {
  return contract.known.has(field) || Object.hasOwn(fields, field);
}
