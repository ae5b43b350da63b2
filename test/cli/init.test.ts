/** A starter that fits the folder: it validates as it is, and nothing of anybody is overwritten. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Workspace } from '../support/ingest-cli.js';

let ws: Workspace;

beforeEach(() => {
  ws = new Workspace();
  for (let i = 0; i < 6; i++) {
    ws.write(`handbook/part/${i}.md`, `---\ntitle: Number ${i}\norder: ${i}\n---\n# Number ${i}\n\nText.\n`);
  }
  ws.write('handbook/extra.md', '---\ntitle: Extra\norder: 7\ntags: [a]\n---\nText.\n');
  ws.write('other/readme.txt', 'one');
  for (let i = 0; i < 9; i++) ws.write(`src/${i}.ts`, 'export {};');
  ws.write('handbook/part/example.json', '{}');
  ws.write('node_modules/x/many.md', 'not ours');
});
afterEach(() => ws.dispose());

it('finds the folder with the most documents and what their front matter holds, and writes what validates', async () => {
  const made = await ws.run(['init', '--id', 'Support Docs']);
  expect(made.code).toBe(0);
  expect(made.stdout).toContain('7 documents in handbook, 3 metadata keys');
  const manifest = readFileSync(ws.path('desired/support-docs.yaml'), 'utf8');
  expect(manifest).toContain('root: "../handbook"');
  expect(manifest).toContain('include: ["**/*.md"]');
  expect(JSON.parse(readFileSync(ws.path('contracts/support-docs.schema.json'), 'utf8'))).toMatchObject({
    properties: { order: { type: 'number' }, tags: { type: 'array' }, title: { type: 'string' } },
    required: ['order', 'title'],
  });
  const valid = await ws.call(['validate']);
  expect(valid.stdout).toMatch(/^Valid: 1 manifest, 7 documents/m);
});

it('takes the root that it is told, and overwrites nothing', async () => {
  expect((await ws.call(['init', '--id', 'one', '--root', 'other'])).stdout).toContain('1 document in other');
  ws.write('contracts/two.schema.json', '{}');
  for (const id of ['one', 'two']) {
    const again = await ws.call(['init', '--id', id]);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/E606 .* is there already/);
  }
  expect(readFileSync(ws.path('contracts/two.schema.json'), 'utf8')).toBe('{}');
  expect((await ws.call(['validate', '-f', 'desired/two.yaml'])).code).toBe(1);
});

it('refuses a folder that is not there, and takes one by its full path', async () => {
  const missing = await ws.run(['init', '--root', 'nowhere']);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toMatch(/E606 .*no folder nowhere/);
  expect((await ws.call(['init', '--root', ws.path('other'), '--id', 'absolute'])).code).toBe(0);
  expect(readFileSync(ws.path('desired/absolute.yaml'), 'utf8')).toContain('root: "../other"');
});
