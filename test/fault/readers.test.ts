/** Plan, drift, status and journal beside an apply and after its kill: none fails, none changes what is recorded. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { StatusReport } from '../../src/domain/results.js';
import { InterruptRig, paragraphs } from '../cli/interrupt-rig.js';
import { type CliResult, differences, jsonLines, parseJson } from '../support/ingest-cli.js';
import { filesBelow } from '../support/project.js';
import { HeldChroma, letPass } from './held-chroma.js';

const chromaUrl = inject('chromaUrl');
/** In writes of so many records. */
const BATCH = 100;
const SIZE = 250;
const READERS = ['plan', 'drift', 'status', 'journal'] as const;

describe.skipIf(chromaUrl === '')('readers', () => {
  let rig: InterruptRig;
  let chroma: HeldChroma;

  afterEach(async () => {
    await rig.stop();
    await chroma.stop();
  });

  /** All four at once, as many cron jobs would. */
  const readAll = async (): Promise<Record<(typeof READERS)[number], CliResult>> => {
    const read = (name: string) =>
      rig.workspace.run(name === 'journal' ? [name] : [name, '--json'], { env: rig.env });
    const [plan, drift, status, journal] = await Promise.all([
      read('plan'),
      read('drift'),
      read('status'),
      read('journal'),
    ]);
    for (const result of [plan, status, journal]) expect(result.code, result.stderr).toBe(0);
    // 2 is drift, which is no failure.
    expect([0, 2], drift.stderr).toContain(drift.code);
    expect(jsonLines(journal).map((event) => event['type'])).toContain('UPSERT_BATCH_COMMITTED');
    return { plan, drift, status, journal };
  };

  /** Bytes of the recorded state; the heartbeat is the writer's, and the index of a log is for whoever reads it. */
  const recorded = (): Record<string, string> =>
    Object.fromEntries(
      filesBelow(rig.workspace.path('state', 'test'))
        .map((file) => [basename(file), file] as const)
        .filter(([name]) => !/^lease\.|-shm$/.test(name))
        .map(([name, file]) => [name, createHash('sha256').update(readFileSync(file)).digest('hex')]),
    );

  it('disturb neither a run nor what a kill left of it', async () => {
    chroma = new HeldChroma(chromaUrl);
    rig = await InterruptRig.start(chromaUrl, await chroma.start(), { batch: BATCH });
    rig.workspace.write('docs/big.txt', paragraphs('big', SIZE));
    chroma.hold = (path, before) => path.endsWith('/upsert') && before === 1;
    const running = rig.apply();
    const held = await chroma.next(running);
    const [files, records] = [recorded(), await rig.records()];
    const during = await readAll();
    expect(parseJson<StatusReport>(during.status).lease).toMatchObject({ pid: running.child.pid });
    expect(recorded()).toEqual(files);
    expect(differences(await rig.records(), records)).toEqual([]);

    running.kill('SIGKILL');
    await running.finished;
    held.cut();
    const after = await readAll();
    expect(parseJson<StatusReport>(after.status).lease).toBeNull();
    expect(parseJson<{ summary: unknown }>(after.plan).summary).toMatchObject({ create: 1, resume: 1 });
    expect(recorded()).toEqual(files);
    expect(differences(await rig.records(), records)).toEqual([]);

    // The dead holder is passed over without a wait, with readers all the while.
    chroma.hold = (path) => path.endsWith('/upsert');
    const next = rig.apply('--json');
    const rest = await chroma.next(next);
    await readAll();
    chroma.hold = () => false;
    const [, finished] = await Promise.all([letPass(rest), next.finished, readAll()]);
    expect(finished.code, finished.stderr).toBe(0);
    expect(finished.stderr).not.toContain('Lease held by');
    await rig.checkConverged();
  });
});
