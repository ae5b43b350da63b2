/**
 * The report of one run, from its own events and its row alone: neither live, nor the manifests, nor what later runs
 * recorded has a say, so a run is told of in the same words for ever.
 */
import { judgeRollback } from '../../diff/judge-rollback.js';
import { judgeRun, NOTHING_KNOWN } from '../../diff/judge-run.js';
import type { RecordedCheck } from '../../domain/checks.js';
import { IngestError } from '../../domain/errors.js';
import type { JournalEvent } from '../../domain/events.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { Timings } from '../../domain/ports/stopwatch.js';
import type { ApplyOutcome } from '../../domain/results.js';
import { readCounters } from '../../domain/run-counters.js';
import {
  type FinishedIndex,
  type HistoryEntry,
  type PlannedIndex,
  type ReportedDocument,
  type ReportedDocuments,
  RUN_REPORT_FORMAT,
  type RunReport,
  type RunReportIndex,
  type RunVerdict,
} from '../../domain/run-report.js';
import type { RunRow } from '../../domain/state-rows.js';
import type { Warning } from '../../domain/warning.js';
import { addCoverage, coverageAtEnd, EMPTY_COVERAGE } from './coverage-at-end.js';
import { reconcileRun } from './reconcile-run.js';

const MAX_LISTED = 200;
const HISTORY = 12;
/** Looked through for those that concern the same manifests. */
const HISTORY_WINDOW = 100;

/** Data of RUN_START; an older version recorded less. */
interface Started {
  readonly environment?: string;
  readonly resume_active?: boolean;
  readonly resume_reason?: string;
  readonly tool_version?: string;
  readonly node_version?: string;
  readonly os?: string;
  readonly indexes?: readonly PlannedIndex[];
}

/** Data of RUN_FINISH. */
interface Finished {
  readonly outcome?: ApplyOutcome;
  readonly reason?: string;
  readonly verdict?: RunVerdict;
  readonly indexes?: readonly FinishedIndex[];
  readonly timings?: Timings | null;
  readonly duration_ms?: number;
  readonly warn_count?: number;
}

export interface RunReportOptions {
  /** Id or unambiguous prefix; undefined: the last run. */
  readonly run: string | undefined;
  /** The run that is at work now. */
  readonly running: string | undefined;
}

/** @throws IngestError E505 when there is no such run, or none at all */
export function gatherRunReport(
  state: StateReader,
  environment: string,
  { run: asked, running }: RunReportOptions,
): RunReport {
  const run = asked === undefined ? state.runs(1)[0] : state.run(asked);
  if (run === undefined) {
    throw new IngestError('E505', `no run is recorded in environment "${environment}"`, {
      kind: 'input',
      advice: 'Apply first: ingest apply. Another environment is chosen with --env.',
    });
  }
  const events = readEvents(state, run.run_id);
  const { started, finished } = events;
  const counters = readCounters(run);
  const atWork = running === run.run_id;
  const planned = started.indexes ?? [];
  const indexes = planned.map((one) => indexOf(one, finished, events));
  const coverage = indexes.reduce((sum, one) => addCoverage(sum, one.coverage), EMPTY_COVERAGE);
  const embed = indexes.map((one) => one.embed).filter((one) => one !== null);
  const known = embed.length > 0;
  const costs = embed.map(({ cost }) => cost);
  const refused = new Map(planned.map(({ manifest_id, withheld }) => [manifest_id, withheld]));
  return {
    type: 'run_report',
    format_version: RUN_REPORT_FORMAT,
    environment: started.environment ?? environment,
    run: {
      run_id: run.run_id,
      trace_id: run.trace_id,
      plan_id: run.plan_id,
      command: run.command,
      user: run.user,
      host: run.host,
      started_at: run.started_at,
      finished_at: run.finished_at,
      duration_ms: durationOf(run),
      outcome: run.outcome,
      reason: run.reason,
      resumed: started.resume_active ?? false,
      resume_reason: started.resume_reason ?? null,
      tool_version: started.tool_version ?? null,
      node_version: started.node_version ?? null,
      os: started.os ?? null,
    },
    verdict: finished?.verdict ?? judgeUnended(run, atWork),
    coverage,
    figures: {
      documents_done: counters.documents_done ?? 0,
      documents_total: counters.documents_total ?? 0,
      upserted: counters.chunks_upserted ?? 0,
      relabelled: counters.relabelled ?? 0,
      deleted: counters.deleted ?? 0,
      embedded: counters.embedded ?? 0,
      cached: counters.cached ?? 0,
      tokens: known ? embed.reduce((sum, { tokens }) => sum + tokens, 0) : null,
      cost: known && !costs.includes(null) ? costs.reduce<number>((sum, one) => sum + (one ?? 0), 0) : null,
      retries: known ? embed.reduce((sum, { retries }) => sum + retries, 0) : null,
      committed_batches: counters.committed_batches ?? 0,
    },
    indexes,
    reconciliation: reconcileRun(run, planned, finished, indexes, events.warnings.length),
    rejected: events.rejected,
    quarantined: events.quarantined,
    failed: events.failed,
    withheld: {
      total: planned.reduce((sum, { summary }) => sum + summary.withheld, 0),
      listed: [...refused].flatMap(([manifest_id, list]) =>
        list.map(({ uri, message }) => ({ manifest_id, uri, code: 'withheld', message })),
      ),
    },
    checks: events.checks,
    warnings: events.warnings,
    warn_count: finished?.warn_count ?? events.warnings.length,
    timings: finished?.timings ?? null,
    history: historyOf(state, run),
    anchors: planned.flatMap((index) =>
      index.sources.map(({ source_id, fingerprint }) => ({
        manifest_id: index.manifest_id,
        batch_id: index.batch_id,
        run_id: run.run_id,
        trace_id: run.trace_id,
        source_id,
        source_fingerprint: fingerprint,
      })),
    ),
  };
}

interface RunEvents {
  readonly started: Started;
  /** Undefined: it was killed, or is at work. */
  readonly finished: Finished | undefined;
  readonly rejected: ReportedDocuments;
  readonly quarantined: ReportedDocuments;
  readonly failed: ReportedDocuments;
  readonly warnings: readonly (Warning & { readonly manifest_id: string })[];
  readonly checks: readonly RecordedCheck[];
  /** Documents committed, by manifest; counted only where nothing else says. */
  readonly committed: ReadonlyMap<string, number>;
}

function readEvents(state: StateReader, runId: string): RunEvents {
  let started: Started = {};
  let finished: Finished | undefined;
  const rejected = new Listing();
  const quarantined = new Listing();
  const failed = new Listing();
  const warnings: (Warning & { manifest_id: string })[] = [];
  const checks: RecordedCheck[] = [];
  for (const event of state.runEvents(runId, [
    'RUN_START',
    'WARN',
    'DOC_REJECTED',
    'DOC_QUARANTINED',
    'DOC_FAILED',
    'CHECKS_DONE',
    'RUN_FINISH',
  ])) {
    const { type, data } = event;
    if (type === 'RUN_START') started = data as Started;
    else if (type === 'RUN_FINISH') finished = data as Finished;
    else if (type === 'DOC_REJECTED') rejected.add(event, 'reason');
    else if (type === 'DOC_QUARANTINED') quarantined.add(event, 'reason');
    else if (type === 'DOC_FAILED') failed.add(event, 'message');
    else if (type === 'CHECKS_DONE') checks.push(data as unknown as RecordedCheck);
    else warnings.push({ ...(data as unknown as Warning), manifest_id: event.manifest_id ?? '' });
  }
  const committed = new Map<string, number>();
  if (finished?.indexes === undefined) {
    for (const { manifest_id } of state.runEvents(runId, ['DOC_COMMITTED'])) {
      if (manifest_id !== null) committed.set(manifest_id, (committed.get(manifest_id) ?? 0) + 1);
    }
  }
  return { started, finished, rejected, quarantined, failed, warnings, checks, committed };
}

/** The first of many, and how many. */
class Listing implements ReportedDocuments {
  total = 0;
  readonly listed: ReportedDocument[] = [];

  add({ manifest_id, data, type }: JournalEvent, said: string): void {
    this.total++;
    if (this.listed.length === MAX_LISTED) return;
    const { uri, code, codes } = data as {
      readonly uri: string;
      readonly code?: string;
      readonly codes?: readonly string[];
    };
    const fallback = code ?? (type === 'DOC_FAILED' ? 'failed' : 'contract');
    this.listed.push({
      manifest_id: manifest_id ?? '',
      uri,
      code: codes?.join(', ') ?? fallback,
      message: String(data[said] ?? ''),
    });
  }
}

function indexOf(planned: PlannedIndex, finished: Finished | undefined, events: RunEvents): RunReportIndex {
  const { summary, withheld: _, part: __, coverage, ...facts } = planned;
  const end = finished?.indexes?.find(({ manifest_id }) => manifest_id === planned.manifest_id);
  const { create, move, update, repair, replace } = summary;
  const failed = events.failed.listed.filter(({ manifest_id }) => manifest_id === planned.manifest_id).length;
  const done =
    end === undefined
      ? (events.committed.get(planned.manifest_id) ?? 0)
      : end.applied.create + end.applied.move + end.applied.update + end.applied.repair + end.applied.replace;
  return {
    ...facts,
    coverage: coverageAtEnd(coverage, {
      planned: create + move + update + repair + replace,
      done,
      failed: end?.failed ?? failed,
    }),
    planned: { create, move, update, delete: summary.delete, repair, replace },
    applied: end?.applied ?? null,
    recorded: end?.recorded ?? null,
    live: end?.live ?? null,
    strict_sync: end?.strict_sync ?? null,
    embed: end?.embed ?? null,
    refused: end?.refused ?? null,
  };
}

function historyOf(state: StateReader, run: RunRow): HistoryEntry[] {
  const same = state
    .runsBefore(run.run_id, HISTORY_WINDOW)
    .filter(({ manifests }) => manifests.some((id) => run.manifests.includes(id)));
  return [run, ...same.slice(0, HISTORY - 1)].reverse().map((one) => {
    const counters = readCounters(one);
    return {
      run_id: one.run_id,
      started_at: one.started_at,
      duration_ms: durationOf(one),
      outcome: one.outcome,
      upserted: counters.chunks_upserted ?? 0,
      embedded: counters.embedded ?? 0,
      deleted: counters.deleted ?? 0,
    };
  });
}

function durationOf({ started_at, finished_at }: RunRow): number | null {
  return finished_at === null ? null : Math.max(0, Date.parse(finished_at) - Date.parse(started_at));
}

/** Of a run that recorded no verdict: it was killed, or is at work, or an older version ran it. */
function judgeUnended({ command, outcome, reason }: RunRow, running: boolean): RunVerdict {
  const facts = { outcome, reason, running };
  if (/^(?:ingest )?rollback\b/.test(command)) {
    return judgeRollback({ ...facts, done: command.includes('--unpin') ? 'unpinned' : 'rolled_back' });
  }
  const verb = /^(?:ingest )?destroy\b/.test(command) ? 'destroy' : 'apply';
  return judgeRun({ ...NOTHING_KNOWN, ...facts, verb });
}
