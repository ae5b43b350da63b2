/** Readers that go away, signals of a container and an odd environment: no stack trace, and no apply is harmed. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddingServer } from '../../support/embedding-server.js';
import { applyResult } from '../../support/ingest-cli.js';
import { article, Project } from '../../support/project.js';
import { useChroma } from '../../support/use-chroma.js';
import { expectExplained, expectNoTrace } from './explained.js';

const EXEC = ['sh', '-c', 'exec "$@"', 'sh'];

const chroma = useChroma();
let project: Project;

beforeEach(() => {
  project = new Project(chroma.url);
  project.manifest();
});
afterEach(() => project.dispose());

describe('a reader that goes away', () => {
  const HEAD = ['bash', '-c', 'set -o pipefail; "$@" | head -c 20', 'bash'];
  const DEAF = ['bash', '-c', 'set -o pipefail; "$@" 2> >(exec true) | exec true', 'bash'];

  it('is no error of plan and journal: their own exit code, and silence', async () => {
    project.docs(60);
    await project.apply();
    for (let n = 0; n < 60; n++) project.doc(`new-${n}.md`, article(`new ${n}`));
    for (const [code, ...args] of [
      [0, 'journal'],
      [0, 'plan', '--verbose'],
      [2, 'plan', '--json', '--detailed-exitcode'],
    ] as const) {
      const result = await project.run(args, { through: HEAD });
      expect({ args, code: result.code, stderr: result.stderr }).toEqual({ args, code, stderr: '' });
      expect(result.stdout).toHaveLength(20);
    }
  });

  it('does not stop an apply, nor when stderr is closed too: it is applied to its end', async () => {
    project.docs(20);
    const result = await project.run(['apply', '--auto-approve', '--json'], { through: DEAF });
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
    const plan = await project.plan();
    expect(plan.outcome).toBe('no_changes');
    expect(plan.indexes[0]?.recorded).toMatchObject({ documents: 20 });
  });

  it.skipIf(!existsSync('/dev/full'))(
    'a full disk behind stdout is E701; the apply is done all the same',
    async () => {
      project.docs(3);
      const FULL = ['sh', '-c', 'exec "$@" > /dev/full', 'sh'];
      expectExplained(
        await project.run(['apply', '--auto-approve', '--json'], { through: FULL }),
        'E701',
        /output cannot be written: the disk is full/,
      );
      expect((await project.plan()).outcome).toBe('no_changes');
      for (const args of [['journal'], ['--help'], ['plan', '--help'], ['--version']]) {
        expectExplained(await project.run(args, { through: FULL }), 'E701', /the disk is full/);
      }
    },
  );
});

describe.skipIf(process.platform === 'win32')('signals of a container or a terminal', () => {
  const embedding = (url: string) => [
    'provider: openai-compatible',
    `base_url: ${url}`,
    'model: m',
    'dimensions: 16',
    'batch_size: 4',
  ];

  it('SIGTERM and SIGHUP end an apply as Ctrl-C does, and a re-run goes on', async () => {
    const embeddings = await startEmbeddingServer();
    try {
      project.manifest({ embedding: embedding(embeddings.url) });
      project.docs(8);
      for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
        // The run before may have had more than two in flight.
        const before = embeddings.requests.length;
        embeddings.next({ kind: 'ok' });
        embeddings.always({ kind: 'hang' });
        const apply = project.ws.start(['apply', '--auto-approve', '--json'], {
          env: project.env,
          through: EXEC,
        });
        await embeddings.received(before + 2);
        apply.kill(signal);
        const result = await apply.finished;
        expect({ code: result.code, signal: result.signal }).toEqual({ code: 130, signal: null });
        expect(applyResult(result)).toMatchObject({ outcome: 'interrupted', reason: signal });
        expectNoTrace(result);
      }
      embeddings.always({ kind: 'ok' });
      await project.settle();
      expect(embeddings.embedded).toHaveLength(24);
    } finally {
      await embeddings.stop();
    }
  });

  it('is the first process of a container: SIGTERM ends it with 130', async (context) => {
    const CONTAINER = ['unshare', '--fork', '--pid', '--kill-child', '--mount-proc'];
    const probe = await new Promise<number | null>((resolve) => {
      const child = spawn(CONTAINER[0] ?? '', [...CONTAINER.slice(1), 'true'], { stdio: 'ignore' });
      child.once('error', () => resolve(null));
      child.once('close', resolve);
    });
    if (probe !== 0) return context.skip('no process namespace can be made here');
    const embeddings = await startEmbeddingServer({ always: { kind: 'hang' } });
    try {
      project.manifest({ embedding: embedding(embeddings.url) });
      project.docs(2);
      const apply = project.ws.start(['apply', '--auto-approve', '--json'], {
        env: project.env,
        through: CONTAINER,
      });
      await embeddings.received(1);
      const { pid } = apply.child;
      const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
      process.kill(Number(first), 'SIGTERM');
      const result = await apply.finished;
      expect(result.code).toBe(130);
      embeddings.always({ kind: 'ok' });
      await project.settle();
    } finally {
      await embeddings.stop();
    }
  });
});

describe('an odd environment', () => {
  it('no HOME, no locale, an unknown time zone, warnings that throw: apply, status and drift work; PATH alone is enough for plan', async () => {
    project.docs(2);
    const env = {
      HOME: '',
      XDG_CACHE_HOME: '',
      LANG: 'C',
      LC_ALL: 'POSIX',
      TZ: 'Nowhere/At_All',
      NODE_OPTIONS: '--throw-deprecation --unhandled-rejections=strict --disable-proto=delete',
    };
    for (const args of [['apply', '--auto-approve'], ['status'], ['drift', '--verify', 'content']]) {
      const result = await project.run(args, { env });
      expect({ args, code: result.code, stderr: result.stderr }).toEqual({ args, code: 0, stderr: '' });
    }
    const through = ['env', '-i', `PATH=${process.env['PATH'] ?? ''}`, `CHROMA_URL=${chroma.url}`];
    const result = await project.run(['plan'], { through });
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('a current folder that was deleted is E702', async () => {
    mkdirSync(project.ws.path('gone'));
    for (const args of [['plan'], ['apply', '--auto-approve']]) {
      const result = await project.run(args, {
        cwd: project.ws.path('gone'),
        through: ['sh', '-c', 'mkdir -p "$PWD" && rmdir "$PWD" && exec "$@"', 'sh'],
      });
      mkdirSync(project.ws.path('gone'), { recursive: true });
      expectExplained(result, 'E702', /current folder does not exist/);
    }
  });
});
