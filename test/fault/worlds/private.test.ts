/** What belongs to its owner: files, the embedded server, and headers that a redirect would carry away. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readServerInfo } from '../../../src/live/embedded/server-files.js';
import { copyDatabase } from '../../../src/recorded/copy-database.js';
import { processEnded } from '../../support/chroma.js';
import { startEmbeddingServer } from '../../support/embedding-server.js';
import { Project } from '../../support/project.js';
import { useChroma } from '../../support/use-chroma.js';
import { expectExplained } from './explained.js';

const chroma = useChroma();
let project: Project;

beforeEach(() => {
  project = new Project(chroma.url);
});
afterEach(() => project.dispose());

/** Every path below a folder, itself included, that others than its owner may do something with. */
function openToOthers(folder: string): string[] {
  const found = [
    folder,
    ...readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
  ];
  expect(found.length).toBeGreaterThan(1);
  return found.filter((path) => !lstatSync(path).isSymbolicLink() && (lstatSync(path).mode & 0o077) !== 0);
}

const WIDE_OPEN = ['sh', '-c', 'umask 000; exec "$@"', 'sh'];

describe.skipIf(process.platform === 'win32')('files, under a umask that hides nothing', () => {
  it('the state, its log, lease and caches, saved plans and copies are open to their owner alone', async () => {
    const embeddings = await startEmbeddingServer({ script: [{ kind: 'ok' }], always: { kind: 'hang' } });
    try {
      project.manifest({
        embedding: [
          'provider: openai-compatible',
          `base_url: ${embeddings.url}`,
          'model: m',
          'dimensions: 8',
          'batch_size: 2',
        ],
      });
      project.docs(3);
      // Killed in the middle: log, index and lease are still there.
      const apply = project.ws.start(['apply', '--auto-approve'], { env: project.env, through: WIDE_OPEN });
      await embeddings.received(3);
      apply.kill('SIGKILL');
      await apply.finished;
      const names = readdirSync(project.ws.path('state', 'test'));
      expect(names).toEqual(expect.arrayContaining(['ingest.db', 'ingest.db-wal', 'ingest.db-shm']));
      expect(names.some((name) => /^lease\./.test(name))).toBe(true);
      expect(openToOthers(project.ws.path('state'))).toEqual([]);
      const copy = copyDatabase(project.ws.path('state', 'test', 'ingest.db'));
      expect(openToOthers(join(copy.file, '..'))).toEqual([]);
      copy.remove();
      embeddings.always({ kind: 'ok' });
      await project.run(['apply', '--auto-approve'], { through: WIDE_OPEN });
      await project.run(['plan', '--out', 'plans/p.plan', '--json'], { through: WIDE_OPEN });
      expect(openToOthers(project.ws.path('state'))).toEqual([]);
      expect(lstatSync(project.ws.path('plans', 'p.plan')).mode & 0o077).toBe(0);
    } finally {
      await embeddings.stop();
    }
  });

  it('a saved plan is written through no link that somebody laid in a shared folder', async () => {
    project.manifest();
    project.docs(1);
    mkdirSync(project.ws.path('shared'));
    writeFileSync(project.ws.path('precious'), 'precious');
    symlinkSync(project.ws.path('precious'), project.ws.path('shared', 'p.plan'));
    expect((await project.run(['plan', '--out', 'shared/p.plan'])).code).toBe(0);
    expect(readFileSync(project.ws.path('precious'), 'utf8')).toBe('precious');
    expect(lstatSync(project.ws.path('shared', 'p.plan')).isFile()).toBe(true);
    expect(readdirSync(project.ws.path('shared'))).toEqual(['p.plan']);
  });
});

describe('the embedded server', () => {
  it('keeps its files to its owner, listens on loopback alone, and obeys no one without the token', async () => {
    project.ws.manifest(
      'apiVersion: ingest/v1\nkind: Index\nmetadata: { manifest_id: docs }\nenvironments: { test: { chroma: embedded } }\n' +
        'embedding: { provider: lexical-hash, dimensions: 64 }\nsources: [{ id: docs, root: ../docs }]\n',
    );
    project.docs(1);
    const started = await project.ws.json<{ url: string; pid: number }>(['server', 'start'], {
      through: WIDE_OPEN,
    });
    try {
      expect((await project.run(['apply', '--auto-approve'], { through: WIDE_OPEN })).code).toBe(0);
      if (process.platform !== 'win32') expect(openToOthers(project.ws.path('state'))).toEqual([]);
      const info = readServerInfo(project.ws.path('state', 'test', 'chroma-server.json'));
      if (info === undefined) throw new Error('no server');
      const ports = [Number(new URL(started.url).port), info.control_port];
      const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      for (const { address, internal, scopeid } of addresses.filter(({ family }) => family !== undefined)) {
        if (internal) continue;
        for (const port of ports) {
          const host = scopeid === undefined || scopeid === 0 ? address : `${address}%${scopeid}`;
          expect({ host, port, reached: await reaches(host, port) }).toEqual({ host, port, reached: false });
        }
      }
      expect(await reaches('127.0.0.1', info.control_port)).toBe(true);
      // A page of a browser can send these; the token is in the body of one of them, and not in its first line.
      const stop = `{"token":"${info.token}","operation":"stop"}`;
      for (const said of [
        `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${stop.length + 1}\r\n\r\n${stop}\n`,
        'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n',
        '{"token":"","operation":"stop"}\n',
        `{"token":"${'0'.repeat(info.token.length)}","operation":"stop"}\n`,
        '{"token":["x"],"operation":"stop"}\n',
      ]) {
        expect(await answer(info.control_port, said)).toMatch(/"reason":"token"/);
      }
      const status = await project.ws.json<{ running: boolean }>(['server', 'status']);
      expect(status.running).toBe(true);
      // A page may send a POST without asking only as a form or as plain text: Chroma wants JSON.
      const form = await fetch(`${started.url}/api/v2/tenants/default_tenant/databases`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain', origin: 'http://evil.example' },
        body: '{"name":"evil-database"}',
      });
      expect(form.ok).toBe(false);
      expect(form.headers.get('access-control-allow-origin')).toBeNull();
    } finally {
      await project.run(['server', 'stop']);
      await processEnded(started.pid);
    }
  });
});

describe('a redirect', () => {
  it('of Chroma or of the provider does not carry headers to another host', async () => {
    const heard: string[] = [];
    const elsewhere = createServer((request, response) => {
      heard.push(JSON.stringify(request.headers));
      response.end('{}');
    });
    const gate = createServer((request, response) => {
      const { port } = elsewhere.address() as AddressInfo;
      response.writeHead(307, { location: `http://localhost:${port}${request.url}` }).end();
    });
    for (const server of [elsewhere, gate]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    const url = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`;
    const env = { CHROMA_URL: url, TOKEN: 'tok-planted-77aa' };
    try {
      project.manifest({
        chroma: [`url: \${CHROMA_URL}`, 'collection: away', `headers: { x-chroma-token: "\${TOKEN}" }`],
      });
      project.docs(1);
      expectExplained(await project.run(['plan'], { env }), 'E401', /answers with a redirect \(status 307\)/);
      project.manifest({
        embedding: [
          'provider: openai-compatible',
          `base_url: ${url}`,
          `api_key: \${TOKEN}`,
          'model: m',
          'dimensions: 8',
        ],
      });
      const apply = await project.run(['apply', '--auto-approve'], { env: { TOKEN: env.TOKEN } });
      expect(apply.code).toBe(1);
      expect(apply.stderr + apply.stdout).toMatch(/E301[\s\S]*redirected/);
      expect(apply.stderr + apply.stdout).not.toContain(env.TOKEN);
      expect(heard).toEqual([]);
    } finally {
      elsewhere.close();
      gate.close();
      rmSync(project.ws.path('docs'), { recursive: true, force: true });
    }
  });
});

function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const settle = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}

function answer(port: number, said: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect({ host: '127.0.0.1', port });
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    socket.once('error', reject).once('close', () => resolve(heard));
    socket.write(said);
  });
}
