/** What the rules of a manifest do to texts and metadata. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PII_DETECTORS } from '../../../../src/domain/pii.js';
import { Secret } from '../../../../src/domain/secret.js';
import { accepted, gateOf, HASH_KEY, policy, refused } from './rules.js';

const SAMPLES = {
  email: 'jane.doe@example.com',
  phone: '13812345678',
  'cn-resident-id': '11010519491231002X',
  'us-ssn': '123-45-6789',
  'payment-card': '4111 1111 1111 1111',
  iban: 'DE89 3704 0044 0532 0130 00',
  ip: '203.0.113.77',
  'api-key': 'AKIAIOSFODNN7EXAMPLE',
} as const;

it('redact replaces each finding of the text by a placeholder that names the rule', async () => {
  for (const name of PII_DETECTORS) {
    const verdict = await accepted({ pii: policy() }, { text: `before ${SAMPLES[name]} after\nnext` });
    expect(verdict).toMatchObject({ text: `before [redacted:${name}] after\nnext`, redacted: true });
  }
});

it('without rules everything stays as it is, and nothing is reported', async () => {
  const verdict = await accepted({}, { text: SAMPLES.email, metadata: { mail: SAMPLES.email } });
  expect(verdict).toMatchObject({ text: SAMPLES.email, metadata: { mail: SAMPLES.email }, redacted: false });
  expect(verdict.pii).toBeUndefined();
});

it('metadata is redacted at any depth: values, items, numbers and keys', async () => {
  const metadata = {
    title: `Mail ${SAMPLES.email}`,
    contact: { phones: [SAMPLES.phone, 'none'], mobile: 13812345678, year: 2024 },
    [SAMPLES.email]: 'x',
    'jane2@example.com': 'y',
  };
  const verdict = await accepted({ pii: policy() }, { metadata });
  expect(verdict.metadata).toEqual({
    title: 'Mail [redacted:email]',
    'contact.phones': '["[redacted:phone]","none"]',
    'contact.mobile': '[redacted:phone]',
    'contact.year': 2024,
    '[redacted:email]': 'x',
    '[redacted:email]-2': 'y',
  });
  expect(verdict.pii?.found).toContainEqual({ rule: 'phone', action: 'redact', field: '/contact/phones/0' });
  expect(JSON.stringify(verdict.pii)).not.toContain('jane');
});

it('what the source says of all its documents is redacted as well', async () => {
  const verdict = await accepted({ pii: policy(), source: { owner: SAMPLES.email } }, { metadata: { a: 1 } });
  expect(verdict.metadata).toEqual({ owner: '[redacted:email]', a: 1 });
});

it('hash gives one token for one value, in every spelling, and another under another key', async () => {
  const pii = policy({ action: 'hash' });
  const text = '13812345678 and +86 138 1234 5678, not 13912345678';
  const verdict = await accepted({ pii }, { text, metadata: { phone: SAMPLES.phone } });
  const [first, second, third] = verdict.text.match(/\[phone:[a-p]{16}\]/g) ?? [];
  expect(first).toBeDefined();
  expect(second).toBe(first);
  expect(third).not.toBe(first);
  expect(verdict.metadata).toEqual({ phone: first });
  const other = policy({ action: 'hash', hash_key: new Secret([], () => `${HASH_KEY}x`) });
  expect((await accepted({ pii: other }, { text })).text).not.toContain(first);
});

it('a token is what the documentation says: HMAC-SHA256 of rule, NUL and value, as letters', async () => {
  const verdict = await accepted({ pii: policy({ action: 'hash' }) }, { text: 'Jane.Doe@Example.com' });
  const hex = createHmac('sha256', HASH_KEY).update('email\0jane.doe@example.com').digest('hex').slice(0, 16);
  const letters = [...hex].map((digit) => 'abcdefghijklmnop'.charAt(Number.parseInt(digit, 16))).join('');
  expect(verdict.text).toBe(`[email:${letters}]`);
});

it('a key that could be guessed is refused, in words that do not hold it', async () => {
  const pii = policy({ action: 'hash', hash_key: new Secret([], () => 'short-key') });
  const gate = await gateOf({ pii });
  expect(() => gate.recipe).toThrow(
    expect.objectContaining({ code: 'E107', message: expect.not.stringContaining('short-key') }),
  );
});

it('deny refuses the document and says which rule and where, never what', async () => {
  const pii = policy({ detectors: [{ name: 'us-ssn', action: 'deny' }] });
  const text = `one\ntwo 123-45-6789\n${'899-99-9999 '.repeat(9)}`;
  const verdict = await refused({ pii }, { text, first_line: 10, metadata: { notes: ['123-45-6789'] } });
  expect(verdict).toMatchObject({ verdict: 'reject', code: 'pii', codes: ['pii'] });
  expect(verdict.detail).toBe(
    'us-ssn in /notes/0; us-ssn in line 11, column 5; us-ssn in line 12, column 1; and 8 more',
  );
  expect(verdict.pii?.counts).toEqual([{ rule: 'us-ssn', action: 'deny', count: 11 }]);
});

it('warn leaves the text and reports the finding', async () => {
  const pii = policy({ detectors: [{ name: 'ip', action: 'warn' }] });
  const verdict = await accepted({ pii }, { text: `host ${SAMPLES.ip}` });
  expect(verdict).toMatchObject({ text: `host ${SAMPLES.ip}`, redacted: false });
  expect(verdict.pii?.found).toEqual([{ rule: 'ip', action: 'warn', line: 1, column: 6 }]);
});

it('where findings overlap the strictest action takes all of it', async () => {
  const patterns = [{ name: 'ticket', pattern: 'T-[^ ]+', action: 'redact' as const }];
  const pii = policy({ detectors: [{ name: 'email', action: 'warn' }], patterns });
  expect((await accepted({ pii }, { text: 'see T-jane@example.com now' })).text).toBe(
    'see [redacted:ticket] now',
  );
  const denying = policy({ detectors: [{ name: 'email', action: 'deny' }], patterns });
  expect((await refused({ pii: denying }, { text: 'see T-jane@example.com' })).detail).toContain(
    'email in line 1',
  );
});

it('a pattern finds in lines of any length, and what is allowed is no finding', async () => {
  const pii = policy({
    patterns: [{ name: 'employee', pattern: '(?i)emp-\\d{6}', action: 'redact' }],
    allow: ['Support@Example.com', { pattern: '.*@example\\.org' }],
  });
  const long = `${'x'.repeat(1021)} EMP-123456 ${'y'.repeat(4000)} emp-654321`;
  const verdict = await accepted(
    { pii },
    { text: `${long}\nsupport@example.com a@example.org a@example.net` },
  );
  expect(verdict.text).toBe(
    `${long.replace(/emp-\d{6}/gi, '[redacted:employee]')}\nsupport@example.com a@example.org [redacted:email]`,
  );
});

it('a private key keeps its lines', async () => {
  const text = 'a\n-----BEGIN PRIVATE KEY-----\nQUJD\n\nREVG\n-----END PRIVATE KEY-----\nb';
  const verdict = await accepted({ pii: policy() }, { text });
  const one = '[redacted:api-key]';
  expect(verdict.text).toBe(`a\n${one}\n${one}\n\n${one}\n${one}\nb`);
});

it('a uri stays as it is, and what it holds is told', async () => {
  const verdict = await accepted(
    { pii: policy({ action: 'deny' }) },
    { text: 'x', uri: 'h/jane@example.com.md' },
  );
  expect(verdict.pii?.uri).toEqual(['email']);
  expect(verdict.redacted).toBe(false);
});

it('a message of a parser or of the contract quotes nothing that the rules find', async () => {
  const contract = {
    properties: {
      contacts: { additionalProperties: { type: 'object', properties: { n: { type: 'number' } } } },
    },
  };
  const rules = { pii: policy(), contract };
  const verdict = await refused(rules, { metadata: { contacts: { [SAMPLES.email]: { n: 'x' } } } });
  expect(verdict.detail).toContain('must be number');
  expect(verdict.detail).not.toContain('jane');
  expect((await gateOf(rules)).conceal(`key ${SAMPLES.email}`)).toBe('key [concealed:email]');
});

it('the gate recipe knows every rule and the key by its id, and is the old one without rules', async () => {
  const recipes = await Promise.all(
    [
      undefined,
      policy(),
      policy({ action: 'hash' }),
      policy({ action: 'hash', hash_key: new Secret([], () => `${HASH_KEY}x`) }),
      policy({ allow: ['a'] }),
      policy({ patterns: [{ name: 'a', pattern: 'a', action: 'redact' }] }),
      policy({ patterns: [{ name: 'a', pattern: 'b', action: 'redact' }] }),
      policy({ patterns: [{ name: 'a', pattern: 'b', action: 'warn' }] }),
      policy({ detectors: [] }),
    ].map(async (pii) => (await gateOf({ pii })).recipe),
  );
  expect(new Set(recipes).size).toBe(recipes.length);
  expect((await gateOf({ pii: policy() })).recipe).toBe(recipes[1]);
  // Without a hash the key is not asked for.
  const keyless = policy({ hash_key: undefined });
  expect((await gateOf({ pii: keyless })).recipe).toBe(recipes[1]);
});

it('whatever the text: its lines stay, nothing planted is left, and a second time changes nothing', async () => {
  const gate = await gateOf({
    pii: policy({ action: 'redact', patterns: [{ name: 'p', pattern: 'P-\\d+', action: 'hash' }] }),
  });
  const planted = Object.values(SAMPLES);
  const piece = fc.oneof(
    fc.constantFrom(...planted).map((value) => ` ${value} `),
    fc.constantFrom(
      '\n',
      '\r\n',
      '\t',
      '\\',
      '\u200b',
      '。',
      '@',
      '+',
      '-----BEGIN PRIVATE KEY-----',
      ' P-123 ',
      '&#64;',
      '\u2028',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed()),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const once = gate.judge({ metadata: {}, text });
      if (once.verdict !== 'accept') throw new Error('refused');
      expect(once.text.split('\n').length).toBe(text.split('\n').length);
      for (const value of planted) expect(once.text).not.toContain(value);
      const twice = gate.judge({ metadata: {}, text: once.text });
      expect(twice).toMatchObject({ text: once.text, redacted: false });
    }),
    { numRuns: 300 },
  );
});

it('rules that look into every text close the gap of a document that nobody has scanned', async () => {
  const gate = {
    missing_checksum: 'warn',
    partial_metadata: 'accept',
    missing_metadata: 'accept',
    pii_gap: 'quarantine',
    contract_mismatch: 'reject',
    unknown_license: 'accept',
  } as const;
  const input = { metadata: { pii_scan_status: 'not_run' }, text: SAMPLES.email };
  expect(await refused({ gate }, input)).toMatchObject({ verdict: 'quarantine', code: 'pii-gap' });
  expect((await accepted({ gate, pii: policy() }, input)).text).toBe('[redacted:email]');
  // Rules of fields alone do not look into the text.
  const contract = { properties: { name: { 'x-pii': { level: 'high', action: 'redact' } } } };
  expect((await refused({ gate, contract }, input)).code).toBe('pii-gap');
});

it('what is denied weighs with what else is wrong, and all of it is told', async () => {
  const contract = { required: ['owner'] };
  const verdict = await refused({ contract, pii: policy({ action: 'deny' }) }, { text: SAMPLES.iban });
  expect(verdict.codes).toEqual(['contract', 'pii']);
  expect(verdict.detail).toBe('/owner required; iban in line 1, column 1');
});

it('where the text is not that of the file, a finding has the line of the file and no column', async () => {
  const line_ranges = [
    [3, 4],
    [6, 7],
  ] as const;
  const verdict = await accepted({ pii: policy() }, { text: `a\nat ${SAMPLES.ip}`, line_ranges });
  expect(verdict.pii?.found).toEqual([{ rule: 'ip', action: 'redact', line: 6 }]);
});
