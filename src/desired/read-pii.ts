/** `policy.pii`: one action for each detector and pattern. */
import { PII_DETECTORS, type PiiPolicy } from '../domain/pii.js';
import { DEFAULTS } from './defaults.js';
import { lazySecret, type Variables } from './interpolate.js';
import type { RawPii } from './raw-manifest.js';

const PURPOSE = 'policy.pii.hash_key: what is hashed is part of the text, so plan and apply need the key';

export function readPii(raw: RawPii, env: Variables): PiiPolicy {
  const action = raw.action ?? DEFAULTS.pii.action;
  const wanted = raw.detectors ?? DEFAULTS.pii.detectors;
  return {
    detectors: PII_DETECTORS.filter((name) => wanted === 'all' || wanted.includes(name)).map((name) => ({
      name,
      action: raw.actions?.[name] ?? action,
    })),
    patterns: (raw.patterns ?? DEFAULTS.pii.patterns).map((pattern) => ({ action, ...pattern })),
    allow: raw.allow ?? DEFAULTS.pii.allow,
    hash_key: raw.hash_key === undefined ? undefined : lazySecret(raw.hash_key, env, 'E109', PURPOSE),
  };
}
