/** Ctrl-C, once and twice, and an embedded Chroma that dies under an apply. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { type Exchange, FlakyChroma } from '../integration/live/flaky-chroma.js';
import { isAlive, processEnded } from '../support/chroma.js';
import { startEmbeddingServer } from '../support/embedding-server.js';
import { applyIn } from '../support/in-process.js';
import {
  differences,
  type RunningCli,
  readCollection,
  Workspace,
  withEmbedded,
} from '../support/ingest-cli.js';
import { afterBatches, InterruptRig, paragraphs, whileEmbedding } from './interrupt-rig.js';

const chromaUrl = inject('chromaUrl');
/** In writes of so many records. */
const BATCH = 500;
const SIZE = 1150;

describe.skipIf(chromaUrl === '')('Ctrl-C during an apply', { timeout: 240_000 }, () => {
  let rig: InterruptRig;
  let flaky: FlakyChroma | undefined;

  afterEach(async () => {
    await flaky?.stop();
    flaky = undefined;
    await rig.stop();
  });

  it('says what is written, what is in part and what to do next', async () => {
    rig = await InterruptRig.start(chromaUrl, chromaUrl, { batch: BATCH });
    rig.workspace.write('docs/big.txt', paragraphs('big', SIZE));
    const result = await rig.interrupt('SIGINT', afterBatches(1));
    expect(result.stderr).toContain(
      'Finishing the batch in flight. Ctrl-C again stops now; that is safe too.',
    );
    const total = rig.upsertedTotals().at(-1);
    const digits = new Intl.NumberFormat('en-US').format(total ?? 0);
    expect(result.stdout).toMatch(/^Interrupted after .*\(exit 130\)$/m);
    expect(result.stdout).toMatch(
      new RegExp(`^written .*0 documents, ${digits} chunks, .*all confirmed by Chroma`, 'm'),
    );
    expect(result.stdout).toMatch(new RegExp(`^in part .*notes/big.txt: ${digits} of 1,150 chunks`, 'm'));
    expect(result.stdout).toMatch(/^Next +ingest apply --env test$/m);
    const status = await rig.workspace.call(['status'], { env: rig.env });
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.stdout).toContain('INCOMPLETE');
    expect(status.stdout).toContain(`chunks_upserted_total=${total}`);
    await rig.converge();
  });

  it('aborts the embedding that it waits for, and writes nothing', async () => {
    rig = await InterruptRig.start(chromaUrl);
    rig.server.always({ kind: 'hang' });
    rig.workspace.write('docs/big.txt', paragraphs('big', 100));
    const result = await rig.interrupt('SIGINT', whileEmbedding(1));
    expect(result.stdout).toMatch(/^left +1 document$/m);
    expect(rig.upsertedTotals()).toEqual([]);
    rig.server.always({ kind: 'ok' });
    await rig.converge();
  });

  it('finishes the request in flight and records it; a second one stops at once, and both are safe', async () => {
    flaky = new FlakyChroma(chromaUrl);
    rig = await InterruptRig.start(chromaUrl, await flaky.start(), { batch: BATCH });
    rig.workspace.write('docs/big.txt', paragraphs('big', SIZE));
    const held: Exchange[] = [];
    flaky.misbehave = async (exchange) => {
      if (!exchange.path.endsWith('/upsert')) return false;
      held.push(exchange);
      return true;
    };

    const first = rig.apply();
    await until(() => held.length > 0, first);
    first.kill('SIGINT');
    await until(() => first.stderr().includes('Finishing the batch in flight'), first);
    const [exchange] = held.splice(0);
    if (exchange === undefined) throw new Error('nothing is held');
    const answer = await exchange.forward();
    expect(first.child.exitCode).toBeNull();
    exchange.response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    expect(await first.finished).toMatchObject({ code: 130 });
    expect(rig.upsertedTotals()).toEqual([BATCH]);
    await rig.checkInterrupted('SIGINT');

    const second = rig.apply();
    await until(() => held.length > 0, second);
    second.kill('SIGINT');
    await until(() => second.stderr().includes('Finishing the batch in flight'), second);
    second.kill('SIGINT');
    // Chroma has not even seen the request: only an end at once ends this.
    expect(await second.finished).toMatchObject({ code: 130 });
    flaky.misbehave = () => false;
    expect(rig.upsertedTotals()).toEqual([BATCH]);
    await rig.checkInterrupted('SIGKILL');
    const { result } = await rig.converge();
    expect(result).toMatchObject({ embedded: 0, upserted: SIZE - BATCH });
  });
});

describe.skipIf(chromaUrl === '')('an embedded Chroma killed under an apply', { timeout: 240_000 }, () => {
  it('fails that apply by name; the next one ends as a fresh build, and no process is left', async () => {
    const workspace = new Workspace();
    const server = await startEmbeddingServer({ dimension: 8 });
    const env = { EMBED_URL: server.url };
    try {
      workspace.manifest(EMBEDDED);
      workspace.write('docs/a.txt', paragraphs('a', 200));
      expect((await workspace.call(['apply', '--auto-approve'], { env })).code).toBe(0);

      // Held in embedding, so that the kill falls between two writes.
      workspace.write('docs/b.txt', paragraphs('b', 200));
      const seen = server.requests.length;
      server.always({ kind: 'slow', ms: 3000 });
      const running = workspace.start(['apply', '--auto-approve'], { env });
      await until(() => server.requests.length > seen, running);
      const status = await workspace.callJson<{ pid: number }>(['server', 'status'], { env });
      process.kill(status.pid, 'SIGKILL');
      server.always({ kind: 'ok' });
      const failed = await running.finished;
      expect(failed.code, failed.stdout).toBe(1);
      expect(failed.stdout + failed.stderr).toMatch(/E40\d.*embedded Chroma/s);

      const plan = await workspace.callJson<{ outcome: string }>(['plan'], { env });
      expect(plan.outcome).toBe('changes');
      const mended = await workspace.call(['apply', '--auto-approve'], { env });
      expect(mended.code, mended.stdout + mended.stderr).toBe(0);
      const again = await workspace.call(['plan', '--verify', 'content', '--detailed-exitcode'], { env });
      expect(again.code, again.stdout).toBe(0);

      const collection = workspace.path('state', 'test');
      const records = await withEmbedded(collection, (url) => readCollection(url, 'notes'));
      const fresh = { root: workspace.root, env, state: 'fresh-state' };
      expect(await applyIn(fresh)).toMatchObject({ outcome: 'applied' });
      const wanted = await withEmbedded(workspace.path('fresh-state', 'test'), (url) =>
        readCollection(url, 'notes'),
      );
      expect(records.size).toBe(400);
      expect(differences(records, wanted)).toEqual([]);

      const stopping = await workspace.callJson<{ pid: number | null }>(['server', 'status'], { env });
      if (stopping.pid !== null) await processEnded(stopping.pid);
      expect(isAlive(status.pid)).toBe(false);
    } finally {
      await server.stop();
      await workspace.dispose();
    }
  });
});

const EMBEDDED = `
apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: notes }
environments: { test: { chroma: embedded } }
embedding:
  provider: openai-compatible
  base_url: "\${EMBED_URL}"
  model: test
  dimensions: 8
chunking: { max_chars: 200, min_chars: 40 }
sources: [{ id: notes, root: ../docs }]
`;

async function until(come: () => boolean, running: RunningCli): Promise<void> {
  while (!come()) {
    if (running.child.exitCode !== null)
      throw new Error(`ended before:\n${running.stdout()}\n${running.stderr()}`);
    await sleep(2);
  }
}
