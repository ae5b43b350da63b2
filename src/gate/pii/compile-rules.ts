/** `policy.pii` -> what looks for what. The only file that leads to the detectors: without rules none is loaded. */
import type { FindingAction, PiiDetector, PiiPolicy } from '../../domain/pii.js';
import { compilePattern } from '../../platform/linear-pattern.js';
import { DETECTORS, DETECTORS_VERSION, PHONE_PLANS } from './detectors/detectors.js';
import type { IsAllowed, PiiRule } from './find-pii.js';

export interface CompiledRules {
  readonly rules: readonly PiiRule[];
  detectorRule(name: PiiDetector, action: FindingAction): PiiRule;
  readonly isAllowed: IsAllowed;
  readonly version: string;
}

export function compileRules(policy: PiiPolicy | undefined): CompiledRules {
  const detectorRule = (name: PiiDetector, action: FindingAction): PiiRule => ({
    name,
    action,
    find: DETECTORS[name],
  });
  const allow = policy?.allow ?? [];
  const literals = new Set(allow.filter((one) => typeof one === 'string').map((one) => one.toLowerCase()));
  const patterns = allow
    .filter((one) => typeof one !== 'string')
    .map(({ pattern }) => compilePattern(pattern));
  return {
    rules: [
      ...(policy?.detectors ?? []).map(({ name, action }) => detectorRule(name, action)),
      ...(policy?.patterns ?? []).map(({ name, action, pattern }) => patternRule(name, action, pattern)),
    ],
    detectorRule,
    isAllowed: (found) =>
      literals.has(found.toLowerCase()) || patterns.some((pattern) => pattern.matchesWhole(found)),
    version: `${DETECTORS_VERSION} ${PHONE_PLANS}`,
  };
}

function patternRule(name: string, action: FindingAction, pattern: string): PiiRule {
  const compiled = compilePattern(pattern);
  return {
    name,
    action,
    *find(text) {
      for (const { start, end } of compiled.find(text))
        yield { start, end, canonical: text.slice(start, end) };
    },
  };
}
