/** docs/reliability-checklist.md, row by row: each command exits as it says there and prints what it must. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { Project } from '../support/project.js';

interface Row {
  readonly command: string;
  readonly exit: number;
  readonly prints: string;
}

const ROWS: readonly Row[] = readFileSync(
  new URL('../../docs/reliability-checklist.md', import.meta.url),
  'utf8',
)
  .split('\n')
  .flatMap((line) => {
    const cells = /^\| `ingest ([^`]+)` \| (\d+) \| (?:`([^`]+)` )?\|$/.exec(line);
    return cells === null
      ? []
      : [{ command: cells[1] ?? '', exit: Number(cells[2]), prints: cells[3] ?? '' }];
  });

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
  project = new Project(chroma.url);
  project.docs(3);
  project.ws.manifest(`apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: docs }
environments: { prod: { chroma: { url: "\${CHROMA_URL}", collection: ${project.name} } } }
embedding: { provider: lexical-hash, dimensions: 256 }
sources: [{ id: docs, root: ../docs }]
policy: { prevent_destroy: true }
checks: { queries: [{ query: one part of doc-001, uris: [docs/doc-001.md] }] }
`);
});
afterAll(async () => {
  await project.dispose();
  await chroma.stop();
});

it('has rows to go through', () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(18);
});

// In this order: a row may need what one before it left.
it.each(ROWS)('ingest $command exits $exit and prints $prints', async ({ command, exit, prints }) => {
  const { code, stdout, stderr } = await project.run(command.split(' '));
  const said = `${stdout}\n${stderr}`;
  expect(code, said).toBe(exit);
  const parts = prints.split(' ... ').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  expect(said).toMatch(new RegExp(parts.join('[\\s\\S]*?').replaceAll(' ', '\\s+')));
});
