/** What is recorded of what was done: runs, their journal, and the plans that were used. */
import type { EventType, JournalEvent } from '../domain/events.js';
import type { RunRow, UsedPlan } from '../domain/state-rows.js';
import type { Database } from '../platform/sqlite.js';
import { AnchorIndex } from './event-anchors.js';
import { findRun } from './find-run.js';
import { pages } from './page-rows.js';
import { RecordedInputs } from './read-inputs.js';
import { COLUMNS, type StoredEvent, type StoredRun, toRunRow } from './rows.js';

export class RecordedHistory extends RecordedInputs {
  readonly #anchors: AnchorIndex;

  constructor(db: Database) {
    super(db);
    this.#anchors = new AnchorIndex(db);
  }

  runs(limit: number): readonly RunRow[] {
    return this.all<StoredRun>(`SELECT ${COLUMNS.runs} FROM runs ORDER BY no DESC LIMIT ?`, limit).map(
      toRunRow,
    );
  }

  runsBefore(runId: string, limit: number): readonly RunRow[] {
    return this.all<StoredRun>(
      `SELECT ${COLUMNS.runs} FROM runs WHERE no < (SELECT no FROM runs WHERE run_id = ?) ORDER BY no DESC LIMIT ?`,
      runId,
      limit,
    ).map(toRunRow);
  }

  run(idOrPrefix: string): RunRow {
    return findRun(this.db, idOrPrefix);
  }

  journal(runId: string | undefined, afterSeq: number): Iterable<JournalEvent> {
    const ofRun = runId === undefined ? '' : 'run_id = ? AND';
    return pages((last: JournalEvent | undefined, limit) => {
      const seq = last?.seq ?? afterSeq;
      return this.all<StoredEvent>(
        `SELECT ${COLUMNS.journal} FROM journal WHERE ${ofRun} seq > ? ORDER BY seq LIMIT ?`,
        ...(runId === undefined ? [seq, limit] : [runId, seq, limit]),
      ).map((row) => this.#event(row));
    }, 500);
  }

  runEvents(runId: string, types: readonly EventType[]): Iterable<JournalEvent> {
    const marks = types.map(() => '?').join(', ');
    return pages(
      (last: JournalEvent | undefined, limit) =>
        this.all<StoredEvent>(
          `SELECT ${COLUMNS.journal} FROM journal WHERE run_id = ? AND type IN (${marks}) AND seq > ? ORDER BY seq LIMIT ?`,
          runId,
          ...types,
          last?.seq ?? 0,
          limit,
        ).map((row) => this.#event(row)),
      500,
    );
  }

  latestEvents(type: EventType, manifestId: string): Iterable<JournalEvent> {
    return pages(
      (last: JournalEvent | undefined, limit) =>
        this.all<StoredEvent>(
          `SELECT ${COLUMNS.journal} FROM journal WHERE type = ? AND manifest_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
          type,
          manifestId,
          last?.seq ?? Number.MAX_SAFE_INTEGER,
          limit,
        ).map((row) => this.#event(row)),
      2,
    );
  }

  journalOf(uri: string): Iterable<JournalEvent> {
    return pages(
      (last: JournalEvent | undefined, limit) =>
        this.all<StoredEvent>(
          `SELECT ${COLUMNS.journal} FROM journal
           WHERE seq > ? AND (data ->> '$.uri' = ? OR data ->> '$.moved_from' = ?) ORDER BY seq LIMIT ?`,
          last?.seq ?? 0,
          uri,
          uri,
          limit,
        ).map((row) => this.#event(row)),
      500,
    );
  }

  planUsed(planId: string, lineage: string, serial: number): string | undefined {
    return this.get<{ run_id: string }>(
      'SELECT run_id FROM used_plans WHERE plan_id = ? AND lineage = ? AND serial = ?',
      planId,
      lineage,
      serial,
    )?.run_id;
  }

  usedPlans(): Iterable<UsedPlan> {
    return this.all('SELECT * FROM used_plans ORDER BY plan_id, lineage, serial');
  }

  #event(row: StoredEvent): JournalEvent {
    const data = JSON.parse(row.data) as JournalEvent['data'];
    return { ...row, ...this.#anchors.of(row, data), data };
  }
}
