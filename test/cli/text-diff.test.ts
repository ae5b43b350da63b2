/** `--diff`: the text that changes, old from a real Chroma, new from the files. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/plan.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { article, changesOf, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

const textOf = (name: string): string => article(name);
const edited = (name: string): string => textOf(name).replace('The two part', 'The second part');

beforeAll(async () => {
  chroma = await startTestChroma();
  project = new Project(chroma.url, true);
  project.manifest();
  project.docs(6);
  await project.settle();
  project.doc('doc-000.md', edited('doc-000'));
  project.ws.remove('docs/doc-001.md');
  project.doc('elsewhere/doc-001.md', textOf('doc-001'));
  project.ws.remove('docs/doc-002.md');
  project.doc('doc-003.md', `---\ntitle: Named\n---\n${textOf('doc-003')}`);
  project.doc('new.md', '# New\n\nOnly here.\n');
});
afterAll(async () => {
  await project.dispose();
  await chroma.stop();
});

const find = (changes: readonly Change[], uri: string): Change | undefined =>
  changes.find((change) => change.uri === uri);

describe('a plan with --diff', () => {
  it('shows the line that goes and the line that comes, and of a move or a new title nothing', async () => {
    const { code, stdout, stderr } = await project.run(['plan', '--diff', '--timings']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Timings .* in all\n {2}load .*\n {2}live .*\n {2}scan .*\n {2}text /m);
    expect(stdout).toMatch(/^~ docs\/doc-000\.md {2}\+1 -1, 2 kept$/m);
    expect(stdout).toMatch(/^@@ -9,1 \+9,1 @@ doc-000 > doc-000 two$/m);
    expect(stdout).toMatch(/^-The two part of doc-000 explains/m);
    expect(stdout).toMatch(/^\+The second part of doc-000 explains/m);
    expect(stdout).toMatch(/^\+Only here\.$/m);
    expect(stdout.match(/^[-+]The \w+ part/gm)).toHaveLength(2);
    expect(stdout).not.toContain('doc-002 explains');
  });

  it('says in JSON what is removed, what is added and what stays; else it is the same plan, and changes nothing', async () => {
    const look = async () => ({
      state: project.stateFiles(),
      live: await (await project.collection()).get(),
    });
    const before = await look();
    const plan = await project.plan('--diff');
    expect(await look()).toEqual(before);
    const changes = changesOf(plan);
    const diff = find(changes, 'docs/doc-000.md')?.diff;
    expect(diff).toMatchObject({ kept: 2, cut: 0, hunks: [{ removed: [{}], added: [{}] }] });
    const [hunk] = diff?.hunks ?? [];
    expect(textOf('doc-000')).toContain(hunk?.removed[0]?.text?.split('\n').at(-1));
    expect(edited('doc-000')).toContain(hunk?.added[0]?.text?.split('\n').at(-1));
    expect(hunk?.removed[0]?.lines).toEqual(hunk?.added[0]?.lines);
    expect(find(changes, 'docs/elsewhere/doc-001.md')).toMatchObject({
      action: 'move',
      diff: { hunks: [], kept: 3 },
    });
    expect(find(changes, 'docs/doc-003.md')?.diff).toMatchObject({ hunks: [], kept: 3 });
    expect(find(changes, 'docs/doc-002.md')).not.toHaveProperty('diff');
    expect(find(changes, 'docs/new.md')?.diff?.hunks).toMatchObject([{ removed: [] }]);
    const plain = await project.plan();
    expect(plain.plan_id).toBe(plan.plan_id);
    expect(JSON.stringify(plain)).not.toContain('explains');
    expect(changesOf(plain).every((change) => !('diff' in change))).toBe(true);
  });

  it('says that the old text is not known where live was not looked at', async () => {
    const { code, stdout } = await project.call(['plan', '--diff', '--verify', 'off']);
    expect(code).toBe(0);
    expect(stdout).toContain('\\ 1 old chunk: text not known: live was not read, or has lost it');
    expect(stdout).toMatch(/^\+The second part of doc-000 explains/m);
    expect(stdout).not.toMatch(/^-The/m);
  });
});

describe('a saved plan', () => {
  it('with --diff holds the text, which show prints only when it is asked to', async () => {
    const saved = await project.call(['plan', '--diff', '--format', 'markdown', '--out', 'text.plan.gz']);
    expect(saved.stdout).toContain('Text of 2 documents (2 of 2 shown)');
    expect(gunzipSync(readFileSync(project.ws.path('text.plan.gz'))).toString()).toContain('The second part');
    const shown = await project.call(['show', 'text.plan.gz', '--diff', '--format', 'markdown']);
    expect(shown.stdout).toBe(saved.stdout);
    for (const format of ['text', 'json']) {
      const plain = await project.call(['show', 'text.plan.gz', '--format', format]);
      expect(plain.code).toBe(0);
      expect(plain.stdout).not.toContain('second part');
    }
  });

  it('without it holds none, and show --diff says so', async () => {
    await project.call(['plan', '--out', 'plain.plan']);
    expect(readFileSync(project.ws.path('plain.plan'), 'utf8')).not.toContain('explains');
    const { code, stderr } = await project.call(['show', 'plain.plan', '--diff']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/this plan holds no document text \(plan again with --diff --out FILE\)/);
  });

  it('with --diff is applied like any other', async () => {
    const report = await project.apply('text.plan.gz', '--timings');
    expect(report.timings?.phases.map(({ phase }) => phase)).toEqual([
      'load',
      'live',
      'scan',
      'prepare',
      'embed',
      'upsert',
      'commit',
      'strict sync',
    ]);
    for (const { busy_ms } of report.timings?.phases ?? []) {
      expect(busy_ms).toBeLessThanOrEqual(report.timings?.wall_ms ?? 0);
    }
    expect(report).toMatchObject({ outcome: 'applied', reason: 'ok', upserted: 5, deleted: 7 });
  });
});

it('shows what was done to a record, and that it is put right', async () => {
  const other = new Project(chroma.url, true);
  try {
    other.manifest();
    other.docs(1);
    await other.settle();
    const collection = await other.collection();
    const { ids, documents } = await collection.get();
    const at = documents.findIndex((text) => text?.includes('two part') === true);
    const { embeddings } = await collection.get({ ids: [ids[at] ?? ''], include: ['embeddings'] });
    await collection.update({
      ids: [ids[at] ?? ''],
      documents: ['Somebody else wrote this.'],
      embeddings: embeddings as number[][],
    });
    const { stdout } = await other.call(['plan', '--diff', '--verify', 'content']);
    expect(stdout).toMatch(/^! docs\/doc-000\.md/m);
    expect(stdout).toMatch(/^-Somebody else wrote this\.$/m);
    expect(stdout).toMatch(/^\+The two part of doc-000/m);
  } finally {
    await other.dispose();
  }
});

it('of a very long document shows a part, and says so', async () => {
  const other = new Project(chroma.url, true);
  try {
    other.manifest();
    const section = (i: number): string => `## Section ${i}\n\n${`Words of section ${i}. `.repeat(40)}\n`;
    other.doc('long.md', Array.from({ length: 400 }, (_, i) => section(i)).join('\n'));
    const [change] = changesOf(await other.plan('--diff'));
    const { hunks = [], cut = 0 } = change?.diff ?? {};
    const added = hunks.flatMap((hunk) => hunk.added);
    const length = added.reduce((sum, chunk) => sum + (chunk.text?.length ?? 0), 0);
    expect(length).toBe(65_536);
    // The last one listed is shortened.
    expect(added.length + cut - 1).toBe(change?.chunks.add);
  } finally {
    await other.dispose();
  }
});
