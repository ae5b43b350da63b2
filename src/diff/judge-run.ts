/** What follows from a run: its status, the reasons, whether others may build on the index, and what to do. Pure. */
import type { RunVerdict } from '../domain/run-report.js';

export interface RunOutcomeFacts {
  /** Null: it was killed, or is still at work. */
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly running: boolean;
  /** Null: nothing was looked at. */
  readonly strictSyncOk: boolean | null;
  /** Of all indexes: declared documents that are not searchable in their declared version. */
  readonly failed: number;
  readonly rejected: number;
  readonly quarantined: number;
  readonly withheld: number;
  readonly checks: 'passed' | 'failed' | 'not_run' | 'none';
  /** Keys of the warnings that need action. */
  readonly warnings: readonly string[];
  /** `destroy` is run again with its own verb. */
  readonly verb: string;
}

/** Of a run whose documents are not known. */
export const NOTHING_KNOWN: RunOutcomeFacts = {
  outcome: null,
  reason: null,
  running: false,
  strictSyncOk: null,
  failed: 0,
  rejected: 0,
  quarantined: 0,
  withheld: 0,
  checks: 'none',
  warnings: [],
  verb: 'apply',
};

type Verdict = Omit<RunVerdict, 'reason_codes'>;

/** The first that applies decides; the codes name all of them. */
export function judgeRun(facts: RunOutcomeFacts): RunVerdict {
  const codes = reasonCodes(facts);
  return { ...decide(facts), reason_codes: codes };
}

function reasonCodes(facts: RunOutcomeFacts): string[] {
  const { outcome, reason } = facts;
  const codes: string[] = [];
  if (outcome === null) codes.push(facts.running ? 'running' : 'killed');
  if (outcome === 'interrupted') codes.push('interrupted');
  // An error begins with its code; anything else is a word already.
  if (outcome === 'failed' && reason !== null) codes.push(/^E\d{3}/.exec(reason)?.[0] ?? reason);
  if (facts.strictSyncOk === false) codes.push('strict_sync_mismatch');
  if (facts.failed > 0) codes.push('documents_failed');
  if (facts.rejected > 0) codes.push('documents_rejected');
  if (facts.quarantined > 0) codes.push('documents_quarantined');
  if (facts.withheld > 0) codes.push('losses_withheld');
  if (facts.checks === 'failed') codes.push('checks_failed');
  if (facts.checks === 'not_run') codes.push('checks_not_run');
  codes.push(...facts.warnings.map((key) => `warn:${key}`));
  return [...new Set(codes)];
}

function decide(facts: RunOutcomeFacts): Verdict {
  const { outcome, verb } = facts;
  if (facts.running) {
    return {
      status: 'not_available',
      downstream_decision: 'hold',
      recommended_action: 'rerun',
      recommendation: 'it is at work; wait for its end',
      command: ['status'],
    };
  }
  if (outcome === null || outcome === 'interrupted') {
    return {
      status: 'not_available',
      downstream_decision: 'hold',
      recommended_action: 'rerun',
      recommendation: `nothing is to be mended: the same command continues where it ${outcome === null ? 'was killed' : 'stopped'}`,
      command: [verb],
    };
  }
  if (outcome === 'failed') return decideFailed(facts);
  const gaps = decideGaps(facts);
  if (gaps !== undefined) {
    return { status: 'warning', downstream_decision: 'proceed_with_gaps', ...gaps };
  }
  return {
    status: 'success',
    downstream_decision: 'proceed',
    recommended_action: 'proceed',
    recommendation: 'the index is what was declared',
    command: [],
  };
}

function decideFailed(facts: RunOutcomeFacts): Verdict {
  const held = {
    status: 'failed',
    downstream_decision: 'hold',
    recommended_action: 'rerun_after_fix',
  } as const;
  if (facts.strictSyncOk === false) {
    return {
      ...held,
      recommendation: 'live is not what was recorded; look which documents differ, then apply again',
      command: ['plan', '--verify', 'ids'],
    };
  }
  if (facts.checks === 'not_run') {
    return { ...held, recommendation: 'the retrieval checks could not be asked', command: ['check'] };
  }
  const recommendation =
    facts.failed > 0
      ? 'mend the documents that failed, or what they failed at, then run again; what is written stays'
      : 'mend what the reason names, then run again; what is written stays';
  return { ...held, recommendation, command: [facts.verb] };
}

type Gap = Pick<Verdict, 'recommended_action' | 'recommendation' | 'command'>;

function decideGaps(facts: RunOutcomeFacts): Gap | undefined {
  // A source that could not be listed has no documents that could be counted.
  if (facts.failed > 0 || facts.warnings.includes('unreadable')) {
    return {
      recommended_action: 'rerun_after_fix',
      recommendation: 'make readable what could not be read, then run again',
      command: [facts.verb],
    };
  }
  if (facts.rejected > 0) {
    return {
      recommended_action: 'rerun_after_fix',
      recommendation: 'mend the rejected documents (or the contract), then apply again',
      command: ['rejects'],
    };
  }
  if (facts.withheld > 0) {
    return {
      recommended_action: 'rerun_after_fix',
      recommendation: 'restore what is gone, or allow its loss in a plan that is reviewed',
      command: ['plan'],
    };
  }
  if (facts.checks === 'failed') {
    return {
      recommended_action: 'rerun_after_fix',
      recommendation: 'the retrieval checks failed: see which questions miss their documents',
      command: ['check'],
    };
  }
  if (facts.quarantined > 0) {
    return {
      recommended_action: 'replay_after_repair',
      recommendation: 'quarantined documents wait to be repaired or released',
      command: ['rejects', '--verdict', 'quarantine'],
    };
  }
  if (facts.warnings.length > 0) {
    return {
      recommended_action: 'retry_after_metadata_repair',
      recommendation: `what was warned of needs action: ${facts.warnings.join(', ')}`,
      command: ['plan'],
    };
  }
  return undefined;
}
