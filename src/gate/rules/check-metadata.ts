/** How much of its metadata a document has, by what it says itself and by what its contract asks for. Pure. */
import type { GatePolicy } from '../../domain/gate-policy.js';
import type { Finding } from '../finding.js';

type Fields = Readonly<Record<string, unknown>>;

export function checkMetadata(
  judged: Fields,
  required: readonly string[],
  policy: Pick<GatePolicy, 'partial_metadata' | 'missing_metadata'>,
): Finding | undefined {
  const partial = (detail: string): Finding => ({
    code: 'partial-metadata',
    judgement: policy.partial_metadata,
    detail,
  });
  const missing = (detail: string): Finding => ({
    code: 'missing-metadata',
    judgement: policy.missing_metadata,
    detail,
  });
  switch (judged['metadata_status']) {
    case 'partial':
      return partial('metadata_status is partial');
    case 'missing':
    case 'unknown':
      return missing(`metadata_status is ${judged['metadata_status']}`);
  }
  const absent = required.filter((name) => !Object.hasOwn(judged, name) || isBlank(judged[name]));
  if (absent.length === 0) return undefined;
  if (absent.length === required.length)
    return missing('none of the fields that the contract requires is there');
  return partial(`${absent.length} of ${required.length} fields that the contract requires are not there`);
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
