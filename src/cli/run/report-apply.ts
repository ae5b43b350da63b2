/** The end of an apply: one outcome decides text, JSON and exit code together. */
import type { Timings } from '../../domain/ports/stopwatch.js';
import { type ApplyOutcome, type ApplyResult, EXIT } from '../../domain/results.js';
import type { ApplyAnswer } from '../../pipeline.js';
import { safeJson } from '../../report/escape.js';
import { renderApply } from '../../report/render-apply.js';
import type { CommonFlags } from '../base-command.js';
import { nextCommand } from '../next-command.js';
import type { Terminal } from '../output/terminal.js';
import { type ScopeFlagValues, scopeWords } from './plan-flags.js';

const EXIT_OF: Readonly<Record<ApplyOutcome, number>> = {
  applied: EXIT.ok,
  no_changes: EXIT.ok,
  partial: EXIT.partial,
  interrupted: EXIT.interrupted,
  failed: EXIT.error,
  locked: EXIT.locked,
  stale: EXIT.stale,
};

type ReportedAnswer = ApplyAnswer | { readonly kind: 'result'; readonly result: ApplyResult };

export async function reportApply(
  terminal: Terminal,
  answer: ReportedAnswer,
  environment: string,
  flags: CommonFlags & ScopeFlagValues,
  timings: Timings | undefined,
  /** What was run, to run again. */
  command: readonly [string, ...string[]] = ['apply'],
): Promise<number> {
  if (answer.kind === 'declined') {
    terminal.err([command[0] === 'destroy' ? 'Not destroyed.' : 'Not applied.']);
    return EXIT.error;
  }
  const result = answer.kind === 'stale' ? staleResult(answer.items, environment) : answer.result;
  if (flags.json) await terminal.out([safeJson(timings === undefined ? result : { ...result, timings })]);
  else if (result.outcome !== 'no_changes' || result.checks.length > 0) {
    const [verb, ...words] = nextWords(result, command);
    const scope = verb === 'check' ? [] : scopeWords(flags);
    const next = nextCommand(verb, environment, flags, [...words, ...scope]);
    await terminal.out(renderApply(result, { style: terminal.style, width: terminal.width, next }));
  }
  return EXIT_OF[result.outcome];
}

/** What to run next; after some ends it is not what was run. */
function nextWords(
  { outcome, reason, checks }: ApplyResult,
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  if (outcome === 'stale') return ['plan'];
  if (outcome !== 'partial') return command;
  // A collection that was held back is checked again by apply; `check` asks what searchers see.
  if (checks.some((check) => check.swap_blocked)) return command;
  return [reason === 'checks_failed' ? 'check' : 'plan'];
}

/** Where nothing was even begun. */
export function noChangesAnswer(environment: string): ReportedAnswer {
  return { kind: 'result', result: nothingDone(environment, 'no_changes', 'ok') };
}

function staleResult(items: readonly { subject: string; what: string }[], environment: string): ApplyResult {
  return {
    // The advice is the list of what moved.
    ...nothingDone(environment, 'stale', 'E601 the saved plan no longer fits'),
    moved: items.map(({ subject, what }) => `${subject}: ${what}`),
  };
}

function nothingDone(environment: string, outcome: ApplyOutcome, reason: string): ApplyResult {
  return {
    type: 'result',
    outcome,
    advice: null,
    reason,
    environment,
    run_id: null,
    trace_id: null,
    plan_id: null,
    applied: { create: 0, move: 0, update: 0, delete: 0, repair: 0, replace: 0 },
    failed: 0,
    failures: [],
    rejected: 0,
    quarantined: 0,
    withheld: 0,
    embedded: 0,
    cached: 0,
    upserted: 0,
    relabelled: 0,
    deleted: 0,
    retries: 0,
    duration_ms: 0,
    strict_sync: null,
    checks: [],
    interrupted: null,
    canaries: { asked: 0, passed: 0 },
    live_count: null,
    recorded_chunks: 0,
  };
}
