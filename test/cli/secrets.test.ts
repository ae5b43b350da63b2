/** A secret of the environment is sent where it belongs and appears nowhere else. */

import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { type EmbeddingServer, startEmbeddingServer } from '../support/embedding-server.js';
import type { CliResult } from '../support/ingest-cli.js';
import { filesBelow, Project } from '../support/project.js';

const KEY = 'sk-planted-4f1c9e77aa02bb31';
const TOKEN = 'tok-planted-99e1d2c3b4a5';

let chroma: TestChroma;
let proxy: Proxy;
let embeddings: EmbeddingServer;
let project: Project;
let outputs: string[];

beforeAll(async () => {
  chroma = await startTestChroma();
  proxy = await startProxy(chroma.url);
});
afterAll(async () => {
  await proxy.stop();
  await chroma.stop();
});
beforeEach(async () => {
  embeddings = await startEmbeddingServer({ key: KEY, dimension: 16 });
  project = new Project(proxy.url, true);
  proxy.mode = 'check';
  outputs = [];
  project.manifest({
    chroma: [
      `url: \${CHROMA_URL}`,
      `collection: ${project.name}`,
      `headers: { x-chroma-token: "\${PLANTED_TOKEN}" }`,
    ],
    embedding: [
      'provider: openai-compatible',
      `base_url: \${EMBED_URL}`,
      `api_key: \${PLANTED_KEY}`,
      'model: test-model',
      'dimensions: 16',
    ],
  });
  project.docs(3);
});
afterEach(async () => {
  await embeddings.stop();
  await project.dispose();
});

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const result = await project.call(args, {
    env: { EMBED_URL: embeddings.url, PLANTED_KEY: KEY, PLANTED_TOKEN: TOKEN, ...env },
  });
  outputs.push(result.stdout, result.stderr);
  return result;
}

/** Also in the forms in which a leak would hide: base64, percent and JSON escapes of the bytes. */
function expectNoLeak(): void {
  const files = [...filesBelow(project.ws.path('state')), ...filesBelow(project.ws.root)];
  const everything = [
    ...outputs.map((text, i) => [`output ${i}`, Buffer.from(text)] as const),
    ...files.map((file) => {
      const bytes = readFileSync(file);
      return [file, file.endsWith('.gz') ? gunzipSync(bytes) : bytes] as const;
    }),
  ];
  expect(files.some((file) => file.endsWith('ingest.db'))).toBe(true);
  for (const [where, bytes] of everything) {
    for (const secret of [KEY, TOKEN]) {
      for (const form of [
        secret,
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
        secret.slice(3),
      ]) {
        expect(bytes.includes(form) ? `${form} in ${where}` : '').toBe('');
      }
    }
  }
}

it('is in no file and no output of any command, while it was sent', async () => {
  expect((await run(['plan', '--out', 'p.plan', '--verbose'])).code).toBe(0);
  expect((await run(['plan', '--out', 'p.plan.gz', '--json'])).code).toBe(0);
  expect((await run(['apply', 'p.plan', '--verbose'])).code).toBe(0);
  for (const args of [
    ['apply', '--auto-approve', '--json'],
    ['drift', '--verify', 'content'],
    ['status', '--json'],
    ['journal'],
    ['runs', '--json'],
    ['show', 'p.plan'],
    ['validate'],
    ['query', 'one of doc-000'],
  ]) {
    const result = await run(args);
    expect({ args, code: result.code, stderr: result.code === 0 ? '' : result.stderr }).toEqual({
      args,
      code: 0,
      stderr: '',
    });
  }
  expect(embeddings.requests.length).toBeGreaterThan(0);
  expect(proxy.seen).toBeGreaterThan(0);
  expectNoLeak();
});

it('is in no error either, when the provider quotes the key that it was given', async () => {
  embeddings.always({ kind: 'echo-key' });
  const result = await run(['apply', '--auto-approve', '--verbose']);
  expect(result.code).toBe(1);
  expect(result.stdout + result.stderr).toMatch(/401|refused/);
  await run(['apply', '--auto-approve', '--json']);
  await run(['status']);
  await run(['journal']);
  expectNoLeak();
});

it('is in no error either, when the Chroma refuses and quotes the token', async () => {
  expect((await run(['apply', '--auto-approve'])).code).toBe(0);
  proxy.mode = 'echo';
  for (const args of [
    ['plan', '--verbose'],
    ['drift', '--json'],
    ['apply', '--auto-approve'],
  ]) {
    const result = await run(args);
    expect({ args, code: result.code }).toEqual({ args, code: 1 });
  }
  expectNoLeak();
});

it('is in no error either, when it stands in the url or in the excerpt of a broken manifest', async () => {
  await run(['apply', '--auto-approve']);
  const away = await run(['plan', '--verbose', '--json'], {
    CHROMA_URL: `http://${TOKEN}:${KEY}@127.0.0.1:1`,
  });
  expect(away.code).toBe(1);
  expect(away.stderr).toContain('E401');
  project.ws.manifest(`apiVersion: ingest/v1\nembedding: { api_key: "${KEY}", x: [\n`, 'broken');
  for (const args of [['plan'], ['validate', '--json']]) {
    const result = await run(args);
    expect(result.code).toBe(1);
    expect(result.stdout + result.stderr).toMatch(/E100[\s\S]*\*{8}/);
  }
  // What is in the manifest itself is the user's to remove; nothing of it is copied anywhere.
  project.ws.remove('desired/broken.yaml');
  expectNoLeak();
});

it('is not needed by plan, drift, status and validate; apply says which variable is missing', async () => {
  const without = { PLANTED_KEY: '' };
  for (const args of [['validate'], ['plan'], ['status'], ['drift']]) {
    const result = await run(args, without);
    expect({ args, code: result.code, stderr: result.stderr.includes('E304') }).toEqual({
      args,
      code: 0,
      stderr: false,
    });
  }
  const apply = await run(['apply', '--auto-approve'], without);
  expect(apply.code).toBe(1);
  expect(apply.stderr + apply.stdout).toContain('PLANTED_KEY');
});

interface Proxy {
  readonly url: string;
  mode: 'check' | 'echo';
  readonly seen: number;
  stop(): Promise<void>;
}

/** A proxy as it stands before a real Chroma: lets requests with the token through. */
async function startProxy(target: string): Promise<Proxy> {
  let seen = 0;
  const server: Server = createServer((incoming, outgoing) => {
    const token = incoming.headers['x-chroma-token'];
    if (proxied.mode === 'echo' || token !== TOKEN) {
      outgoing.writeHead(403, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ error: 'AuthError', message: `token ${String(token)} is refused` }));
      return;
    }
    seen++;
    const { hostname, port } = new URL(target);
    const onward = httpRequest(
      { hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxied = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: 'check' as Proxy['mode'],
    get seen() {
      return seen;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxied;
}
