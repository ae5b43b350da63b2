/** The worst finding decides: a document is refused for it, with all reasons, or let in with warnings. Pure. */
import { isWorse } from '../domain/gate-policy.js';
import type { Refused } from '../domain/ports/gate.js';
import type { Warning } from '../domain/warning.js';
import type { Finding } from './finding.js';

/** Undefined: nothing here keeps the document out. */
export function refusalOf(findings: readonly Finding[]): Refused | undefined {
  // Stable: of equally grave ones the first found weighs most.
  const grave = findings
    .filter(({ judgement }) => judgement === 'reject' || judgement === 'quarantine')
    .toSorted(
      (a, b) => Number(isWorse(b.judgement, a.judgement)) - Number(isWorse(a.judgement, b.judgement)),
    );
  const [first] = grave;
  if (first === undefined) return undefined;
  return {
    verdict: first.judgement === 'reject' ? 'reject' : 'quarantine',
    code: first.code,
    codes: [...new Set(grave.map(({ code }) => code))],
    detail: grave.map(({ detail }) => detail).join('; '),
  };
}

/** Of what lets the document in all the same. The key is that of the rule, so that it can be named and counted. */
export function warningsOf(findings: readonly Finding[]): Warning[] {
  return findings
    .filter(({ judgement }) => judgement === 'warn')
    .map(({ code, detail }) => ({
      key: `${GATE_WARNING}${code}`,
      message: detail,
      detail: null,
      functional: !INFORMS.has(code),
    }));
}

/** Begins the key of a warning about one document that the gate let in. */
const GATE_WARNING = 'gate-';

/** Nothing has to be done about these: the text is what it is. */
const INFORMS: ReadonlySet<string> = new Set(['missing-checksum', 'partial-metadata']);
