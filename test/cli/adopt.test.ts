/** A collection changes hands, or gives its vectors, through the command line and a real Chroma. */
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { AdoptReport } from '../../src/domain/results.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { parseJson } from '../support/ingest-cli.js';
import { expectValid, Project } from '../support/project.js';

let chroma: TestChroma;
let theirs: Project;
let ours: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  theirs = new Project(chroma.url);
  ours = new Project(chroma.url);
  for (const project of [theirs, ours]) {
    project.manifest({ collection: theirs.name });
    project.docs(2);
  }
});
afterEach(async () => {
  await theirs.dispose();
  await ours.dispose();
});

const flat = (text: string): string => text.replace(/\s+/g, ' ');

it('a collection of another state is taken over after approval, and its plan is empty', async () => {
  await theirs.apply();
  const refused = await ours.run(['plan']);
  expect(refused.code).toBe(1);
  expect(flat(refused.stderr)).toMatch(/E403.*ingest state adopt/);

  const unapproved = await ours.run(['state', 'adopt']);
  expect(unapproved.code).toBe(1);
  expect(unapproved.stderr).toContain('E603');
  const { lineage } = await theirs.status();
  expect(flat(unapproved.stdout)).toContain(`from the state with lineage ${String(lineage).slice(0, 8)}`);
  expect(flat(unapproved.stdout)).toContain('Manifests docs');

  const report = parseJson<AdoptReport>(await ours.run(['state', 'adopt', '--auto-approve', '--json']));
  expectValid('report', report);
  expect(report).toMatchObject({
    outcome: 'adopted',
    from_lineage: lineage,
    indexes: [{ manifest_id: 'docs', documents: 2, chunks: 6, partial: 0 }],
  });
  expect(existsSync(String(report.backup))).toBe(true);
  expect((await ours.plan('--verify', 'content')).outcome).toBe('no_changes');
  const events = await ours.journal();
  expect(events.map(({ type }) => type)).toContain('STATE_ADOPTED');
  expect((await theirs.run(['plan'])).stderr).toContain('E403');
});
