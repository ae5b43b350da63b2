/** Disks that are full and disks that are read-only: said by name, nothing lost, and with room it goes on. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyIn, planIn } from '../../support/in-process.js';
import { differences, jsonLines, readCollection } from '../../support/ingest-cli.js';
import { Project } from '../../support/project.js';
import { useChroma } from '../../support/use-chroma.js';
import { expectExplained, expectNoTrace } from './explained.js';
import { canMount, canMountReadOnly, fillUp, mountSmall, readOnly, unmountAll } from './mounts.js';

const chroma = useChroma();
let project: Project;

beforeEach(() => {
  project = new Project(chroma.url);
  project.manifest();
});
afterEach(async () => {
  unmountAll();
  await project.dispose();
});

/** The reason that an apply ends with; 'ok' when it did everything. In a process of its own, whose death frees the lease. */
async function outcome(): Promise<string> {
  const result = await project.run(['apply', '--auto-approve', '--json']);
  expectNoTrace(result);
  const { reason } = jsonLines(result).at(-1) ?? {};
  expect({ reason, code: result.code }).toEqual({ reason, code: reason === 'ok' ? 0 : 1 });
  return String(reason);
}

async function expectSettled(): Promise<void> {
  expect(await outcome()).toBe('ok');
  const plan = await planIn<{ outcome: string }>({ root: project.ws.root, env: project.env });
  expect(plan.outcome).toBe('no_changes');
}

describe.skipIf(!canMount)('a full disk (needs root that may mount)', () => {
  it('under the recorded state, wherever it fills up: E501, and with room the same index as without', async () => {
    const folder = project.ws.path('state', 'test');
    mountSmall(folder, 4_000_000);
    project.docs(20);
    const seen = new Set<string>();
    for (const leave of [0, 49_152, 131_072, 196_608]) {
      const ballast = fillUp(folder, leave);
      const code = await outcome();
      if (code !== 'ok') expect(code).toMatch(/^E501 .*disk is full/);
      seen.add(code.slice(0, 4));
      rmSync(ballast);
    }
    expect(seen).toContain('E501');
    await expectSettled();
    const other = new Project(chroma.url);
    try {
      other.manifest({ collection: `${project.name}-fresh` });
      other.docs(20);
      await applyIn({ root: other.ws.root, env: other.env });
      const [one, two] = await Promise.all([
        readCollection(chroma.url, project.name),
        readCollection(chroma.url, `${project.name}-fresh`),
      ]);
      expect(differences(one, two)).toEqual([]);
    } finally {
      await other.dispose();
    }
  });

  it('under the caches costs only the caches: a warning, and everything is applied', async () => {
    const folder = project.ws.path('state', 'cache');
    mountSmall(folder, 65_536);
    project.docs(40);
    fillUp(folder, 20_000);
    const result = await project.run(['apply', '--auto-approve']);
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/embedding cache cannot be used.*\(SQLITE_FULL\)/);
    expectNoTrace(result);
    expect((await project.plan()).outcome).toBe('no_changes');
  });

  it('under the temporary folder is E703, and nothing is left there', async () => {
    const folder = project.ws.path('temporary');
    mountSmall(folder, 65_536);
    const child = fileURLToPath(new URL('./scratch-child.ts', import.meta.url));
    const args = ['--import', import.meta.resolve('tsx'), child];
    const env = { ...process.env, TMPDIR: folder, SQLITE_TMPDIR: folder };
    const said = execFileSync(process.execPath, args, { env, encoding: 'utf8' });
    expect(said).toBe('E703 the temporary folder cannot be used: the disk is full\n');
    expect(readdirSync(folder).filter((name) => !name.startsWith('tsx-'))).toEqual([]);
  });

  it('under the saved plan is E602; the plan that was there stays whole, and nothing is left beside it', async () => {
    const folder = project.ws.path('plans');
    mountSmall(folder, 65_536);
    project.docs(3);
    await project.plan('--out', 'plans/p.plan');
    const before = readFileSync(project.ws.path('plans', 'p.plan'));
    fillUp(folder, 0);
    project.docs(40);
    const result = await project.run(['plan', '--out', 'plans/p.plan']);
    expectExplained(result, 'E602', /the plan cannot be written to plans\/p\.plan: the disk is full/);
    expect(readdirSync(folder).sort()).toEqual(['ballast', 'p.plan']);
    expect(readFileSync(project.ws.path('plans', 'p.plan')).equals(before)).toBe(true);
  });

  it('under the completed state: the index is applied and recorded; with room the next apply writes it', async () => {
    const folder = project.ws.path('state', 'test', 'docs');
    mountSmall(folder, 65_536);
    project.docs(2);
    const ballast = fillUp(folder, 0);
    expect(await outcome()).toMatch(/^E501 the completed state of docs cannot be written/);
    expect(readdirSync(folder)).toEqual(['ballast']);
    rmSync(ballast);
    await expectSettled();
    const name = readFileSync(project.ws.path('state', 'test', 'docs', 'LATEST'), 'utf8').trim();
    expect(JSON.parse(readFileSync(project.ws.path('state', 'test', 'docs', name), 'utf8'))).toMatchObject({
      documents: 2,
    });
  });
});

describe.skipIf(!canMountReadOnly)('a read-only state folder (needs a mount of its own)', () => {
  it('answers everything that reads; apply is E501 and says what it needs', async () => {
    project.docs(2);
    await project.apply();
    project.docs(3);
    const through = readOnly(project.ws.path('state'));
    for (const args of [['plan'], ['drift'], ['runs'], ['query', 'one']]) {
      const result = await project.run(args, { through });
      expect({ args, code: result.code, stderr: result.stderr }).toEqual({ args, code: 0, stderr: '' });
    }
    const apply = await project.run(['apply', '--auto-approve'], { through });
    expectExplained(apply, 'E501', /recorded state .*(may not be written|read-only)/);
  });

  it('with an embedded Chroma, which cannot run there, says so; status answers', async () => {
    project.manifest({
      chroma: ['collection: shut'],
      embedding: ['provider: lexical-hash', 'dimensions: 64'],
    });
    const yaml = readFileSync(project.ws.path('desired', 'docs.yaml'), 'utf8');
    writeFileSync(
      project.ws.path('desired', 'docs.yaml'),
      yaml.replace(/ {4}chroma:\n {6}collection: shut\n/, '    chroma: embedded\n'),
    );
    project.docs(1);
    await project.apply();
    const through = readOnly(project.ws.path('state'));
    await untilStopped();
    const plan = await project.run(['plan'], { through });
    expectExplained(plan, 'E405', /embedded Chroma did not start: .*(read-only|cannot be used)/);
    const status = await project.run(['status'], { through });
    expect({ code: status.code, stderr: status.stderr }).toEqual({ code: 0, stderr: '' });
  });
});

async function untilStopped(): Promise<void> {
  for (;;) {
    const { running } = await project.ws.json<{ running: boolean }>(['server', 'status'], {
      env: project.env,
    });
    if (!running) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
