import { expect, test } from 'vitest';
import { faultsIn, faultsOf, MINIMAL, options, workspace } from './workspace.js';

const REMOTE = `apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: support-docs }
environments:
  dev: { chroma: { url: http://h:1, headers: { HEADER } } }
embedding: { provider: openai-compatible, base_url: http://h:2/v1, model: m, api_key: KEY }
sources: [{ id: handbook, root: ../docs }]
`;
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the manifest's own syntax
const remote = (header: string, key = '"${K}"') => REMOTE.replace('HEADER', header).replace('KEY', key);

test.each([
  ['a literal key', remote('a: b', 'planted-1234'), '6:87'],
  ['a quoted key', remote('a: b', '"planted-1234"'), '6:87'],
  ['a number', remote('a: b', '90210667'), '6:87', '90210667'],
  ['a key with a variable inside', remote('a: b', '"planted-${K}"'), '6:87', 'planted-'],
  ['a default', remote('a: b', '"${K:-planted-1234}"'), '6:87'],
  ['a token header', remote('x-chroma-token: planted-1234'), '5:64'],
  ['an authorization header', remote('Authorization: Bearer planted-1234'), '5:63'],
  [
    'a known shape in any text',
    MINIMAL.replace('root: ../docs', 'root: ../docs, metadata: { k: sk-planted-1234567890ab }'),
    '7:57',
    'sk-planted',
  ],
  ['a known shape in a comment', `${MINIMAL}# old: ghp_${'planted9'.repeat(5)}\n`, '8:8', 'planted9'],
  ['a known shape in a file that does not parse', `${MINIMAL}x: [AKIAPLANTED123456789\n`, '8:5', 'PLANTED'],
  ['credentials in a url', remote('a: b').replace('http://h:2', 'http://ana:planted-1234@h:2'), '6:60'],
  ['a token in a url', remote('a: b').replace('http://h:2/v1', 'http://h:2/v1?api_key=planted-1234'), '6:75'],
])('%s is refused and shown nowhere', async (_name, yaml, place, planted = 'planted-1234') => {
  const cwd = await workspace({ 'desired/a.yaml': yaml });
  const faults = await faultsIn(options(cwd, { env: { K: 'k' } }));
  const told = faults.filter(({ code }) => code === 'E114');
  expect(told.map(({ position }) => `${position.line}:${position.column}`)).toEqual([place]);
  expect(told[0]?.excerpt.slice((told[0]?.excerptColumn ?? 0) - 1)).toMatch(/^\*{8}/);
  expect(told[0]?.length).toBe(8);
  expect(JSON.stringify(faults)).not.toContain(planted);
});

test.each([
  ['a whole variable', remote('x-chroma-token: "${T}"')],
  ['an empty default', remote('a: b', '"${K:-}"')],
  ['a scheme before a variable', remote('Authorization: "Bearer ${T}"')],
  ['a header that holds no secret', remote('x-team: docs')],
  ['a password variable in a url', remote('a: b').replace('http://h:1', '"http://ana:${T}@h:1"')],
  [
    'document metadata that only sounds like it',
    MINIMAL.replace('root: ../docs', 'root: ../docs, metadata: { token: none }'),
  ],
  ['a word that begins like a key', MINIMAL.replace('handbook', 'sk-learn-documentation-pages')],
])('%s is fine', async (_name, yaml) => {
  expect(await faultsOf(yaml, { env: { K: 'k', T: 't' } })).toEqual([]);
});

test('other faults of the same line show the secret masked, and their own place', async () => {
  const cwd = await workspace({
    'desired/a.yaml': remote('a: b', 'planted-1234, bogus: 1'),
    'desired/b.yaml': 'embedding: { api_key: "planted-5678, x: 1 }\n',
    'desired/c.yaml': `${MINIMAL.replace('support-docs', 'c-docs, owner: &k planted-9999')}  extra: { api_key: *k }\n`,
  });
  const faults = await faultsIn(options(cwd, { environment: 'dev' }));
  const bogus = faults.find(({ message }) => message.includes('bogus'));
  expect(bogus?.excerpt.slice((bogus.excerptColumn ?? 0) - 1)).toMatch(/^bogus: 1/);
  expect(bogus?.position.column).toBe(101);
  expect(JSON.stringify(faults)).not.toMatch(/planted-\d/);
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the manifest's own syntax
