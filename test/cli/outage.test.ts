/** Chroma away, the state read-only, several programs at once: nothing is guessed and nothing is disturbed. */
import { chmodSync, cpSync, readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { type EmbeddingServer, startEmbeddingServer } from '../support/embedding-server.js';
import { applyResult, differences, type RunningCli, readCollection } from '../support/ingest-cli.js';
import { article, Project } from '../support/project.js';

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

/** A port where nobody listens. */
async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${port}`;
}

describe('Chroma stopped', () => {
  it('plan and drift exit 1 and say so, apply changes nothing, status answers', async () => {
    // A Chroma of its own, stopped after an apply: the url stays the same, nobody answers.
    const own = await startTestChroma();
    const away = new Project(own.url, true);
    try {
      const chroma = [`url: \${CHROMA_URL}`, `collection: ${away.name}`];
      away.manifest({ chroma: [...chroma, 'retries: { unreachable: 0 }'] });
      away.docs(3);
      await away.settle();
      await own.stop();
      const before = away.stateFiles();
      const asked = [
        ['plan'],
        ['plan', '--detailed-exitcode'],
        ['plan', '--json'],
        ['plan', '--verify', 'content'],
        ['drift'],
        ['drift', '--json'],
        ['drift', '--quiet'],
        ...['markdown', 'prometheus', 'junit'].map((format) => ['drift', '--format', format]),
        ['query', 'anything'],
      ];
      for (const args of asked) {
        const result = await away.call(args);
        expect({ args, code: result.code }).toEqual({ args, code: 1 });
        expect(result.stderr).toMatch(/E401.*Chroma cannot be reached|E401/);
        expect(result.stdout + result.stderr).not.toMatch(/no changes|no drift/i);
      }
      expect(away.stateFiles()).toEqual(before);
      const apply = await away.call(['apply', '--auto-approve']);
      expect(apply.code).toBe(1);
      expect(apply.stderr).toContain('E401');
      const status = await away.status();
      expect(status.indexes[0]).toMatchObject({ documents: 3, chunks: 9 });
      const text = await away.call(['status']);
      expect(text.code).toBe(0);
      // --verify off is asked for by name, and says that it looked at nothing.
      const off = await away.call(['plan', '--verify', 'off']);
      expect(off.code).toBe(0);
      expect(off.stdout).toMatch(/not (looked at|checked)/i);
    } finally {
      await away.dispose();
    }
  });

  it('a Chroma that was never there: the first plan exits 1', async () => {
    project.docs(2);
    const result = await project.run(['plan'], { env: { CHROMA_URL: await deadUrl() } });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('E401');
  });
});

describe('reading leaves no trace', () => {
  it('plan, drift, status, show, runs, journal and query leave every byte of the state as it was', async () => {
    project.docs(3);
    await project.settle();
    project.doc('new.md', article('new'));
    project.ws.remove('docs/doc-000.md');
    await project.plan('--out', 'p.plan');
    const before = project.stateFiles();
    expect(Object.keys(before).length).toBeGreaterThan(0);
    const live = await readCollection(chroma.url, project.name);
    for (const args of [
      ['plan'],
      ['plan', '--verify', 'content', '--json'],
      ['plan', '--out', 'q.plan'],
      ['drift', '--verify', 'content'],
      ['status'],
      ['show', 'p.plan'],
      ['runs'],
      ['journal'],
      ['validate'],
      ['query', 'words'],
    ]) {
      expect({ args, code: (await project.call(args)).code }).toEqual({ args, code: 0 });
      expect(project.stateFiles()).toEqual(before);
    }
    expect(differences(await readCollection(chroma.url, project.name), live)).toEqual([]);
  });

  it('before the first apply they create nothing', async () => {
    project.docs(1);
    const asked = [['plan'], ['drift'], ['status'], ['runs'], ['journal']];
    const answers = await Promise.all(asked.map((args) => project.run(args)));
    expect(answers.map(({ code, stderr }, i) => ({ args: asked[i], code, stderr }))).toEqual(
      asked.map((args) => ({ args, code: 0, stderr: '' })),
    );
    expect(project.stateFiles()).toEqual({});
  });

  it('a folder of state without permission to write is planned from', async () => {
    project.docs(2);
    await project.settle();
    const copy = project.ws.path('copy');
    cpSync(project.ws.path('state'), copy, { recursive: true });
    for (const entry of readdirSync(copy, { recursive: true, withFileTypes: true })) {
      chmodSync(`${entry.parentPath}/${entry.name}`, entry.isDirectory() ? 0o555 : 0o444);
    }
    chmodSync(copy, 0o555);
    try {
      const asked = [['plan'], ['drift', '--verify', 'ids'], ['status']];
      const answers = await Promise.all(asked.map((args) => project.run([...args, '--state', copy])));
      expect(answers.map(({ code, stderr }, i) => ({ args: asked[i], code, stderr }))).toEqual(
        asked.map((args) => ({ args, code: 0, stderr: '' })),
      );
    } finally {
      chmodSync(copy, 0o755);
      for (const entry of readdirSync(copy, { recursive: true, withFileTypes: true })) {
        if (entry.isDirectory()) chmodSync(`${entry.parentPath}/${entry.name}`, 0o755);
      }
    }
  });
});

const SLOW = (url: string, name: string) => ({
  collection: name,
  embedding: [
    'provider: openai-compatible',
    `base_url: ${url}`,
    `api_key: \${EMBED_KEY}`,
    'model: m',
    'dimensions: 16',
    'batch_size: 4',
  ],
});

/** Resolves when the apply asks for its first vectors. */
async function begun(apply: RunningCli, embeddings: EmbeddingServer): Promise<void> {
  const ended = apply.finished.then((result) => {
    throw new Error(
      `the apply ended before it embedded (exit ${result.code}):\n${result.stdout}\n${result.stderr}`,
    );
  });
  ended.catch(() => {});
  await Promise.race([embeddings.received(1), ended]);
}

describe('while an apply runs', () => {
  it('plan, drift and status, again and again, neither fail nor disturb it, and see no drift', async () => {
    const embeddings = await startEmbeddingServer({ always: { kind: 'slow', ms: 150 } });
    try {
      project.manifest(SLOW(embeddings.url, project.name));
      project.docs(30);
      const env = { EMBED_KEY: 'k', CHROMA_URL: chroma.url };
      const apply = project.ws.start(['apply', '--auto-approve', '--json'], { env });
      let done = false;
      apply.finished.finally(() => {
        done = true;
      });
      await begun(apply, embeddings);
      let rounds = 0;
      while (!done) {
        const results = await Promise.all(
          [['plan', '--json'], ['drift'], ['status']].map(async (args) => ({
            args,
            ...(await project.run(args, { env })),
          })),
        );
        for (const { args, code, stderr, stdout } of results) {
          expect({ args, code, said: code === 0 ? '' : stdout + stderr }).toEqual({
            args,
            code: 0,
            said: '',
          });
        }
        rounds++;
      }
      expect(rounds).toBeGreaterThan(0);
      const result = await apply.finished;
      expect(applyResult(result)).toMatchObject({
        outcome: 'applied',
        applied: { create: 30 },
        strict_sync: { ok: true },
      });
      expect(new Set(embeddings.embedded).size).toBe(embeddings.embedded.length);
    } finally {
      await embeddings.stop();
    }
  });

  it('a second apply exits 4 and names the holder; the first is not disturbed', async () => {
    const embeddings = await startEmbeddingServer({ script: [{ kind: 'hang' }] });
    try {
      project.manifest(SLOW(embeddings.url, project.name));
      project.docs(2);
      const env = { EMBED_KEY: 'k', CHROMA_URL: chroma.url };
      const first = project.ws.start(['apply', '--auto-approve', '--json'], { env });
      await begun(first, embeddings);
      const text = await project.run(['apply', '--auto-approve'], { env });
      expect(text.code).toBe(4);
      expect(text.stderr).toMatch(new RegExp(`pid ${first.child.pid}`));
      expect(text.stderr).toContain('E503');
      const json = await project.call(['apply', '--auto-approve', '--json'], { env });
      expect(json.code).toBe(4);
      const report = applyResult(json);
      expect(report).toMatchObject({ outcome: 'locked', holder: { pid: first.child.pid } });
      first.kill('SIGINT');
      expect((await first.finished).code).toBe(130);
      const next = await project.call(['apply', '--auto-approve', '--json'], { env });
      expect(applyResult(next)).toMatchObject({ outcome: 'applied' });
    } finally {
      await embeddings.stop();
    }
  });

  it('of ten at once exactly as many apply as were not locked out, and the index is whole', async () => {
    project.docs(5);
    const results = await Promise.all(
      Array.from({ length: 10 }, () => project.run(['apply', '--auto-approve', '--json'])),
    );
    const codes = results.map((result) => result.code);
    expect(codes.filter((code) => code !== 0 && code !== 4)).toEqual([]);
    const outcomes = results
      .filter((result) => result.code === 0)
      .map((result) => applyResult(result)['outcome']);
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1);
    for (const result of results.filter((one) => one.code === 4)) {
      expect(applyResult(result)).toMatchObject({ outcome: 'locked', holder: { pid: expect.any(Number) } });
    }
    expect(await (await project.collection()).count()).toBe(15);
    expect((await project.drift('--verify', 'content')).drift).toBe(false);
    expect((await project.plan()).outcome).toBe('no_changes');
  });
});
