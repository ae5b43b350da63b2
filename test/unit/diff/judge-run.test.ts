/** What follows from a run: one action, the seed's own words for it, and a command that exists. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judgeRun, NOTHING_KNOWN, type RunOutcomeFacts } from '../../../src/diff/judge-run.js';

const facts = (over: Partial<RunOutcomeFacts>): RunOutcomeFacts => ({
  ...NOTHING_KNOWN,
  outcome: 'applied',
  reason: 'ok',
  ...over,
});

const CASES: readonly (readonly [string, Partial<RunOutcomeFacts>, string, string, string])[] = [
  ['clean', {}, 'success', 'proceed', 'proceed'],
  ['nothing to do', { outcome: 'no_changes' }, 'success', 'proceed', 'proceed'],
  ['killed', { outcome: null, reason: null }, 'not_available', 'hold', 'rerun'],
  ['at work', { outcome: null, running: true }, 'not_available', 'hold', 'rerun'],
  ['interrupted', { outcome: 'interrupted' }, 'not_available', 'hold', 'rerun'],
  ['an error', { outcome: 'failed', reason: 'E401 away' }, 'failed', 'hold', 'rerun_after_fix'],
  ['live differs', { outcome: 'failed', strictSyncOk: false }, 'failed', 'hold', 'rerun_after_fix'],
  ['documents failed', { outcome: 'failed', failed: 2 }, 'failed', 'hold', 'rerun_after_fix'],
  ['checks not asked', { outcome: 'failed', checks: 'not_run' }, 'failed', 'hold', 'rerun_after_fix'],
  ['invalid', { outcome: 'partial', rejected: 1 }, 'warning', 'proceed_with_gaps', 'rerun_after_fix'],
  [
    'known invalid',
    { outcome: 'no_changes', rejected: 1 },
    'warning',
    'proceed_with_gaps',
    'rerun_after_fix',
  ],
  ['withheld', { outcome: 'partial', withheld: 1 }, 'warning', 'proceed_with_gaps', 'rerun_after_fix'],
  [
    'checks failed',
    { outcome: 'partial', checks: 'failed' },
    'warning',
    'proceed_with_gaps',
    'rerun_after_fix',
  ],
  ['quarantined', { quarantined: 1 }, 'warning', 'proceed_with_gaps', 'replay_after_repair'],
  [
    'a source unread',
    { outcome: 'partial', warnings: ['unreadable'] },
    'warning',
    'proceed_with_gaps',
    'rerun_after_fix',
  ],
  ['warned', { warnings: ['gate'] }, 'warning', 'proceed_with_gaps', 'retry_after_metadata_repair'],
];

describe('the verdict on a run', () => {
  it.each(CASES)('%s', (_, over, status, downstream_decision, recommended_action) => {
    expect(judgeRun(facts(over))).toMatchObject({ status, downstream_decision, recommended_action });
  });

  it('names every reason, the worst first, each once', () => {
    const all = judgeRun(
      facts({
        outcome: 'failed',
        reason: 'strict_sync_mismatch',
        strictSyncOk: false,
        failed: 1,
        rejected: 1,
        quarantined: 1,
        withheld: 1,
        checks: 'failed',
        warnings: ['a', 'b'],
      }),
    );
    expect(all.reason_codes).toEqual([
      'strict_sync_mismatch',
      'documents_failed',
      'documents_rejected',
      'documents_quarantined',
      'losses_withheld',
      'checks_failed',
      'warn:a',
      'warn:b',
    ]);
    expect(judgeRun(facts({ outcome: 'failed', reason: 'E401 Chroma is away' })).reason_codes).toEqual([
      'E401',
    ]);
  });

  it('sends to no command that does not exist', () => {
    const verbs = CASES.map(([, over]) => judgeRun(facts(over)).command[0]).filter(
      (verb) => verb !== undefined,
    );
    expect(verbs.length).toBeGreaterThan(10);
    const isThere = (file: string): boolean =>
      existsSync(new URL(`../../../src/commands/${file}`, import.meta.url));
    const missing = verbs.filter((verb) => !isThere(`${verb}.ts`) && !isThere(`${verb}/index.ts`));
    expect(missing).toEqual([]);
  });
});
