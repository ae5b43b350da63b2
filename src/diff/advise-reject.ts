/** What to do about a refused document, by what its source and the gate say now. Pure. */
import type { Diagnosis } from '../domain/diagnosis.js';
import type { RejectRow } from '../domain/state-rows.js';

export interface RejectAdvice {
  readonly advice: string;
  readonly next: readonly string[] | null;
}

export function adviseReject(
  reject: Pick<RejectRow, 'uri' | 'verdict' | 'code' | 'content_sha256' | 'location'>,
  now: Diagnosis['manifest'],
): RejectAdvice {
  const apply = { next: ['apply'] };
  const retry = { next: ['rejects', 'retry', reject.uri] };
  if (!now.declared)
    return { advice: 'its manifest is not loaded here: load it to see what it says now', next: null };
  if (!now.source_declared)
    return { advice: 'its source is not declared any more: the next apply forgets it', ...apply };
  switch (now.listed) {
    case 'no':
    case 'deleted':
    case 'skipped':
      return { advice: 'its source does not have it any more: the next apply forgets it', ...apply };
    case 'unreadable':
    case 'unknown':
      return { advice: 'its source cannot be read now: make it readable, and look again', next: null };
    case 'yes':
      break;
  }
  switch (now.gate) {
    case 'accept':
      return { advice: 'it passes now: judge it again, and it is indexed', ...retry };
    case 'empty':
      return { advice: 'it has no text any more: the next apply forgets it', ...apply };
    case 'unreadable':
      return { advice: 'it cannot be read now: make it readable, and look again', next: null };
    default:
      break;
  }
  if (now.content_sha256 !== null && now.content_sha256 !== reject.content_sha256) {
    return {
      advice: 'it was edited since, and is refused all the same: mend what is said of it now',
      next: null,
    };
  }
  const where = reject.location === null ? 'it' : reject.location;
  return {
    advice:
      reject.verdict === 'quarantine'
        ? `somebody has to look: mend ${where} in the source, or change the policy if it may be let in; then judge it again`
        : `mend ${where} in the source, or the contract if that is what is wrong; then judge it again`,
    next: null,
  };
}
