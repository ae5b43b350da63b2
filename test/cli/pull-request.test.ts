/** A plan as a comment in a pull request, and a check that stops the merge. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
  project = new Project(chroma.url, true);
  project.manifest();
  project.docs(12);
  await project.settle();
  project.ws.remove('docs/doc-000.md');
});
afterAll(async () => {
  project.dispose();
  await chroma.stop();
});

it('is printed as Markdown, by plan and by show alike, within the bytes that are given', async () => {
  const planned = await project.run(['plan', '--format', 'markdown', '--out', 'pr.plan']);
  expect(planned.code).toBe(0);
  expect(planned.stdout).toMatch(
    /^<!-- ingest:plan env=\S+ plan=[0-9a-f]{8} base=[0-9a-f]{8}\.\d+ -->\n### \S+: 1 delete\n/,
  );
  expect(planned.stdout).toContain('- docs/doc-000.md');
  const shown = await project.call(['show', 'pr.plan', '--format', 'markdown', '--max-bytes', '3000']);
  expect(shown.stdout).toBe(planned.stdout);
});

it('exits 5 on what --fail-on names, and says what it knows when it does not', async () => {
  expect((await project.run(['plan', '--fail-on', 'delete', '--detailed-exitcode'])).code).toBe(5);
  expect((await project.run(['plan', '--fail-on', 'withheld,reject,warn:unreadable'])).code).toBe(0);
  const unknown = await project.run(['plan', '--fail-on', 'deletes']);
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toMatch(/E606 .*"deletes"[\s\S]*withheld, reject, quarantine, delete, replace/);
});
