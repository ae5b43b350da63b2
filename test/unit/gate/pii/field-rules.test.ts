/** `x-pii` in contracts: where a rule holds, what it does, and which are no usable rules. */
import { expect, it } from 'vitest';
import type { ParsedRecord } from '../../../../src/domain/document.js';
import { accepted, gateOf, policy, refused } from './rules.js';

const REDACT = { 'x-pii': { level: 'high', action: 'redact' } };
const HASH = { 'x-pii': { level: 'low', action: 'hash' } };
const INTERNAL = { 'x-pii': { level: 'high', action: 'internal-only' } };
const DENY = { 'x-pii': { level: 'high', action: 'deny' } };
const WITHIN = { 'x-pii': { level: 'high', action: 'redact', detect: 'all' } };

it('redact takes the whole value, of any type, and leaves out what is empty', async () => {
  const contract = {
    properties: { name: REDACT, age: REDACT, tags: REDACT, born: REDACT, none: REDACT, empty: REDACT },
  };
  const metadata = {
    name: 'Jane Doe',
    age: 42,
    tags: ['a', { b: 1 }],
    born: new Date(0),
    none: null,
    empty: '',
    other: 'x',
  };
  const verdict = await accepted({ contract }, { metadata });
  const gone = '[redacted]';
  expect(verdict.metadata).toEqual({ name: gone, age: gone, tags: gone, born: gone, empty: '', other: 'x' });
  expect(verdict.redacted).toBe(true);
  expect(verdict.pii?.counts).toEqual([{ rule: 'field', action: 'redact', count: 4 }]);
});

it('hash gives a token that equal values share, so that it can be filtered by', async () => {
  const contract = { properties: { customer_id: HASH, org: { properties: { id: HASH } } } };
  const gate = { contract, pii: policy({ detectors: [] }) };
  const one = await accepted(gate, { metadata: { customer_id: 'C-1', org: { id: 'C-1' } } });
  const two = await accepted(gate, { metadata: { customer_id: 'C-2' } });
  expect(one.metadata['customer_id']).toMatch(/^\[field:[a-p]{16}\]$/);
  expect(one.metadata['org.id']).toBe(one.metadata['customer_id']);
  expect(two.metadata['customer_id']).not.toBe(one.metadata['customer_id']);
});

it('internal-only reaches neither metadata nor text, and deny refuses a document that has it', async () => {
  const contract = { properties: { call_id: INTERNAL, email: DENY } };
  const verdict = await accepted({ contract }, { metadata: { call_id: 'CALL-1', email: null, a: 1 } });
  expect(verdict.metadata).toEqual({ a: 1 });
  expect(verdict.redacted).toBe(true);
  const no = await refused({ contract }, { metadata: { email: 'whatever-secret' } });
  expect(no).toMatchObject({ code: 'pii', detail: 'field in /email' });
});

it.each([
  ['a nested property', { properties: { a: { properties: { b: REDACT } } } }],
  ['items', { properties: { a: { items: REDACT } } }],
  ['prefixItems', { properties: { a: { prefixItems: [{}, REDACT] } } }],
  [
    'items of draft-07',
    { $schema: 'http://json-schema.org/draft-07/schema#', properties: { a: { items: [{}, REDACT] } } },
  ],
  ['additionalProperties', { properties: { x: {} }, additionalProperties: { additionalProperties: REDACT } }],
  [
    '$ref',
    {
      properties: { a: { $ref: '#/$defs/p' } },
      $defs: { p: { properties: { b: { $ref: '#/$defs/v' } } }, v: REDACT },
    },
  ],
  [
    'a $ref to an anchor',
    { properties: { a: { properties: { b: { $ref: '#v' } } } }, $defs: { v: { $anchor: 'v', ...REDACT } } },
  ],
  ['allOf', { allOf: [{ properties: { a: { allOf: [{ properties: { b: REDACT } }] } } }] }],
  [
    'anyOf and oneOf',
    { properties: { a: { anyOf: [{ type: 'array' }, { oneOf: [{ properties: { b: REDACT } }] }] } } },
  ],
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  ['a condition', { if: { required: ['zzz'] }, then: { properties: { a: { properties: { b: REDACT } } } } }],
])('a rule below %s is found', async (name, contract) => {
  const list = /tems/.test(name);
  const metadata = { a: list ? ['first', 'planted'] : { b: 'planted' } };
  const verdict = await accepted({ contract }, { metadata });
  expect(JSON.stringify(verdict.metadata)).not.toContain('planted');
  expect(JSON.stringify(verdict.metadata)).toContain('[redacted]');
});

it('a schema that refers to itself is followed as deep as the document goes', async () => {
  const contract = {
    $ref: '#/$defs/node',
    $defs: { node: { properties: { who: REDACT, children: { items: { $ref: '#/$defs/node' } } } } },
  };
  const metadata = { who: 'planted', children: [{ who: 'planted', children: [{ who: 'planted', n: 1 }] }] };
  const verdict = await accepted({ contract }, { metadata });
  expect(JSON.stringify(verdict.metadata)).not.toContain('planted');
});

it('of several rules for one field the strictest holds', async () => {
  const contract = {
    properties: { a: { ...REDACT, allOf: [INTERNAL] }, b: { ...HASH, $ref: '#/$defs/b' } },
    $defs: { b: REDACT },
  };
  const verdict = await accepted(
    { contract, pii: policy({ detectors: [] }) },
    { metadata: { a: 'x', b: 'y' } },
  );
  expect(verdict.metadata).toEqual({ b: '[redacted]' });
});

it('a rule of a whole field stands for it: no detector looks into it', async () => {
  const contract = { properties: { email: REDACT, note: {} } };
  const pii = policy({ action: 'deny' });
  const verdict = await accepted({ contract, pii }, { metadata: { email: 'jane@example.com' } });
  expect(verdict.metadata).toEqual({ email: '[redacted]' });
  expect((await refused({ contract, pii }, { metadata: { note: 'jane@example.com' } })).detail).toBe(
    'email in /note',
  );
});

it('with detect only findings are taken, also below the field, and the stricter action holds', async () => {
  const contract = { properties: { note: WITHIN, log: { ...WITHIN, items: { type: 'object' } } } };
  const metadata = {
    note: 'call 13812345678',
    log: [{ text: 'jane@example.com wrote' }],
    other: 'jane@example.com',
  };
  const verdict = await accepted({ contract }, { metadata });
  expect(verdict.metadata).toMatchObject({ note: 'call [redacted:phone]', other: 'jane@example.com' });
  expect(verdict.metadata['log']).toContain('[redacted:email] wrote');
  const pii = policy({
    detectors: [
      { name: 'email', action: 'deny' },
      { name: 'phone', action: 'warn' },
    ],
  });
  expect((await accepted({ contract, pii }, { metadata: { note: '13812345678' } })).metadata['note']).toBe(
    '[redacted:phone]',
  );
  expect((await refused({ contract, pii }, { metadata: { note: 'jane@example.com' } })).code).toBe('pii');
});

it('x-pii-text is the rule of the text body', async () => {
  const contract = { 'x-pii-text': { level: 'high', action: 'redact', detect: ['phone'] } };
  const verdict = await accepted(
    { contract },
    { text: '13812345678 jane@example.com', metadata: { p: '13812345678' } },
  );
  expect(verdict).toMatchObject({
    text: '[redacted:phone] jane@example.com',
    metadata: { p: '13812345678' },
  });
});

it('of a record, text and metadata are composed of what is left of its fields', async () => {
  const contract = { properties: { email: INTERNAL, name: REDACT }, required: ['email'] };
  const composed: Readonly<Record<string, unknown>>[] = [];
  const record: ParsedRecord = {
    fields: {
      email: 'jane@example.com',
      name: 'Jane',
      area: '+1 415',
      local: '555-2671',
      note: 'jane@example.com',
    },
    compose(fields) {
      composed.push(fields);
      const text = `${fields['name']} <${fields['email'] ?? ''}> ${fields['area']} ${fields['local']}\n${fields['note']}`;
      return { text, metadata: { who: fields['name'], mail: fields['email'] } };
    },
  };
  const verdict = await accepted({ contract, pii: policy() }, { record });
  // Two fields that were harmless alone make a phone number in the text.
  expect(verdict.text).toBe('[redacted] <> [redacted:phone]\n[redacted:email]');
  expect(verdict.metadata).toEqual({ who: '[redacted]' });
  expect(verdict.fields).toEqual({
    name: '[redacted]',
    area: '+1 415',
    local: '555-2671',
    note: '[redacted:email]',
  });
  expect(composed).toEqual([verdict.fields]);
});

it('what is only warned of in a record is one finding, though text and metadata still hold it', async () => {
  const record: ParsedRecord = {
    fields: { mail: 'jane@example.com', note: 'ask Jane@example.com', area: '+1 415', local: '555-2671' },
    compose: ({ mail, note, area, local }) => ({
      text: `${mail}\n${note}\n${area} ${local}`,
      metadata: { mail, first: mail },
    }),
  };
  const pii = policy({
    detectors: [
      { name: 'email', action: 'warn' },
      { name: 'phone', action: 'warn' },
    ],
  });
  const verdict = await accepted({ pii }, { record });
  expect(verdict.pii?.found).toEqual([
    { rule: 'email', action: 'warn', field: '/mail' },
    { rule: 'email', action: 'warn', field: '/note' },
    // No field has it alone.
    { rule: 'phone', action: 'warn', line: 3, column: 1 },
  ]);
  expect(verdict.text).toBe('jane@example.com\nask Jane@example.com\n+1 415 555-2671');
});

it('what a replay composes of the redacted fields is the same document', async () => {
  const compose: ParsedRecord['compose'] = (fields) => ({
    text: String(fields['note']),
    metadata: { n: fields['note'] },
  });
  const gate = await gateOf({ pii: policy({ action: 'hash' }), contract: { properties: { note: WITHIN } } });
  const first = gate.judge({
    metadata: {},
    text: '',
    record: { fields: { note: 'jane@example.com 13812345678' }, compose },
  });
  if (first.verdict !== 'accept' || first.fields === undefined) throw new Error('no fields');
  const again = gate.judge({ metadata: {}, text: '', record: { fields: first.fields, compose } });
  expect(again).toMatchObject({ text: first.text, metadata: first.metadata });
});

it.each([
  ['on the root', { 'x-pii': { level: 'high', action: 'redact' } }, '#', /x-pii-text/],
  [
    'for text elsewhere',
    { properties: { a: { 'x-pii-text': REDACT['x-pii'] } } },
    '#/properties/a',
    /root only/,
  ],
  [
    'below patternProperties',
    { patternProperties: { '^a': REDACT } },
    '#/patternProperties/^a',
    /cannot be placed/,
  ],
  ['below not', { properties: { a: { not: REDACT } } }, '#/properties/a/not', /cannot be placed/],
  [
    'below contains',
    { properties: { a: { contains: REDACT } } },
    '#/properties/a/contains',
    /cannot be placed/,
  ],
  ['of keys', { propertyNames: REDACT }, '#/propertyNames', /cannot be placed/],
  [
    'in a definition that nothing refers to',
    { $defs: { 'a/b': REDACT } },
    '#/$defs/a~1b',
    /cannot be placed/,
  ],
  [
    'behind a reference that is not followed',
    {
      $id: 'https://example.com/c',
      properties: { a: { $ref: 'https://example.com/c#/$defs/b' } },
      $defs: { b: REDACT },
    },
    'https://example.com/c#/$defs/b',
    /cannot follow/,
  ],
  [
    'where only a reference leads',
    { properties: { a: { $ref: '#/components/b' } }, components: { b: REDACT } },
    '#',
    /move it to/,
  ],
  ['without a level', { properties: { a: { 'x-pii': { action: 'redact' } } } }, '#/properties/a', /level/],
  ['without an action', { properties: { a: { 'x-pii': { level: 'high' } } } }, '#/properties/a', /action/],
  [
    'of level none with an action',
    { properties: { a: { 'x-pii': { level: 'none', action: 'redact' } } } },
    '#/properties/a',
    /none/,
  ],
  [
    'with an unknown key',
    { properties: { a: { 'x-pii': { ...REDACT['x-pii'], why: 1 } } } },
    '#/properties/a',
    /"why"/,
  ],
  [
    'with an unknown detector',
    { properties: { a: { 'x-pii': { ...REDACT['x-pii'], detect: ['mail'] } } } },
    '#/properties/a',
    /"mail"/,
  ],
  [
    'that is internal and looks within',
    { properties: { a: { 'x-pii': { ...INTERNAL['x-pii'], detect: 'all' } } } },
    '#/properties/a',
    /detect/,
  ],
  ['that is no object', { properties: { a: { 'x-pii': 'redact' } } }, '#/properties/a', /object/],
  ['that hashes without a key', { properties: { a: HASH } }, '#', /hash_key/],
])('a rule %s is a fault of the contract, with its place', async (_name, contract, pointer, why) => {
  const loading = gateOf({ contract });
  await expect(loading).rejects.toMatchObject({ code: 'E117', message: expect.stringMatching(why) });
  await expect(loading).rejects.toMatchObject({ message: expect.stringContaining(`(at ${pointer})`) });
});

it('x-pii is a keyword and no note, and as the name of a property it is one', async () => {
  const contract = { properties: { 'x-pii': { type: 'string' }, a: { 'x-pii': { level: 'none' } } } };
  const gate = await gateOf({ contract });
  expect(gate.warnings).toEqual([]);
  expect(gate.judge({ metadata: { 'x-pii': 'x', a: 'y' }, text: '' })).toMatchObject({
    metadata: { 'x-pii': 'x', a: 'y' },
  });
});
