/** contracts/run_report.schema.json: describes every key that is written, and refuses what no run can be. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RunReport } from '../../src/domain/run-report.js';
import { closed, type Json, validator } from '../support/closed-schema.js';
import { runReport } from '../unit/report/run-report-fixture.js';

const SCHEMA = JSON.parse(
  readFileSync(new URL('../../contracts/run_report.schema.json', import.meta.url), 'utf8'),
) as { [key: string]: Json };

const validate = validator(SCHEMA);
const full = runReport();

describe('contracts/run_report.schema.json', () => {
  it('accepts a report in which everything occurs, and describes every key of it', () => {
    expect(validator(closed(SCHEMA))(full)).toEqual([]);
  });

  it('accepts a report of a run without an end, and one without an index', () => {
    const run = { ...full.run, outcome: null, reason: null, finished_at: null, duration_ms: null };
    expect(validate(runReport({ run, timings: null, indexes: [], anchors: [] }))).toEqual([]);
  });

  it('accepts keys of a later version, and further facts of a source', () => {
    const [index] = full.indexes;
    const sources = index?.sources.map((source) => ({
      ...source,
      window: { start: 1, end: 2 },
      cursor: 'x',
    }));
    const later = { ...full, format_version: '1.9', indexes: [{ ...index, sources }], added_later: 1 };
    expect(validate(later)).toEqual([]);
  });

  const broken: Readonly<Record<string, Partial<Record<keyof RunReport, unknown>>>> = {
    'another major version': { format_version: '2.0' },
    'a run without an id': { run: { ...full.run, run_id: '' } },
    'a trace id that is none': { run: { ...full.run, trace_id: 'abc' } },
    'an outcome that no run has': { run: { ...full.run, outcome: 'locked' } },
    'no verdict': { verdict: undefined },
    'an action outside the vocabulary': { verdict: { ...full.verdict, recommended_action: 'hope' } },
    'a reason that is said twice': { verdict: { ...full.verdict, reason_codes: ['a', 'a'] } },
    'a negative count': { coverage: { ...full.coverage, pending: -1 } },
    'coverage without a class': { coverage: { declared: 1, current: 1 } },
    'a cost in words': { figures: { ...full.figures, cost: 'free' } },
    'a document without a code': {
      rejected: { total: 1, listed: [{ manifest_id: 'a', uri: 'b', message: '' }] },
    },
    'a history without this run': { history: [] },
    'a warning that does not say whether it needs action': {
      warnings: [{ manifest_id: 'a', key: 'k', message: 'm', detail: null }],
    },
  };
  it.each(Object.entries(broken))('refuses %s', (_, over) => {
    expect(validate({ ...full, ...over })).not.toEqual([]);
  });
});
