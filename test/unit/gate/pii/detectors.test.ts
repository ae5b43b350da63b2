/** Each detector: what it finds, exactly, and what looks like it and is none. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PII_DETECTORS, type PiiDetector } from '../../../../src/domain/pii.js';
import { DETECTORS, PHONE_PLANS } from '../../../../src/gate/pii/detectors/detectors.js';
import { findPii } from '../../../../src/gate/pii/find-pii.js';

function found(name: PiiDetector, text: string): string[] {
  const rule = { name, action: 'redact' as const, find: DETECTORS[name] };
  return findPii(text, [rule], () => false).map(({ start, end }) => text.slice(start, end));
}

/** A text, and what of it is found; a text alone: all of it. */
const FOUND: Readonly<Record<PiiDetector, readonly (string | readonly [string, ...string[]])[]>> = {
  email: [
    'jane.doe@example.com',
    'o+tag_1%x@mail.example.co.uk',
    'müller@straße.de',
    'a@xn--bcher-kva.example',
    ['write to <jane@example.com>, or JANE@EXAMPLE.ORG.', 'jane@example.com', 'JANE@EXAMPLE.ORG'],
    ['邮箱zhang@qq.com谢谢', 'zhang@qq.com'],
    ['邮箱：li@163.com。', 'li@163.com'],
    ['[mail](mailto:jane@example.com?subject=x)', 'jane@example.com'],
    ['"jane@example.com"\'bob@example.com\'', 'jane@example.com', 'bob@example.com'],
    ['jane@example.com.', 'jane@example.com'],
    ['jane@example.com,bob@example.com', 'jane@example.com', 'bob@example.com'],
    ['jane\\_doe\\@example.com', 'jane\\_doe\\@example.com'],
    ['jane&#64;example.com, jane&commat;example.com', 'jane&#64;example.com', 'jane&commat;example.com'],
    ['?to=jane%40example.com&x', 'jane%40example.com'],
    ['SMTP_USER=jane.doe@example.com', 'jane.doe@example.com'],
    'bounce+jane=example.com@list.example.org',
    ['{"to":"line\\njane\\u0040example.com"}', 'jane\\u0040example.com'],
    ['ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ'],
    ['ja\u200bne@exam\u00adple.com', 'ja\u200bne@exam\u00adple.com'],
  ],
  phone: [
    '+86 138 1234 5678',
    '+8613812345678',
    '+1 415-555-2671',
    '+1 (415) 555-2671',
    '+44 20 7946 0958',
    '+49 30 901820',
    '+33 1 23 45 67 89',
    '0086 138 1234 5678',
    '13812345678',
    '138 1234 5678',
    '199-1234-5678',
    '86 13812345678',
    ['电话13812345678。', '13812345678'],
    ['手机：１３８１２３４５６７８', '１３８１２３４５６７８'],
    ['tel:+4930901820;ext=1', '+4930901820'],
    ['(+86)13812345678', '+86)13812345678'],
    ['+86 138 1234 5678 2024', '+86 138 1234 5678'],
    ['138\u20111234\u20115678', '138\u20111234\u20115678'],
    ['call +1 415-555-2671 or +44 20 7946 0958', '+1 415-555-2671', '+44 20 7946 0958'],
  ],
  'cn-resident-id': [
    '11010519491231002X',
    '11010519491231002x',
    '440524188001010014',
    '110105 19491231 002X',
    ['身份证号11010519491231002X，', '11010519491231002X'],
  ],
  'us-ssn': [
    '123-45-6789',
    '899-99-9999',
    ['SSN: 123456789.', '123456789'],
    ['social security number 123 45 6789', '123 45 6789'],
  ],
  'payment-card': [
    '4111111111111111',
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '5500000000000004',
    '2223003122003222',
    '378282246310005',
    '3782 822463 10005',
    '30569309025904',
    '6011111111111117',
    '3530111333300000',
    '6222021234567890128',
    '6759649826438453',
    ['card,4111111111111111,12/26', '4111111111111111'],
    ['4111 1111 1111 1111 12/26 123', '4111 1111 1111 1111'],
    ['卡号4111111111111111。', '4111111111111111'],
    ['4111111111111111 5500000000000004', '4111111111111111', '5500000000000004'],
  ],
  iban: [
    'DE89370400440532013000',
    'DE89 3704 0044 0532 0130 00',
    'de89370400440532013000',
    'GB82 WEST 1234 5698 7654 32',
    'NO9386011117947',
    'MT84MALT011000012345MTLCAST001S',
    ['IBAN: FR14 2004 1010 0505 0001 3M02 606 bei', 'FR14 2004 1010 0505 0001 3M02 606'],
  ],
  ip: [
    '192.168.1.20',
    ['at 8.8.8.8', '8.8.8.8'],
    ['8.8.8.8:53', '8.8.8.8'],
    '203.0.113.7',
    '2001:db8::1',
    '2001:0db8:85a3:0000:0000:8a2e:0370:7334',
    'fe80::1ff:fe23:4567:890a',
    '::ffff:192.0.2.1',
    ['from 203.0.113.7:8080/x and 10.1.0.0/16', '203.0.113.7', '10.1.0.0'],
    ['http://[2001:db8::1]:80/', '2001:db8::1'],
    ['地址192.168.1.20，', '192.168.1.20'],
    ['the host 203.0.113.7.', '203.0.113.7'],
  ],
  'api-key': [
    'AKIAIOSFODNN7EXAMPLE',
    `ghp_${'a1B2'.repeat(9)}`,
    `xoxb-${'123456789012-'.repeat(2)}abcdef`,
    `AIza${'Sy0-'.repeat(8)}abc`,
    `sk_live_${'4eC39HqLyjWDarjt'}`,
    `sk-proj-${'a1b2c3d4e5f6g7h8'}`,
    `npm_${'a1B2'.repeat(9)}`,
    `glpat-${'a1B2'.repeat(5)}`,
    `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${'dozjgNryP4J3jVmNHl0w'}`,
    '-----BEGIN RSA PRIVATE KEY-----\nMIIEow+/==\nProc-Type: 4,ENCRYPTED\n\nQUJD\n-----END RSA PRIVATE KEY-----',
    [
      'before\n-----BEGIN PRIVATE KEY-----\nQUJD\n# The next section (not a key)',
      '-----BEGIN PRIVATE KEY-----\nQUJD',
    ],
    ['ghp\\_a1B2a1B2a1B2a1B2a1B2x', 'ghp\\_a1B2a1B2a1B2a1B2a1B2x'],
  ],
};

const NO_FINDING: Readonly<Record<PiiDetector, readonly string[]>> = {
  email: [
    'logo@2x.png',
    'vue@3.4.0',
    'vue@3.4.0-beta.1',
    'npm i @vue/compiler-sfc@next',
    'git@github.com:vuejs/docs.git',
    '@click.prevent="go"',
    'https://medium.com/@user.name/post',
    'a @ example.com',
    'jane@localhost',
    'jane.@example.com',
    'jane@-example',
    '@example.com',
    'x@y.1',
  ],
  phone: [
    '+10000000000',
    'now + 31536000000',
    '+1 234',
    '@@ -1234567,10 +1234567,20 @@',
    '1+13812345678x',
    '12812345678',
    '1381234567',
    '138123456789',
    'id13812345678',
    '0.13812345678',
    '13812345678.5',
    '2024-01-01 00:00:00',
    '1700000000000',
    '550e8400-e29b-41d4-a716-446655440000',
    '(415) 555-2671',
  ],
  'cn-resident-id': [
    '110105194912310021',
    '11010519491331002X',
    '11010519490231002X',
    '99010519491231002X',
    '1101051949123100',
    'A11010519491231002X',
    '11010519491231002X9',
  ],
  'us-ssn': [
    '000-12-3456',
    '666-12-3456',
    '900-12-3456',
    '123-00-4567',
    '123-45-0000',
    '123456789',
    '1123-45-6789',
    '123-45-67890',
    '123-45-6789-1',
    'part 2123-45-6789',
  ],
  'payment-card': [
    '4111111111111112',
    '4111 1111 1111 1112',
    '1234567812345670',
    '0.4111111111111111',
    'x4111111111111111',
    '4111111111111111a',
    '41111111111111112222',
    '41 11 11 11 11 11 11 11',
    '4006381333931',
    '9780306406157',
    '1700000000000',
    '5500000000000005',
  ],
  iban: [
    'DE89370400440532013001',
    'DE8937040044053201300',
    'XX89370400440532013000',
    'DE89370400440532013000A',
    'ADE89370400440532013000',
    'GB82 WEST',
    'AD12',
  ],
  ip: [
    'version 1.2.3.4',
    'Version: 10.0.0.1',
    'v1.2.3.4',
    'release 4.3.2.1',
    '## 1.2.3.4 Heading',
    '  // 7.6.3.1',
    'rfc9111.html#section-5.2.2.4',
    '第1.2.3.4节',
    '版本 1.2.3.4',
    '256.1.1.1',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.4-beta',
    '127.0.0.1',
    '0.0.0.0',
    '255.255.255.0',
    '12:30:45',
    '00:1A:2B:3C:4D:5E',
    'a::b',
    'std::vector',
    'li::before',
    '::1',
    'dead::beef',
  ],
  'api-key': [
    'sk-your-key-here',
    'ghp_short',
    'AKIASHORT',
    'eyJhbGciOiJIUzI1NiJ9',
    '-----BEGIN PUBLIC KEY-----',
    'xoxo-hugs-and-kisses',
    'sk_live_',
    'risk-management-of-2024-projects',
    'NPM_TOKEN=npm_',
  ],
};

const cases = <T>(all: Readonly<Record<PiiDetector, readonly T[]>>) =>
  PII_DETECTORS.flatMap((name) => all[name].map((one) => [name, one] as const));

it.each(cases(FOUND))('%s finds what is in %j', (name, planted) => {
  const [text, ...expected] = typeof planted === 'string' ? [planted, planted] : planted;
  expect(found(name, text)).toEqual(expected);
  // Where it stands does not matter, nor what is around it.
  expect(found(name, `${'x '.repeat(500)}\n${text}\n${'y '.repeat(500)}`)).toEqual(expected);
});

it.each(cases(NO_FINDING))('%s finds nothing in %j', (name, text) => {
  expect(found(name, text)).toEqual([]);
  expect(found(name, `see\n${text}\nhere`)).toEqual([]);
});

it('spellings of one value have one canonical form', () => {
  const forms = (name: PiiDetector, ...texts: string[]) =>
    new Set(texts.flatMap((text) => [...DETECTORS[name](text)].map(({ canonical }) => canonical)));
  expect(forms('phone', '13812345678', '+86 138 1234 5678', '0086-13812345678')).toEqual(
    new Set(['+8613812345678']),
  );
  expect(forms('email', 'Jane@Example.com', 'jane@example.com').size).toBe(1);
  expect(forms('payment-card', '4111 1111 1111 1111', '4111111111111111').size).toBe(1);
  expect(forms('iban', 'DE89 3704 0044 0532 0130 00', 'de89370400440532013000').size).toBe(1);
  expect(forms('cn-resident-id', '11010519491231002x', '110105 19491231 002X').size).toBe(1);
  expect(forms('us-ssn', '123-45-6789', 'SSN 123456789').size).toBe(1);
});

it('the version of the detectors names the numbering plans that are installed', () => {
  const { dependencies } = JSON.parse(
    readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'),
  );
  expect(PHONE_PLANS).toBe(`libphonenumber-js ${dependencies['libphonenumber-js']}`);
});
