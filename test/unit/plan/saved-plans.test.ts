import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Plan } from '../../../src/domain/plan.js';
import { loadPlan } from '../../../src/plan/saved/load-plan.js';
import { savePlan } from '../../../src/plan/saved/save-plan.js';
import { planJson } from '../../../src/report/plan-json.js';
import { quickFolder } from '../../support/quick-folder.js';
import { change, planOf } from './changes.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(quickFolder(), 'ingest-plans-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const CHANGES: readonly Change[] = Array.from({ length: 1203 }, (_, i) =>
  change({ uri: `h/${String(i).padStart(4, '0')}-入门 "q" \u2028.md`, resume: i % 2 === 0 }),
);

async function saved(plan: Plan = planOf(CHANGES), name = 'a.plan'): Promise<string> {
  const file = join(folder, name);
  await savePlan(file, planJson(plan));
  return file;
}

async function edited(edit: (text: string) => string): Promise<string> {
  const file = await saved();
  writeFileSync(file, edit(readFileSync(file, 'utf8')));
  return file;
}

async function read(file: string) {
  const plan = await loadPlan(file);
  try {
    return {
      header: plan.header,
      indexes: plan.indexes.map((index) => ({ header: index.header, changes: [...index.changes()] })),
    };
  } finally {
    plan.close();
  }
}

describe('a saved plan', () => {
  it.each(['a.plan', 'a.plan.gz'])('comes back as it was, from %s', async (name) => {
    const plan = planOf(CHANGES);
    const file = await saved(plan, name);
    const back = await read(file);
    expect(back.header).toEqual(plan.header);
    expect(back.indexes).toHaveLength(1);
    expect(back.indexes[0]?.changes).toEqual(CHANGES);
    expect(back.indexes[0]?.header).toMatchObject(plan.indexes[0]?.header ?? {});
    expect(readdirSync(folder)).toEqual([name]);
  });

  it.each([
    ['a part that its id does not cover', '"live": {', '"live": null, "was": {'],
    ['an environment that is a path', '"environment": "dev"', '"environment": "../../elsewhere"'],
  ])('is refused, in words, for %s', async (_name, from, to) => {
    const file = await edited((text) => text.replace(from, to));
    expect(readFileSync(file, 'utf8')).toContain(to);
    await expect(read(file)).rejects.toMatchObject({
      code: 'E602',
      message: expect.stringMatching(/must (?:be|match)/),
    });
  });

  it('is gzipped by its name', async () => {
    const file = await saved(planOf(CHANGES), 'a.plan.gz');
    expect(JSON.parse(gunzipSync(readFileSync(file)).toString())).toMatchObject({ format_version: '1.0' });
  });

  it('leaves the old file alone, and nothing beside it, when writing fails', async () => {
    const file = await saved();
    const before = readFileSync(file, 'utf8');
    function* broken(): Generator<string> {
      yield '{';
      throw new Error('no more');
    }
    await expect(savePlan(file, broken())).rejects.toMatchObject({ code: 'E602' });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readdirSync(folder)).toEqual(['a.plan']);
  });

  it('keeps changes of several indexes apart', async () => {
    const one = planOf([change({ uri: 'h/1' })]);
    const both = { ...one, indexes: [...one.indexes, ...planOf([change({ uri: 'h/2' })]).indexes] };
    const { computePlanId } = await import('../../../src/plan/saved/plan-id.js');
    const id = computePlanId(
      'dev',
      both.indexes.map((index) => ({
        ...index.header,
        sha256: 'd'.repeat(64),
        changes: () => index.changes(),
      })),
    );
    const file = await saved({ ...both, header: { ...both.header, plan_id: id } });
    const uris = (await read(file)).indexes.map((index) => index.changes.map((found) => found.uri));
    expect(uris).toEqual([['h/1'], ['h/2']]);
  });

  it('is refused when it was cut off', async () => {
    const file = await edited((text) => text.slice(0, text.length / 2));
    await expect(loadPlan(file)).rejects.toMatchObject({ code: 'E602', kind: 'input' });
  });

  it('is refused when a gzip was cut off', async () => {
    const file = await saved(planOf(CHANGES), 'b.plan.gz');
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length / 2));
    await expect(loadPlan(file)).rejects.toMatchObject({ code: 'E602' });
  });

  it.each([
    ['another uri', '0007-', '000x-'],
    ['another action', '"action":"update"', '"action":"delete"'],
    ['another environment', '"environment":"dev"', '"environment":"prod"'],
  ])('is refused when it was altered: %s', async (_what, from, to) => {
    const file = await edited((text) => {
      expect(compact(text)).toContain(from);
      return compact(text).replace(from, to);
    });
    await expect(loadPlan(file)).rejects.toThrow('was altered');
  });

  it('is refused, with advice, when a newer major wrote it', async () => {
    const file = await edited((text) =>
      compact(text).replace('"format_version":"1.0"', '"format_version":"2.0"'),
    );
    await expect(loadPlan(file)).rejects.toThrow('format 2.0');
  });

  it('is read when a newer minor wrote it, with keys that nobody knows yet', async () => {
    const file = await edited((text) =>
      compact(text)
        .replace('"format_version":"1.0"', '"format_version":"1.7","novelty":{"indexes":[{"changes":[1]}]}')
        .replace('"detail":null', '"detail":null,"mood":["changes"]'),
    );
    expect((await read(file)).indexes[0]?.changes).toHaveLength(CHANGES.length);
  });

  it('pollutes nothing with a key named __proto__', async () => {
    const file = await edited((text) =>
      compact(text).replace('"detail":null', '"detail":null,"__proto__":{"polluted":true}'),
    );
    await read(file).catch(() => {});
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ['not JSON', 'hello'],
    ['an empty file', ''],
    ['JSON of another kind', '{"a":1}'],
    ['a list', '[]'],
    ['a header without base', '{"format_version":"1.0","plan_id":"x","environment":"dev","indexes":[]}'],
    [
      'a change that is none',
      '{"format_version":"1.0","plan_id":"x","environment":"dev","indexes":[{"changes":[7]}]}',
    ],
    ['two plans', '{"format_version":"1.0"}{"format_version":"1.0"}'],
  ])('is refused when it is %s', async (_what, text) => {
    const file = join(folder, 'x.plan');
    writeFileSync(file, text);
    await expect(loadPlan(file)).rejects.toMatchObject({ code: 'E602' });
  });

  it('is refused when it is not there', async () => {
    await expect(loadPlan(join(folder, 'none.plan'))).rejects.toMatchObject({ code: 'E602' });
    await expect(loadPlan(join(folder, 'none.plan.gz'))).rejects.toMatchObject({ code: 'E602' });
  });
});

/** As one line, so that a test can name what it alters. */
function compact(text: string): string {
  return JSON.stringify(JSON.parse(text));
}
