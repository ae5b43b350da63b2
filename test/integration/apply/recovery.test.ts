/** What a run that was stopped leaves behind, and what the next one makes of it. */
import { randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type ApplyAnswer, status } from '../../../src/pipeline.js';
import { loadPlan } from '../../../src/plan/saved/load-plan.js';
import { savePlan } from '../../../src/plan/saved/save-plan.js';
import { openStateReader } from '../../../src/recorded/open-state.js';
import { planJson } from '../../../src/report/plan-json.js';
import { Killed } from '../../support/intercepted-session.js';
import { Workspace } from '../../support/workspace.js';

const chromaUrl = inject('chromaUrl');

/** Sections whose texts differ, so that each is a chunk. */
function document(name: string, sections: number, version = 1): string {
  const body = (n: number): string =>
    `${name} ${n} version ${version} speaks about subject ${n}. `.repeat(12);
  return Array.from({ length: sections }, (_, n) => `# ${name} section ${n}\n\n${body(n)}\n`).join('\n');
}

describe.skipIf(chromaUrl === '')('recovery', () => {
  let work: Workspace;
  let collection: string;

  beforeEach(() => {
    work = new Workspace(chromaUrl);
    collection = `recovery-${randomUUID()}`;
  });
  afterEach(() => work.close());

  /** Nothing left to do, looked at id by id. */
  async function expectConverged(): Promise<void> {
    await work.plan(
      (plan) => {
        expect(plan.indexes.flatMap((index) => [...index.changes()])).toEqual([]);
        for (const { header } of plan.indexes) {
          expect(header.live).toMatchObject({ status: 'ok', missing: 0, orphan: 0, tampered: 0, foreign: 0 });
          expect(header.index_actions).toEqual([]);
        }
      },
      { verify: 'content' },
    );
  }

  function expectFinished(...manifests: readonly string[]): void {
    const state = openStateReader(join(work.root, 'state/dev'));
    try {
      for (const index of status(state, undefined, 'dev', null).indexes) {
        expect(index).toMatchObject({ resume_active: false, in_part: 0 });
      }
      for (const id of manifests) {
        expect(state.index(id)?.last_good_run).toBe(state.index(id)?.last_run);
        expect(existsSync(join(work.root, 'state/dev', id, 'LATEST'))).toBe(true);
      }
    } finally {
      state.close();
    }
  }

  test('what an unfinished document left is cleared also when another manifest shares its collection', async () => {
    work.manifest('alpha', collection);
    work.manifest('beta', collection);
    work.write('docs/alpha/a.md', document('a', 3));
    work.write('docs/beta/b.md', document('b', 2));
    await work.applied();
    work.write('docs/alpha/a.md', document('a', 3, 2));
    await work.killed({ after: (step) => step === 'put' });
    work.write('docs/alpha/a.md', document('a', 3, 3));

    expect(await work.applied()).toMatchObject({ outcome: 'applied', strict_sync: { ok: true } });
    await expectConverged();
  });

  test('an unfinished document of another manifest is no mismatch', async () => {
    work.manifest('alpha', collection);
    work.manifest('beta', collection);
    work.write('docs/alpha/a.md', document('a', 2));
    work.write('docs/beta/b.md', document('b', 3));
    await work.applied();
    work.write('docs/beta/b.md', document('b', 5, 2));
    await work.killed({ after: (step) => step === 'put' });
    work.write('docs/alpha/a.md', document('a', 2, 2));

    expect(await work.applied()).toMatchObject({ outcome: 'applied', strict_sync: { ok: true } });
    await expectConverged();
  });

  test('an unfinished document outside of --only is no mismatch', async () => {
    work.manifest('alpha', collection);
    work.write('docs/alpha/a.md', document('a', 3));
    await work.killed({ after: (step) => step === 'put' });
    work.write('docs/alpha/other.md', document('other', 1));

    const result = await work.applied({ only: ['alpha/other.md'] });
    expect(result).toMatchObject({ outcome: 'applied', strict_sync: { ok: true } });
    await work.applied();
    await expectConverged();
  });

  test('a run killed at any transaction is finished by the next one, though nothing may be left to write', async () => {
    let killedAt = 0;
    for (let at = 1; ; at++) {
      const here = new Workspace(chromaUrl);
      try {
        work.close();
        work = here;
        collection = `recovery-${randomUUID()}`;
        here.manifest('alpha', collection);
        here.write('docs/alpha/a.md', document('a', 2));
        here.write('docs/alpha/b.md', document('b', 2));
        await here.killed({ after: (step, call) => step === 'transaction' && call === at });
        killedAt = at;
        await here.applied();
        await expectConverged();
        expectFinished('alpha');
        expect(await here.applied()).toMatchObject({ outcome: 'no_changes' });
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('the run ended')) break;
        throw error;
      }
    }
    expect(killedAt).toBeGreaterThan(5);
  });

  test('a collection that vanishes after it was planned is not quietly made again', async () => {
    work.manifest('alpha', collection);
    work.write('docs/alpha/a.md', document('a', 2));
    work.write('docs/alpha/b.md', document('b', 2));
    await work.applied();
    work.write('docs/alpha/a.md', document('a', 2, 2));
    const path = `${chromaUrl}/api/v2/tenants/default_tenant/databases/default_database/collections/${collection}`;
    const approve = async (): Promise<boolean> => (await fetch(path, { method: 'DELETE' })).ok;

    const answer: ApplyAnswer = await work.apply({}, {}, { approve });
    expect(answer).toMatchObject({ kind: 'result', result: { outcome: 'failed' } });
    expect((await fetch(path)).status).toBe(404);
    await work.applied();
    await expectConverged();
    await work.plan((plan) => expect(plan.indexes[0]?.header.recorded.documents).toBe(2));
  });

  test('a document deleted because it is rejected is known from then on', async () => {
    work.manifest('alpha', collection, 'policy: { on_reject: delete }');
    work.write('docs/alpha/a.md', document('a', 2));
    work.write('docs/alpha/b.md', document('b', 2));
    await work.applied();
    writeFileSync(join(work.root, 'docs/alpha/a.md'), Buffer.from([0x61, 0xff, 0xfe, 0x62]));

    expect(await work.applied()).toMatchObject({ outcome: 'partial', rejected: 1, applied: { delete: 1 } });
    await expectConverged();
    expect(await work.applied()).toMatchObject({ outcome: 'no_changes', rejected: 0 });
  });

  test('a saved plan does not touch a manifest that was added after it', async () => {
    work.manifest('alpha', collection);
    work.write('docs/alpha/a.md', document('a', 2));
    const file = join(work.root, 'saved.plan');
    await work.plan((plan) => savePlan(file, planJson(plan)));
    work.manifest('beta', `${collection}-b`);
    work.write('docs/beta/b.md', document('b', 2));
    const saved = await loadPlan(file);
    try {
      await work.apply({}, {}, { saved });
    } finally {
      saved.close();
    }
    const state = openStateReader(join(work.root, 'state/dev'));
    expect(state.indexes().map((index) => index.manifest_id)).toEqual(['alpha']);
    state.close();
  });

  test('a run that held losses back was not interrupted', async () => {
    work.manifest('alpha', collection);
    for (const n of [1, 2, 3, 4, 5]) work.write(`docs/alpha/${n}.md`, document(`d${n}`, 1));
    await work.applied();
    for (const n of [1, 2, 3]) work.remove(`docs/alpha/${n}.md`);
    work.write('docs/alpha/5.md', document('d5', 1, 2));
    expect(await work.applied()).toMatchObject({ outcome: 'partial', withheld: 3 });
    const answer = await work.apply();
    expect(answer).toMatchObject({ kind: 'result', resume: { resume_active: false } });
  });

  test('a signal ends the run after the request in flight, and the next run goes on from there', async () => {
    work.manifest('alpha', collection);
    work.write('docs/alpha/a.md', document('a', 3));
    const stop = new AbortController();
    const after = (step: string): void => {
      if (step === 'put') stop.abort(new Error('SIGINT'));
    };
    const answer = await work.apply({}, { after }, { stop });
    expect(answer).toMatchObject({ kind: 'result', result: { outcome: 'interrupted' } });
    await work.applied();
    await expectConverged();
    expectFinished('alpha');
  });

  test('a signal while the plan is being approved ends it: no run is recorded, nothing is sent', async () => {
    work.manifest('alpha', collection);
    work.write('docs/alpha/a.md', document('a', 3));
    const stop = new AbortController();
    const approve = async (): Promise<boolean> => {
      stop.abort(new Error('SIGINT'));
      return true;
    };
    const steps: string[] = [];
    const before = (step: string): void => void steps.push(step);
    await expect(work.apply({}, { before }, { approve, stop })).rejects.toThrow('SIGINT');
    expect(steps).toEqual([]);
    const path = `${chromaUrl}/api/v2/tenants/default_tenant/databases/default_database/collections/${collection}`;
    expect((await fetch(path)).status).toBe(404);
  });

  test('an apply in the middle of a look is no drift', async () => {
    work.manifest('alpha', collection);
    work.write('docs/alpha/a.md', document('a', 3));
    await work.applied();
    const after = async (step: string): Promise<void> => {
      if (step !== 'ids') return;
      work.write('docs/alpha/b.md', document('b', 2));
      work.write('docs/alpha/a.md', document('a', 2, 2));
      await work.applied();
    };
    await work.plan(
      (plan) => expect(plan.indexes[0]?.header.live).toMatchObject({ missing: 0, orphan: 0, tampered: 0 }),
      { verify: 'ids' },
      { after },
    );
  });

  test('a kill is what the tests take it for', async () => {
    work.manifest('alpha', collection);
    work.write('docs/alpha/a.md', document('a', 2));
    const before = (step: string): void => {
      if (step === 'put') throw new Killed('now');
    };
    await expect(work.apply({}, { before })).rejects.toThrow(Killed);
  });
});
