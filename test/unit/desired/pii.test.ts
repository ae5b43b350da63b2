/** `policy.pii`: what it means, and which of it cannot be meant. */
import { expect, test } from 'vitest';
import { loadDesired } from '../../../src/desired/load-desired.js';
import { PII_DETECTORS, type PiiPolicy } from '../../../src/domain/pii.js';
import { faultsIn, MINIMAL, options, workspace } from './workspace.js';

const withPii = (pii: string): string => `${MINIMAL}policy:\n  pii: ${pii}\n`;

async function piiOf(
  pii: string,
  env: Readonly<Record<string, string>> = {},
): Promise<PiiPolicy | undefined> {
  const cwd = await workspace({ 'desired/a.yaml': withPii(pii) });
  return (await loadDesired(options(cwd, { env }))).manifests[0]?.policy.pii;
}

test('{} redacts what every detector finds; without the key nothing looks', async () => {
  expect(await piiOf('{}')).toEqual({
    detectors: PII_DETECTORS.map((name) => ({ name, action: 'redact' })),
    patterns: [],
    allow: [],
    hash_key: undefined,
  });
  const cwd = await workspace({ 'desired/a.yaml': MINIMAL });
  expect((await loadDesired(options(cwd, {}))).manifests[0]?.policy.pii).toBeUndefined();
});

test('an action of a detector or a pattern goes before the common one', async () => {
  const pii = await piiOf(
    '{ detectors: [ip, email], action: warn, actions: { ip: deny }, patterns: [{ name: a, pattern: x }, { name: b, pattern: y, action: redact }] }',
  );
  expect(pii?.detectors).toEqual([
    { name: 'email', action: 'warn' },
    { name: 'ip', action: 'deny' },
  ]);
  expect(pii?.patterns.map(({ action }) => action)).toEqual(['warn', 'redact']);
});

test('the hash key resolves at first use, and a variable that is not set is named', async () => {
  const pii = await piiOf(`{ action: hash, hash_key: "\${KEY}" }`, {});
  expect(() => pii?.hash_key?.reveal()).toThrow(
    expect.objectContaining({ code: 'E109', message: expect.stringContaining('KEY') }),
  );
  expect((await piiOf(`{ hash_key: "\${KEY}" }`, { KEY: 'planted' }))?.hash_key?.reveal()).toBe('planted');
  expect(JSON.stringify(await piiOf(`{ hash_key: "\${KEY}" }`, { KEY: 'planted' }))).not.toContain('planted');
});

test.each([
  ['a hash without a key', '{ actions: { email: hash } }', 'E102', /hash_key/],
  [
    'a pattern that hashes without a key',
    '{ patterns: [{ name: a, pattern: x, action: hash }] }',
    'E102',
    /hash_key/,
  ],
  ['a key that is written out', '{ hash_key: 0123456789abcdef }', 'E114', /./],
  [
    'a pattern that is none',
    '{ patterns: [{ name: a, pattern: "(" }] }',
    'E103',
    /pattern cannot be used: missing/,
  ],
  [
    'a pattern with look-ahead',
    '{ patterns: [{ name: a, pattern: "(?=x)" }] }',
    'E103',
    /pattern cannot be used/,
  ],
  [
    'a back-reference that is allowed',
    String.raw`{ allow: [{ pattern: '(a)\1' }] }`,
    'E103',
    /pattern cannot be used/,
  ],
  [
    'two patterns of one name',
    '{ patterns: [{ name: a, pattern: x }, { name: a, pattern: y }] }',
    'E108',
    /already taken/,
  ],
  [
    'a pattern with the name of a detector',
    '{ patterns: [{ name: email, pattern: x }] }',
    'E108',
    /ingest itself/,
  ],
  [
    'an action of a detector that does not look',
    '{ detectors: [email], actions: { ip: deny } }',
    'E103',
    /"ip"/,
  ],
  ['an unknown detector', '{ detectors: [mail] }', 'E103', /./],
  ['an action of an unknown detector', '{ actions: { mail: deny } }', 'E103', /mail/],
  ['an unknown key', '{ detector: [email] }', 'E101', /detector/],
])('%s is a fault with its place', async (_name, pii, code, message) => {
  const cwd = await workspace({ 'desired/a.yaml': withPii(pii) });
  const faults = await faultsIn(options(cwd, {}));
  expect(faults.map((fault) => fault.code)).toEqual([code]);
  expect(faults[0]?.message).toMatch(message);
  expect(faults[0]?.position.line).toBe(MINIMAL.split('\n').length + 1);
});
