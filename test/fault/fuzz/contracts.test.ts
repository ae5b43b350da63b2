/** Contracts that never come to an end, over documents that were made for them. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gateOf, inFolder } from './targets.js';

it.each([
  ['a pattern that backtracks', { properties: { title: { pattern: '^(a+)+$' } } }],
  ['keys matched by such a pattern', { patternProperties: { '^(([a-z])+.)+[A-Z]([a-z])+$': {} } }],
  ['a reference to itself', { $ref: '#' }],
])('%s refuses the document, in words', async (_name, schema) => {
  await inFolder(async (root) => {
    const contract = join(root, 'contract.json');
    writeFileSync(contract, JSON.stringify(schema));
    const gate = await gateOf(contract);
    const bomb = `${'a'.repeat(60)}!`;
    expect(gate.judge({ metadata: { title: bomb, [bomb]: 1 }, text: '' })).toMatchObject({
      verdict: 'reject',
      code: 'contract',
      detail: expect.stringContaining('cannot be checked'),
    });
  });
});

it('references that go round are no usable contract', async () => {
  await inFolder(async (root) => {
    const contract = join(root, 'contract.json');
    const $defs = { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } };
    writeFileSync(contract, JSON.stringify({ $ref: '#/$defs/a', $defs }));
    await expect(gateOf(contract)).rejects.toMatchObject({ code: 'E117' });
  });
});

it('fetches nothing: a reference elsewhere is no usable contract', async () => {
  await inFolder(async (root) => {
    const contract = join(root, 'contract.json');
    for (const $ref of ['http://127.0.0.1:1/x.json', 'file:///etc/passwd', '../other.json']) {
      writeFileSync(contract, JSON.stringify({ $ref }));
      await expect(gateOf(contract)).rejects.toMatchObject({ code: 'E117' });
    }
  });
});
