/** contracts/smoke_report.schema.json: what `ingest smoke` prints, and what it never does. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { SMOKE_STEPS, type SmokeReport, type SmokeStep } from '../../src/domain/smoke.js';
import { renderSmoke } from '../../src/report/smoke/render-smoke.js';
import { renderSmokeMarkdown } from '../../src/report/smoke/smoke-markdown.js';
import { plainStyle } from '../../src/report/style.js';

const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
  strictTypes: false,
});
addFormats.default(ajv);
const check = ajv.compile(
  JSON.parse(
    readFileSync(new URL('../../contracts/smoke_report.schema.json', import.meta.url), 'utf8'),
  ) as object,
);

const step = (name: SmokeStep['name'], over: Partial<SmokeStep> = {}): SmokeStep => ({
  name,
  status: 'passed',
  evidence: ['seen'],
  duration_ms: 5,
  problem: null,
  ...over,
});
const PROBLEM = { code: 'E401', message: 'Chroma `is|away`', advice: 'Start it.' } as const;
const report = (over: Partial<SmokeReport> = {}): SmokeReport => ({
  type: 'smoke_report',
  format_version: '1.0',
  environment: 'prod',
  outcome: 'passed',
  started_at: '2026-11-21T18:20:31.000Z',
  duration_ms: 4000,
  tool_version: '0.1.0',
  indexes: [
    {
      manifest_id: 'docs',
      target: 'https://chroma.internal',
      collection: 'ingest-smoke-0a1b2c3d-1',
      embedding: 'lexical-hash lexical-hash-1',
      declared: 100,
      sampled: 20,
    },
  ],
  steps: SMOKE_STEPS.map((name) => step(name)),
  left_behind: [],
  ...over,
});
const failed = report({
  outcome: 'failed',
  steps: SMOKE_STEPS.map((name) =>
    name === 'apply'
      ? step(name, { status: 'failed', evidence: [], problem: PROBLEM })
      : step(name, { status: 'skipped', evidence: [], duration_ms: 0 }),
  ),
  left_behind: ['ingest-smoke-0a1b2c3d-1'],
});

describe('contracts/smoke_report.schema.json', () => {
  it.each([
    ['one that passed', report()],
    ['one that failed', failed],
    ['a later minor version', { ...report(), format_version: '1.4', added_later: true }],
  ])('accepts %s', (_, value) => {
    check(value);
    expect(check.errors ?? []).toEqual([]);
  });

  it.each([
    [
      'a step that failed without a problem',
      report({ steps: SMOKE_STEPS.map((name) => step(name, { status: 'failed' })) }),
    ],
    [
      'a step that passed with one',
      report({ steps: SMOKE_STEPS.map((name) => step(name, { problem: PROBLEM })) }),
    ],
    ['a part of the steps', report({ steps: [step('apply')] })],
    ['another outcome', { ...report(), outcome: 'maybe' }],
    [
      'the declared collection',
      report({ indexes: report().indexes.map((one) => ({ ...one, collection: 'docs' })) }),
    ],
    ['a time without a date', report({ started_at: '18:20' })],
  ])('refuses %s', (_, value) => {
    expect(check(value)).toBe(false);
  });
});

describe('a smoke report for people', () => {
  it('says what failed, what to do and what is left, the verdict last on a terminal and first in Markdown', () => {
    const lines = [...renderSmoke(failed, { style: plainStyle, width: 80 })];
    const text = lines.join('\n');
    expect(text).toContain('FAILED   apply        E401 Chroma `is|away`  5 ms');
    expect(text).toContain('Start it.');
    expect(text).toMatch(/Left +collection ingest-smoke-0a1b2c3d-1 could not be deleted/);
    expect(lines.at(-1)).toMatch(/^Smoke FAILED \(exit 1\): apply\./);
    const markdown = [...renderSmokeMarkdown(failed)];
    expect(markdown[1]).toBe('### Smoke of prod: FAILED');
    // A bar or a backtick of a message ends no cell.
    expect(markdown.join('\n')).toContain(
      '| apply | **FAILED** | ``E401 Chroma `is\\|away` Start it.`` | 5 ms |',
    );
  });
});
