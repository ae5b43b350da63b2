import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { planJson } from '../../src/report/plan-json.js';
import { change, fullPlan, planOf, side, withheld } from '../unit/report/plan-fixture.js';
import {
  applyResult,
  drifted,
  HOLDER,
  RUN,
  statusIndex,
  statusReport,
} from '../unit/report/results-fixture.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

function readSchema(name: string): JsonObject {
  return JSON.parse(readFileSync(new URL(`../../contracts/${name}`, import.meta.url), 'utf8')) as JsonObject;
}

/** The schema with every described object closed: what is written but not described is then a fault. */
function closed(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const describesObject = 'properties' in copy && 'required' in copy && !('additionalProperties' in copy);
  return describesObject ? { ...copy, additionalProperties: false } : copy;
}

function validator(name: string, strictKeys: boolean): (value: unknown) => string[] {
  const schema = readSchema(name);
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictRequired: false });
  const check = ajv.compile((strictKeys ? closed(schema) : schema) as JsonObject);
  return (value) =>
    check(value) ? [] : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}

function planObject(): JsonObject {
  return JSON.parse([...planJson(fullPlan())].join('\n')) as JsonObject;
}

/** A copy in which the value at a path ("indexes/0/live") is replaced, or removed when undefined. */
function altered(path: string, value: Json | undefined): JsonObject {
  const plan = planObject();
  const keys = path.split('/');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Json>((at, key) => (at as JsonObject)[key] ?? null, plan) as JsonObject;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return plan;
}

describe('contracts/plan.schema.json', () => {
  const validate = validator('plan.schema.json', false);

  it('accepts a plan with every kind of change, and describes every key of it', () => {
    expect(validate(planObject())).toEqual([]);
    expect(validator('plan.schema.json', true)(planObject())).toEqual([]);
  });

  it('accepts withheld losses, warnings, skipped types and a plan without changes', () => {
    const warnings = [{ key: 'front-matter', message: 'malformed', detail: null, functional: false }];
    const plan = planOf(() => [withheld('handbook/a.md')], { index: { warnings } });
    expect(validator('plan.schema.json', true)(JSON.parse([...planJson(plan)].join('')))).toEqual([]);
    expect(validate(JSON.parse([...planJson(planOf(() => []))].join('')))).toEqual([]);
  });

  it('accepts the text of changed documents, and describes every key of it', () => {
    const chunk = { lines: [1, 3] as const, heading: 'Guide', text: 'New.' };
    const hunk = { removed: [{ lines: null, heading: '', text: null }], added: [chunk] };
    const diff = { hunks: [hunk], kept: 2, cut: 1 };
    const plan = (one: object) => planOf(() => [change('a/b.md', { diff: { ...diff, ...one } })]);
    const read = (one: object): unknown => JSON.parse([...planJson(plan(one))].join(''));
    expect(validator('plan.schema.json', true)(read({}))).toEqual([]);
    expect(read({})).toMatchObject({ indexes: [{ changes: [{ diff }] }] });
    expect(validate(read({ hunks: [{ removed: [], added: [{ ...chunk, text: 1 }] }] }))).not.toEqual([]);
    expect(validate(read({ hunks: [{ removed: [], added: [{ ...chunk, lines: [1] }] }] }))).not.toEqual([]);
  });

  it('accepts timings, which are the last but the id', () => {
    const timings = { wall_ms: 5, phases: [{ phase: 'scan', busy_ms: 3, times: 1 }] } as const;
    const plan: unknown = JSON.parse(
      [
        ...planJson(
          planOf(() => []),
          { timings },
        ),
      ].join(''),
    );
    expect(plan).toMatchObject({ timings });
    expect(validator('plan.schema.json', true)(plan)).toEqual([]);
  });

  it('accepts a later minor version with keys it does not know', () => {
    const plan = { ...planObject(), format_version: '1.7', added_later: { any: 'thing' } };
    expect(validate(plan)).toEqual([]);
  });

  it.each([
    ['an unknown major version', 'format_version', '2.0'],
    ['an unknown outcome', 'outcome', 'maybe'],
    ['a plan id that is not a SHA-256', 'plan_id', 'c4e19b02'],
    ['a time without zone', 'created_at', '2026-11-21T23:41:09'],
    ['a missing summary', 'summary', undefined],
    ['a missing live part', 'indexes/0/live', undefined],
    ['an unknown live status', 'indexes/0/live/status', 'empty'],
    ['an unknown verify level', 'indexes/0/live/verify', 'deep'],
    ['a negative count', 'indexes/0/coverage/declared', -1],
    ['a fraction of a chunk', 'indexes/0/changes/0/chunks/add', 0.5],
    ['an unknown action', 'indexes/0/changes/0/action', 'upsert'],
    ['a change without a uri', 'indexes/0/changes/0/uri', undefined],
    ['a move from nowhere', 'indexes/0/changes/4/moved_from', null],
    ['a create of nothing', 'indexes/0/changes/0/after', null],
  ] as const)('refuses %s', (_name, path, value) => {
    expect(validate(altered(path, value))).not.toEqual([]);
  });

  it('refuses a withheld loss without its guard', () => {
    const plan = planOf(() => [change('a/b.md', { action: 'withheld', before: side('1', 1), guard: null })]);
    expect(validate(JSON.parse([...planJson(plan)].join('')))).not.toEqual([]);
  });
});

describe('contracts/report.schema.json', () => {
  const validate = validator('report.schema.json', false);
  const strict = validator('report.schema.json', true);
  const done = { documents_done: 1, documents_total: 2, chunks_written: 3, batches: 1, paid_not_written: 4 };

  it.each([
    ['an applied result', applyResult()],
    [
      'a result with timings',
      { ...applyResult(), timings: { wall_ms: 5, phases: [{ phase: 'embed', busy_ms: 3, times: 1 }] } },
    ],
    ['a locked result', applyResult({ outcome: 'locked', holder: HOLDER, run_id: null, strict_sync: null })],
    ['a stale result', applyResult({ outcome: 'stale', moved: ['handbook/a.md was edited'] })],
    [
      'an interrupted result',
      applyResult({
        outcome: 'interrupted',
        interrupted: { ...done, in_part: [{ uri: 'a/b.md', done: 1, total: 2 }] },
      }),
    ],
    ['a drift report', drifted()],
    ['a status report', statusReport(statusIndex())],
    ['a status report with nothing recorded', statusReport()],
    [
      'a status report before the first run',
      statusReport(statusIndex({ last_run: null, last_good_run: RUN })),
    ],
  ])('accepts %s, and describes every key of it', (_name, report) => {
    expect(validate(report)).toEqual([]);
    expect(strict(report)).toEqual([]);
  });

  it.each([
    ['an unknown outcome', { ...applyResult(), outcome: 'ok' }],
    ['a result without its type', { ...applyResult(), type: undefined }],
    ['a negative count', applyResult({ failed: -1 })],
    [
      'an unknown drift class',
      { ...drifted(), indexes: [{ ...drifted().indexes[0], classes: [{ class: 'lost' }] }] },
    ],
    ['a status report without answers', statusReport({ ...statusIndex(), searchers: 'some' as 'new' })],
    ['something else', {}],
  ])('refuses %s', (_name, report) => {
    expect(validate(JSON.parse(JSON.stringify(report)))).not.toEqual([]);
  });
});
