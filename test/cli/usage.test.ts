/** Flags, exit codes and refusals: what a script and a person in a hurry rely on. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { applyResult, differences, jsonLines, readCollection } from '../support/ingest-cli.js';
import { article, expectValid, gist, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
  project.manifest();
});
afterEach(() => project.dispose());

describe('exit codes', () => {
  it.each([
    ['an unknown flag', ['plan', '--no-such-flag'], /no-such-flag/],
    ['an unknown command', ['plann'], /plann/],
    ['a bad level', ['plan', '--verify', 'everything'], /everything/],
    ['a bad format', ['drift', '--format', 'xml'], /xml/],
    ['a flag without its value', ['plan', '--only'], /only/],
    ['an argument too many', ['plan', 'something'], /something/],
    ['a missing argument', ['show'], /arg: plan/],
    ['an unknown environment', ['plan', '--env', 'nowhere'], /E106.*nowhere|nowhere/],
    ['a manifest that is not there', ['plan', '-f', 'no/such.yaml'], /no\/such\.yaml/],
    ['an unknown run', ['journal', '--run', '01ZZZZ'], /01ZZZZ/],
  ])('%s is an error, 1, and never 2', async (_what, args, message) => {
    const result = await project.run(args);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/ at .*\.js:\d+/);
  });

  it('a usage error with --json is JSON too', async () => {
    const result = await project.run(['plan', '--json', '--no-such-flag']);
    expect(result.code).toBe(1);
    expect(jsonLines(result)).toEqual([expect.objectContaining({ type: 'error', outcome: 'error' })]);
  });

  it('plan is 0; with --detailed-exitcode 2 when there are changes and 0 when there are none', async () => {
    project.docs(2);
    expect((await project.run(['plan'])).code).toBe(0);
    const changes = await project.run(['plan', '--detailed-exitcode']);
    expect(changes.code).toBe(2);
    expect(changes.stdout).not.toMatch(/no changes/i);
    await project.settle();
    const none = await project.run(['plan', '--detailed-exitcode']);
    expect(none.code).toBe(0);
    expect(none.stdout).toMatch(/No changes/);
  });

  it('apply without a terminal and without --auto-approve is 1 with advice, and does nothing', async () => {
    project.docs(2);
    const result = await project.run(['apply']);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('E603');
    expect(result.stderr).toContain('--auto-approve');
    expect(result.stdout).toContain('2 to add');
    expect((await project.call(['status', '--json'])).stdout).not.toContain('"documents":2');
    await project.settle();
    expect((await project.call(['apply'])).code).toBe(0);
  });

  it('an empty text to query is 1; a query before the first apply says what to do', async () => {
    project.docs(1);
    expect((await project.call(['query', ' '])).code).toBe(1);
    const early = await project.call(['query', 'words']);
    expect(early.code).toBe(1);
    expect(early.stderr).toMatch(/apply/);
  });
});

describe('flags that may be given more than once', () => {
  it('do not swallow the argument that follows them', async () => {
    project.docs(2);
    const planned = await project.plan('--out', 'p.plan');
    const applied = await project.call(['apply', '-f', 'desired', 'p.plan', '--json']);
    expect(applyResult(applied)).toMatchObject({ outcome: 'applied', plan_id: planned.plan_id });
    const query = await project.call(['query', '-f', 'desired/docs.yaml', 'one of doc-000']);
    expect(query.code).toBe(0);
    expect(query.stdout).toContain('docs/doc-000.md');
  });

  it('are part of the command to run next, without which it would do something else', async () => {
    project.docs(2);
    const plan = await project.call(['plan', '--only', 'docs/doc-000.md', '--allow-delete', 'docs/**']);
    expect(plan.stdout).toMatch(
      /Next +ingest apply --env test --only docs\/doc-000\.md --allow-delete 'docs\/\*\*'/,
    );
    const saved = await project.call(['plan', '--only', 'docs/doc-000.md', '--out', 'p.plan']);
    expect(saved.stdout).toMatch(/Next +ingest apply p\.plan --env test\n/);
  });
});

describe('--only and --force', () => {
  it('--only plans and applies what it names, and nothing else; the rest is planned afterwards', async () => {
    for (const name of ['a/1.md', 'a/2.md', 'b/1.md']) project.doc(name, article(name));
    expect(gist(await project.plan('--only', 'docs/a/**'))).toEqual([
      'create docs/a/1.md new',
      'create docs/a/2.md new',
    ]);
    expect(await project.apply('--only', 'docs/a/**')).toMatchObject({ applied: { create: 2 } });
    project.ws.remove('docs/a/1.md');
    expect(gist(await project.plan('--only', 'docs/b/**'))).toEqual(['create docs/b/1.md new']);
    expect(gist(await project.plan())).toEqual(['delete docs/a/1.md gone', 'create docs/b/1.md new']);
  });

  it('--force writes the named documents again without embedding what is in the cache', async () => {
    project.docs(3);
    await project.settle();
    const before = await readCollection(chroma.url, project.name);
    const plan = await project.plan('--force', 'docs/doc-001.md');
    expect(gist(plan)).toEqual(['update docs/doc-001.md forced']);
    const report = await project.settle('--force', 'docs/doc-001.md');
    expect(report).toMatchObject({ upserted: 3, embedded: 0, cached: 3 });
    expect(differences(await readCollection(chroma.url, project.name), before)).toEqual([]);
  });
});

describe('what must be replaced', () => {
  it.each([
    ['the model', 'embedding', { embedding: ['provider: lexical-hash', 'dimensions: 32'] }, 6],
    ['the distance', 'space', { space: 'l2' }, 0],
    ['the collection', 'target', { collection: 'another-collection' }, 0],
  ])('%s changed: built beside the live one, then swapped in', async (_what, reason, change, embedded) => {
    project.docs(2);
    await project.settle();
    const live = await readCollection(chroma.url, project.name);
    const before = await project.collection(project.name);
    const collection = 'collection' in change ? `${project.name}-b` : project.name;
    project.manifest('collection' in change ? { ...change, collection } : change);
    const { code, stdout: text } = await project.call(['plan', '--detailed-exitcode']);
    expect(code).toBe(2);
    const planned = await project.plan();
    expect(planned.indexes[0]?.index_actions).toEqual([{ action: 'replace', reasons: [reason] }]);
    expect(text).toMatch(/a new collection is built beside the live one/);
    for (const flag of [
      ['--only', 'docs/**'],
      ['--verify', 'off'],
    ]) {
      const refused = await project.call(['apply', '--auto-approve', ...flag]);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/E605/);
    }
    expect(differences(await readCollection(chroma.url, project.name), live)).toEqual([]);

    expect(await project.settle()).toMatchObject({ applied: { replace: 2 }, embedded, upserted: 6 });
    expect(await project.apply()).toMatchObject({ outcome: 'no_changes' });
    expect((await project.call(['query', 'one'])).code).toBe(0);
    // A reader that holds the old collection by id still has it.
    expect(await before.count()).toBe(6);
    const now = await project.collection(collection);
    expect(now.id).not.toBe(before.id);
    expect(await now.count()).toBe(6);
  });
});

describe('output', () => {
  it('has no escape codes off a terminal, with and without NO_COLOR; FORCE_COLOR brings them', async () => {
    project.docs(2);
    const esc = String.fromCharCode(27);
    for (const env of [{}, { NO_COLOR: '1' }]) {
      const result = await project.run(['plan'], { env });
      expect(result.stdout.includes(esc) || result.stderr.includes(esc)).toBe(false);
    }
    expect((await project.run(['plan'], { env: { FORCE_COLOR: '1' } })).stdout).toContain(esc);
  });

  it('every command answers --json with what its schema says, and nothing else on stdout', async () => {
    project.docs(3);
    await project.settle();
    await project.drift();
    await project.status();
    const events = await project.journal();
    expect(events.map((event) => event.type)).toEqual(
      expect.arrayContaining([
        'RUN_START',
        'DOC_BEGIN',
        'UPSERT_BATCH_COMMITTED',
        'DOC_COMMITTED',
        'RUN_FINISH',
      ]),
    );
    const seqs = events.map((event) => event.seq);
    expect([...seqs].sort((a, b) => a - b)).toEqual(seqs);
    expect(new Set(seqs).size).toBe(seqs.length);

    const run = applyResult(await project.call(['apply', '--auto-approve', '--json']))['run_id'];
    const latest = readFileSync(project.ws.path('state/test/docs/LATEST'), 'utf8').trim();
    const completed = JSON.parse(readFileSync(project.ws.path('state/test/docs', latest), 'utf8'));
    expectValid('index_state', completed);
    expect(completed).toMatchObject({ manifest_id: 'docs', documents: 3, chunks: 9 });
    expect(run).not.toBe(completed.run_id);
  });

  it('--help exits 0 without touching anything', async () => {
    for (const command of ['show', 'status', 'drift', 'journal', 'runs', 'validate']) {
      const result = await project.run([...command.split(' '), '--help']);
      expect({ command, code: result.code }).toEqual({ command, code: 0 });
      expect(result.stdout).toContain('USAGE');
    }
    expect(project.stateFiles()).toEqual({});
  });
});
