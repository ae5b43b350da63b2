/** The four ways to run again, each with whether it is possible and whether it is what is needed. Pure. */
import type { StatusIndex, StatusWay } from '../../domain/results.js';

export interface RunFacts {
  /** The run that wrote last is at work. */
  readonly running: boolean;
  readonly ran: boolean;
  readonly outcome: string | null;
  /** Of that outcome. */
  readonly reason: string | null;
  /** Something is left open. */
  readonly resume: boolean;
  readonly replacement: StatusIndex['replacement'];
}

export function waysToRun(facts: RunFacts): StatusWay[] {
  return [
    rerun(facts),
    no('retry', retryReason(facts)),
    no('replay', 'there is no landing store that keeps past batches'),
    no('backfill', 'no source is read in windows'),
  ];
}

/** One sentence: what to do. */
export function adviceOf(facts: RunFacts): string {
  const [way] = waysToRun(facts);
  if (facts.running) return 'wait: the run is at work';
  if (!facts.ran) return 'apply it for the first time';
  if (facts.reason === 'checks_failed') {
    return facts.replacement === null
      ? 'the checks failed: see which with ingest check'
      : 'the new collection failed its checks and waits: mend documents or checks, then re-run';
  }
  if (way?.advised === true) return `re-run: ${way.reason}`;
  if (facts.outcome === 'partial')
    return facts.reason === 'documents_rejected' || facts.reason === 'documents_quarantined'
      ? 'nothing to re-run; look at what was refused: ingest rejects'
      : 'nothing to re-run; look at what was withheld or rejected: ingest plan';
  return 'nothing';
}

function rerun({ running, ran, outcome, reason: why, resume, replacement }: RunFacts): StatusWay {
  const yes = (advised: boolean, reason: string): StatusWay => ({
    way: 're-run',
    possible: true,
    advised,
    reason,
  });
  if (running) return no('re-run', 'the run is at work');
  if (!ran) return yes(true, 'nothing was applied yet');
  if (why === 'checks_failed') return yes(replacement !== null, 'once documents or checks are mended');
  if (outcome === 'failed') return yes(true, 'it continues where it stopped, once the cause is mended');
  if (replacement?.phase === 'swapping') return yes(true, 'only the swap of the names is left');
  if (resume) return yes(true, 'it continues where it stopped');
  return yes(false, 'nothing is open');
}

function retryReason({ outcome, resume }: RunFacts): string {
  if (outcome === 'failed') return 'a re-run tries again what failed';
  return resume ? 'nothing failed, it was interrupted' : 'nothing failed';
}

function no(way: StatusWay['way'], reason: string): StatusWay {
  return { way, possible: false, advised: false, reason };
}
