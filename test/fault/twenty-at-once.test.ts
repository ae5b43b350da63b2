/** Twenty applies that start together: on one state one of them wins, and of two states one owns the collection. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { InterruptRig, paragraphs, whileEmbedding } from '../cli/interrupt-rig.js';
import { type CliResult, type RunningCli, readCollection } from '../support/ingest-cli.js';

const chromaUrl = inject('chromaUrl');
const LOCKED = 4;

describe.skipIf(chromaUrl === '')('twenty applies at once', () => {
  const rigs: InterruptRig[] = [];

  afterEach(async () => {
    for (const rig of rigs.splice(0)) await rig.stop();
  });

  /** Its winner waits for embeddings until the test says so: nobody comes when all is done. */
  const begin = async (document: string): Promise<InterruptRig> => {
    const rig = await InterruptRig.start(chromaUrl);
    rigs.push(rig);
    rig.workspace.write(`docs/${document}.txt`, paragraphs(document, 50));
    return rig;
  };

  /** Starts so many, and gives the results of all but the one that waits for embeddings. */
  const race = async (rig: InterruptRig, many: number): Promise<readonly [RunningCli, CliResult[]]> => {
    const runs = Array.from({ length: many }, () => rig.apply());
    const losers: CliResult[] = [];
    const ended = new Set<RunningCli>();
    for (const run of runs) {
      void run.finished.then((result) => {
        losers.push(result);
        ended.add(run);
      });
    }
    while (losers.length < many - 1) await sleep(20);
    const [winner] = runs.filter((run) => !ended.has(run));
    if (winner === undefined) throw new Error('nobody is left');
    // On a busy machine nineteen may be turned away while the one that holds the lease is still planning.
    while (!whileEmbedding(1).come(rig, { seq: 0, requests: 0 })) {
      if (ended.has(winner)) throw new Error('the winner ended before it embedded');
      await sleep(20);
    }
    return [winner, losers];
  };

  it('on one state: one goes through, nineteen say who holds it, since when, and what to do', async () => {
    const rig = await begin('one');
    rig.server.always({ kind: 'hang' });
    const [winner, losers] = await race(rig, 20);
    for (const { code, stdout, stderr } of losers) {
      const said = `${stdout}${stderr}`.replace(/\s+/g, ' ');
      expect(code, said).toBe(LOCKED);
      expect(said).toContain(`pid ${winner.child.pid}`);
      expect(said).toMatch(/since \S+/);
      expect(said).toMatch(/Next|Wait|wait/);
    }
    winner.kill('SIGINT');
    expect(await winner.finished).toMatchObject({ code: 130 });
    rig.server.always({ kind: 'ok' });
    await rig.converge();
  });

  it('on two states and one collection: one state owns it, of the other nothing is written', async () => {
    const [one, other] = [await begin('one'), await begin('other')];
    const sameCollection = { ...other.env, COLLECTION: one.collection };
    const runs = Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0 ? one.apply() : other.workspace.start(['apply', '--auto-approve'], { env: sameCollection }),
    );
    const results = await Promise.all(runs.map((run) => run.finished));
    const codes = [0, 1].map((half) => results.filter((_, i) => i % 2 === half).map(({ code }) => code));
    const owner = codes[0]?.includes(0) ? 0 : 1;
    const [owners, strangers] = [owner, 1 - owner].map((half) => results.filter((_, i) => i % 2 === half));
    // Who comes when the winner is done has nothing left to do.
    for (const { code, stderr } of owners ?? []) expect([0, LOCKED], stderr).toContain(code);
    for (const { code, stdout, stderr } of strangers ?? []) {
      expect([1, LOCKED], stderr).toContain(code);
      if (code === 1) expect(`${stdout}${stderr}`).toContain('E403');
    }
    expect(strangers?.some(({ code }) => code === 1)).toBe(true);
    const uris = new Set(
      [...(await readCollection(chromaUrl, one.collection)).values()].map(
        ({ metadata }) => metadata['ingest_uri'],
      ),
    );
    expect([...uris]).toEqual([`notes/${owner === 0 ? 'one' : 'other'}.txt`]);
    expect((await readCollection(chromaUrl, one.collection)).size).toBe(50);
  });
});
