/** Tables as sources: what a manifest may say of them, and that a password is never written into it. */
import { expect, test } from 'vitest';
import { loadDesired } from '../../../src/desired/load-desired.js';
import type { PostgresSource } from '../../../src/domain/source-spec.js';
import { faultsIn, MINIMAL, options, workspace } from './workspace.js';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the manifest's own syntax
const manifest = (source: string) =>
  MINIMAL.replace(/sources:[\s\S]*/, `sources:\n  - { id: t, key: id, text: [body], ${source} }\n`);

test.each([
  ['neither table nor query', 'type: sqlite, path: a.yaml', 'E102', 'needs the rows: "table" or "query"'],
  ['both', 'type: sqlite, path: a.yaml, table: t, query: SELECT 1', 'E103', 'both say which rows'],
  ['neither, of a server', 'type: postgres, url: "${PG_URL}"', 'E102', 'needs the rows'],
  [
    'a password',
    'type: postgres, table: t, url: "postgres://u:planted-1234@h/d"',
    'E114',
    'a secret is written',
  ],
  ['another scheme', 'type: postgres, table: t, url: "mysql://h/d"', 'E103', 'must begin with postgres://'],
  ['a database that is not there', 'type: sqlite, table: t, path: none.db', 'E112', 'does not exist'],
  [
    'a certificate that is not there',
    'type: postgres, table: t, url: "${PG_URL}", ca_file: ca.pem',
    'E112',
    'ca.pem',
  ],
])('%s is refused', async (_name, source, code, message) => {
  const cwd = await workspace({ 'desired/a.yaml': manifest(source) });
  const faults = await faultsIn(options(cwd));
  expect(faults).toMatchObject([{ code, message: expect.stringContaining(message) }]);
  expect(JSON.stringify(faults)).not.toContain('planted-1234');
});

test('where a server is stays secret until it is read, and may be missing until then', async () => {
  const url = 'url: "postgres://reader:${PG_PASSWORD}@db/app"';
  const cwd = await workspace({ 'desired/a.yaml': manifest(`type: postgres, table: t, ${url}`) });
  const spec = async (env: Record<string, string>) =>
    (await loadDesired(options(cwd, { env }))).manifests[0]?.sources[0] as PostgresSource;
  const there = await spec({ PG_PASSWORD: 'planted-1234' });
  expect(there.url.reveal()).toBe('postgres://reader:planted-1234@db/app');
  expect(JSON.stringify(there)).not.toContain('planted-1234');
  const absent = await spec({});
  expect(() => absent.url.reveal()).toThrow(/PG_PASSWORD is not set \(url of the source t\)/);
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the manifest's own syntax
