/** Whether it is known under which licence a document stands. Pure. */
import type { Judgement } from '../../domain/gate-policy.js';
import type { Finding } from '../finding.js';

export const LICENSE_FIELD = 'license_tag';

export function checkLicense(
  judged: Readonly<Record<string, unknown>>,
  judgement: Judgement,
): Finding | undefined {
  const tag = Object.hasOwn(judged, LICENSE_FIELD) ? judged[LICENSE_FIELD] : undefined;
  const known = typeof tag === 'string' && tag.trim() !== '' && tag.trim().toLowerCase() !== 'unknown';
  if (known) return undefined;
  const detail =
    tag === undefined || tag === null ? `${LICENSE_FIELD} is not there` : `${LICENSE_FIELD} is unknown`;
  return { code: 'unknown-license', judgement, detail };
}
