/** What follows from a rollback: never that the index is what was declared, and how it is finished or ended. */
import { expect, it } from 'vitest';
import { judgeRollback, type RollbackFacts } from '../../../src/diff/judge-rollback.js';

const facts = (over: Partial<RollbackFacts>): RollbackFacts => ({
  done: 'rolled_back',
  outcome: 'applied',
  reason: 'ok',
  running: false,
  ...over,
});

it.each([
  ['back, and pinned', {}, 'warning', 'proceed_with_gaps', 'rollback --unpin', 'rolled_back'],
  [
    'back to what is declared',
    { done: 'swapped_back' },
    'success',
    'proceed_with_gaps',
    'apply',
    'swapped_back',
  ],
  ['unpinned', { done: 'unpinned' }, 'success', 'proceed_with_gaps', 'plan', 'unpinned'],
  ['a swap of an apply', { done: 'swap_finished' }, 'warning', 'proceed_with_gaps', 'apply', 'swap_finished'],
  ['killed', { outcome: null, reason: null }, 'not_available', 'hold', 'rollback', 'killed'],
  ['at work', { outcome: null, reason: null, running: true }, 'not_available', 'hold', 'status', 'running'],
  [
    'stopped',
    { outcome: 'interrupted', reason: 'SIGINT' },
    'not_available',
    'hold',
    'rollback',
    'interrupted',
  ],
  ['failed', { outcome: 'failed', reason: 'E401 away' }, 'failed', 'hold', 'rollback', 'E401'],
  [
    'unpinned, failed',
    { done: 'unpinned', outcome: 'failed', reason: 'E401 away' },
    'failed',
    'hold',
    'rollback --unpin',
    'E401',
  ],
] as const)('%s', (_, over, status, decision, command, code) => {
  const verdict = judgeRollback(facts(over));
  expect({ ...verdict, command: verdict.command.join(' ') }).toMatchObject({
    status,
    downstream_decision: decision,
    command,
    reason_codes: [code],
  });
  expect(verdict.recommendation).not.toContain('is what was declared');
});
