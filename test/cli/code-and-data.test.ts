/** Code and data through the command line and a real Chroma: found again, cheap when nothing changed, never restless. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { Project } from '../support/project.js';

const RECORDER = new URL('../support/record-modules.mjs', import.meta.url).href;
/** What reads, cuts or counts a document. */
const LATE = /[\\/]node_modules[\\/](@lezer|csv-parse|gpt-tokenizer|@huggingface)[\\/]/;

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
});
afterEach(() => project.dispose());

it('a folder with code, data and broken files is indexed, and a second plan loads no grammar and no tokenizer', async () => {
  project.manifest({
    sources: { docs: ['root: ..', 'exclude: ["desired/**", "contracts/**", "*.txt"]'] },
    more: ['chunking: { tokenizer: o200k_base, max_tokens: 60, min_tokens: 10 }'],
  });
  const method = (name: string): string =>
    `  ${name}(value: number): number {\n    return value * ${name.length};\n  }`;
  const methods = ['doubleTheGiraffe', 'tripleTheGiraffe', 'halveTheGiraffe', 'squareTheGiraffe'].map(method);
  project.ws.write('src/sums.ts', `export class Sums {\n${methods.join('\n\n')}\n}\n`);
  project.ws.write(
    'data/prices.csv',
    `name,price\n${Array.from({ length: 30 }, (_, i) => `walrus ${i},${i}`).join('\n')}\n`,
  );
  project.ws.write('config.json', '{ "server": { "port": 8080 } }\n');
  project.ws.write('broken.json', '{ "server": \n');
  project.ws.write('picture.csv', 'a\u0000b');
  const applied = await project.run(['apply', '--auto-approve']);
  expect(applied.code).toBe(5);
  expect(applied.stdout + applied.stderr).toContain('not JSON: line 2, column 1: expected value');
  const query = await project.call(['query', 'halve the giraffe: halveTheGiraffe', '--json']);
  expect(JSON.parse(query.stdout).hits[0]).toMatchObject({
    uri: 'docs/src/sums.ts',
    heading_path: 'class Sums',
    line_start: 10,
    line_end: 17,
  });

  // Below the root lies state/ too: what an apply writes there must not be the next one's news.
  const file = join(project.ws.root, 'modules.txt');
  rmSync(file, { force: true });
  const plan = await project.run(['plan', '--detailed-exitcode'], {
    env: { RECORD_MODULES: file, NODE_OPTIONS: `--import=${RECORDER}` },
  });
  expect({ code: plan.code, stderr: plan.stderr }).toEqual({ code: 0, stderr: '' });
  expect(existsSync(file)).toBe(true);
  const loaded = readFileSync(file, 'utf8').split('\n');
  expect(loaded.some((module) => module.includes('/dist/plan/'))).toBe(true);
  expect(loaded.filter((module) => LATE.test(module))).toEqual([]);
});
