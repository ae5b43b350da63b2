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
  /** Sources with a cursor, as they are declared now. */
  readonly windowed: readonly string[];
  /** Whether some batch is in the landing store; `off`: and no source of the manifest asks for it. */
  readonly landing: 'some' | 'none' | 'off';
}

export function waysToRun(facts: RunFacts): StatusWay[] {
  return [
    rerun(facts),
    retry(facts),
    REPLAY[facts.landing],
    facts.windowed.length > 0
      ? yes('backfill', `reads a past window again: ingest backfill --source ${facts.windowed.join('|')}`)
      : no('backfill', 'no source has a cursor'),
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
  if (facts.reason === 'sources_unreadable')
    return 're-run once the source that could not be read is readable';
  if (facts.outcome === 'partial')
    return facts.reason === 'documents_rejected' || facts.reason === 'documents_quarantined'
      ? 'nothing to re-run; look at what was refused: ingest rejects'
      : 'nothing to re-run; look at what was withheld or rejected: ingest plan';
  return 'nothing';
}

const REPLAY: Readonly<Record<RunFacts['landing'], StatusWay>> = {
  some: yes('replay', 'takes a batch from the landing store: ingest replay BATCH'),
  none: no('replay', 'unavailable, no batch is in the landing store yet'),
  off: no('replay', 'unavailable, landing is off'),
};

function rerun({ running, ran, outcome, reason: why, resume, replacement }: RunFacts): StatusWay {
  if (running) return no('re-run', 'the run is at work');
  if (!ran) return yes('re-run', 'nothing was applied yet', true);
  if (why === 'checks_failed') {
    return yes('re-run', 'once documents or checks are mended', replacement !== null);
  }
  if (outcome === 'failed')
    return yes('re-run', 'it continues where it stopped, once the cause is mended', true);
  if (replacement?.phase === 'swapping') return yes('re-run', 'only the swap of the names is left', true);
  if (resume) return yes('re-run', 'it continues where it stopped', true);
  return yes('re-run', 'nothing is open');
}

/** The same as a re-run, but with the flags and manifests of the run that did not end well. */
function retry({ running, ran, outcome, resume }: RunFacts): StatusWay {
  if (running || !ran) return no('retry', running ? 'the run is at work' : 'there is no run');
  if (outcome === 'failed' || resume)
    return yes('retry', 'the same with the flags of that run: ingest retry');
  return no('retry', 'nothing failed');
}

function yes(way: StatusWay['way'], reason: string, advised = false): StatusWay {
  return { way, possible: true, advised, reason };
}

function no(way: StatusWay['way'], reason: string): StatusWay {
  return { way, possible: false, advised: false, reason };
}
