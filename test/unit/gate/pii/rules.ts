/** A gate with PII rules, for tests that say only what differs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { GateSpec } from '../../../../src/domain/gate-policy.js';
import { PII_DETECTORS, type PiiPolicy } from '../../../../src/domain/pii.js';
import type { Accepted, GateInput, Refused } from '../../../../src/domain/ports/gate.js';
import { Secret } from '../../../../src/domain/secret.js';
import { FULL_SNAPSHOT } from '../../../../src/domain/source-spec.js';
import { type LoadedGate, loadGate } from '../../../../src/gate/gate.js';

export const HASH_KEY = '0123456789abcdef0123456789abcdef';

/** All detectors redact, unless it is said otherwise. */
export function policy(
  over: Partial<PiiPolicy> & { readonly action?: 'deny' | 'redact' | 'hash' | 'warn' } = {},
): PiiPolicy {
  const { action = 'redact', ...rest } = over;
  return {
    detectors: PII_DETECTORS.map((name) => ({ name, action })),
    patterns: [],
    allow: [],
    hash_key: new Secret(['PII_HASH_KEY'], () => HASH_KEY),
    ...rest,
  };
}

export interface Rules {
  readonly pii?: PiiPolicy | undefined;
  readonly contract?: object | undefined;
  readonly gate?: GateSpec | undefined;
  readonly source?: Readonly<Record<string, unknown>>;
}

export async function gateOf({ pii, contract, gate, source = {} }: Rules): Promise<LoadedGate> {
  let file: string | undefined;
  if (contract !== undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'ingest-pii-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    file = join(folder, 'contract.json');
    writeFileSync(file, JSON.stringify(contract));
  }
  return loadGate(
    {
      id: 'h',
      type: 'files',
      root: '/nowhere',
      include: [],
      exclude: [],
      load: FULL_SNAPSHOT,
      contract: file,
      metadata: source,
    },
    { on_reject: 'keep', pii, gate },
  );
}

export async function accepted(rules: Rules, input: Partial<GateInput>): Promise<Accepted> {
  const verdict = (await gateOf(rules)).judge({ metadata: {}, text: '', ...input });
  if (verdict.verdict !== 'accept') throw new Error(`refused: ${verdict.detail}`);
  return verdict;
}

export async function refused(rules: Rules, input: Partial<GateInput>): Promise<Refused> {
  const verdict = (await gateOf(rules)).judge({ metadata: {}, text: '', ...input });
  if (verdict.verdict === 'accept') throw new Error('accepted');
  return verdict;
}
