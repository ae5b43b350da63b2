/** A Chroma elsewhere, as the program meets it: quotas, tokens that expire, certificates and proxies. */
import { readFileSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FlakyChroma } from '../integration/live/flaky-chroma.js';
import { certificate } from '../support/certificates.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { type ForwardProxy, startForwardProxy } from '../support/forward-proxy.js';
import { article, filesBelow, Project } from '../support/project.js';
import { cloudQuotas, type Quotas } from '../support/quotas.js';
import { startTlsProxy } from '../support/tls-proxy.js';

const TOKEN = 'tok-planted-5577aa';

let chroma: TestChroma;
let server: FlakyChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(async () => {
  server = new FlakyChroma(chroma.url);
  project = new Project(await server.start(), true);
});
afterEach(async () => {
  await server.stop();
  await project.dispose();
});

const CLOUD = (name: string): readonly string[] => [
  `url: \${CHROMA_URL}`,
  `collection: ${name}`,
  `cloud: { tenant: default_tenant, database: default_database, api_key: "\${CLOUD_KEY}" }`,
];

describe('Chroma Cloud', () => {
  let quotas: Quotas;
  const env = { CLOUD_KEY: TOKEN };
  beforeEach(() => {
    quotas = cloudQuotas(TOKEN);
    server.misbehave = quotas.enforce;
    project.manifest({
      chroma: CLOUD(project.name),
      more: ['policy: { deletes: { max_ratio: 1, max_count: 1000 } }'],
    });
  });

  const sections = Array.from({ length: 50 }, (_, i) => `part ${i}`);

  it('is never asked for more than its quotas, from the first write to the last delete', async () => {
    for (let i = 0; i < 7; i++) project.doc(`d${i}.md`, article(`number ${i}`, sections));
    const first = await project.run(['apply', '--auto-approve'], { env });
    expect({ code: first.code, stderr: first.code === 0 ? '' : first.stderr }).toEqual({
      code: 0,
      stderr: '',
    });
    expect(quotas.writes.reduce((sum, n) => sum + n, 0)).toBe(350);
    for (const args of [
      ['drift', '--verify', 'content'],
      ['query', 'number 7'],
    ]) {
      expect({ args, code: (await project.call(args, { env })).code }).toEqual({ args, code: 0 });
    }
    for (let i = 1; i < 7; i++) project.ws.remove(`docs/d${i}.md`);
    const second = await project.call(['apply', '--auto-approve'], { env });
    expect({ code: second.code, out: second.code === 0 ? '' : second.stdout }).toEqual({ code: 0, out: '' });
    expect(await (await new Project(chroma.url).collection(project.name)).count()).toBe(50);
    expect(quotas.refused).toEqual([]);
  });

  it('documents that break a quota fail by name before they are sent; the others are written', async () => {
    project.manifest({
      chroma: CLOUD(project.name),
      more: ['chunking: { max_chars: 100000, min_chars: 0 }'],
    });
    project.doc('good.md', article('good'));
    project.doc('long.md', `# Long\n\n${'A very long sentence without an end, '.repeat(600)}\n`);
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}: ${i}`).join('\n');
    project.doc('keys.md', `---\n${keys}\n---\n\n# Keys\n\ntext\n`);
    project.doc('key.md', `---\n${'k'.repeat(37)}: 1\n---\n\n# Key\n\ntext\n`);
    project.doc('value.md', `---\nnote: ${'v'.repeat(9_000)}\n---\n\n# Value\n\ntext\n`);
    const result = await project.call(['apply', '--auto-approve', '--json'], { env });
    expect(result.code).toBe(1);
    const report = JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '{}');
    const reasons = Object.fromEntries(
      (report.failures as { uri: string; message: string }[]).map(({ uri, message }) => [uri, message]),
    );
    expect(reasons).toEqual({
      'docs/long.md': expect.stringContaining('longer than 16384 bytes'),
      'docs/keys.md': expect.stringMatching(/55 metadata keys.* at most 32/),
      'docs/key.md': expect.stringContaining('longer than 36 bytes'),
    });
    // The gate holds every Chroma to this one.
    expect(report.rejects.map(({ uri }: { uri: string }) => uri)).toEqual(['docs/value.md']);
    expect(quotas.refused).toEqual([]);
    const live = await (await new Project(chroma.url).collection(project.name)).get();
    expect(new Set(live.metadatas.map((metadata) => metadata?.['ingest_uri']))).toEqual(
      new Set(['docs/good.md']),
    );
  });

  it('a key that is refused, or not set, is said before anything is written', async () => {
    project.docs(1);
    const refused = await project.run(['plan'], { env: { CLOUD_KEY: 'tok-wrong-998877' } });
    expect({ code: refused.code, named: refused.stderr.includes('E402') }).toEqual({ code: 1, named: true });
    expect(refused.stdout + refused.stderr).not.toContain('tok-wrong-998877');
    const missing = await project.call(['plan'], { env: { CLOUD_KEY: '' } });
    expect(missing.stderr).toMatch(/E109 .*CLOUD_KEY/);
  });
});

it('a token that expires in the middle ends the run; with a new one it goes on and embeds nothing twice', async () => {
  let writes = 0;
  server.misbehave = ({ path, response }) => {
    if (path.endsWith('/upsert')) writes++;
    if (writes < 3) return false;
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: 'AuthError', message: 'the token has expired' }));
    return true;
  };
  project.manifest({
    chroma: [`url: \${CHROMA_URL}`, `collection: ${project.name}`, 'limits: { write_records: 10 }'],
  });
  project.docs(20);
  const cut = await project.apply();
  expect(cut).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('E402'), upserted: 20 });
  server.misbehave = () => false;
  const rest = await project.apply();
  expect(rest).toMatchObject({ outcome: 'applied', upserted: 40, strict_sync: { ok: true } });
  expect((rest.embedded ?? 0) + (cut.embedded ?? 0)).toBe(60);
  expect((await project.drift('--verify', 'content')).drift).toBe(false);
});

describe('on the way to it', () => {
  let proxy: ForwardProxy;
  beforeEach(async () => {
    proxy = await startForwardProxy();
  });
  afterEach(() => proxy.stop());

  it('a proxy with a password and an authority of NODE_EXTRA_CA_CERTS are used; the password is shown nowhere', async () => {
    const authority = certificate({ name: 'authority', authority: true });
    const secure = await startTlsProxy(
      chroma.url,
      certificate({ name: 'c', hosts: ['chroma.test'], issuer: authority }),
    );
    try {
      project.manifest();
      project.docs(2);
      project.ws.write('ca.pem', authority.cert);
      proxy.password = 'ana:pass-planted-31';
      const env = {
        CHROMA_URL: `https://chroma.test:${secure.port}`,
        HTTPS_PROXY: `http://${proxy.password}@127.0.0.1:${proxy.port}`,
        NODE_EXTRA_CA_CERTS: project.ws.path('ca.pem'),
      };
      const outputs: string[] = [];
      for (const args of [
        ['plan', '--out', 'p.plan', '--verbose'],
        ['apply', 'p.plan', '--verbose'],
      ]) {
        const { code, stdout, stderr } = await project.run(args, { env });
        outputs.push(stdout, stderr);
        expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
      }
      expect(proxy.requests).toContain(`CONNECT chroma.test:${secure.port}`);
      const away = await project.run(['plan', '--verbose'], { env: { ...env, NODE_EXTRA_CA_CERTS: '' } });
      expect({ code: away.code, named: away.stderr.includes('E412') }).toEqual({ code: 1, named: true });
      proxy.password = 'somebody:else';
      const refused = await project.run(['plan', '--verbose'], { env });
      expect({ code: refused.code, named: refused.stderr.includes('E413') }).toEqual({
        code: 1,
        named: true,
      });
      outputs.push(away.stdout, away.stderr, refused.stdout, refused.stderr);
      const files = filesBelow(project.ws.path('state')).map((file) => readFileSync(file, 'latin1'));
      for (const form of ['pass-planted-31', Buffer.from('ana:pass-planted-31').toString('base64')]) {
        expect([...outputs, ...files].filter((text) => text.includes(form))).toEqual([]);
      }
    } finally {
      await secure.stop();
    }
  });

  it('nothing is loaded for proxies or certificates where none is asked for', async () => {
    project.manifest();
    project.docs(1);
    const loaded = async (env: Readonly<Record<string, string>>): Promise<boolean> => {
      const recorder = new URL('../support/record-modules.mjs', import.meta.url).href;
      const file = project.ws.path('modules.txt');
      await project.run(['plan'], {
        env: { ...env, RECORD_MODULES: file, NODE_OPTIONS: `--import=${recorder}` },
      });
      const modules = readFileSync(file, 'utf8');
      expect(modules).toMatch(/dist.live.connect\.js/);
      rmSync(file);
      return /node_modules.undici./.test(modules);
    };
    expect(await loaded({ HTTP_PROXY: '', HTTPS_PROXY: '' })).toBe(false);
    // This machine is reached without the proxy.
    expect(await loaded({ HTTP_PROXY: proxy.url })).toBe(false);
    const CHROMA_URL = `http://chroma.test:${new URL(chroma.url).port}`;
    expect(await loaded({ CHROMA_URL, HTTP_PROXY: proxy.url })).toBe(true);
  });
});
