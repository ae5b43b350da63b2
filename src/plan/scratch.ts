/**
 * Temporary tables of one plan, on disk: a million changes cost no memory. Lives in the system's temporary
 * folder, is unlinked or deleted when closed, and holds no document text but for the diffs that were asked for.
 */
import type { DocumentEntry } from '../domain/document.js';
import type { Action, Change } from '../domain/plan.js';
import type { Database, SqlValue } from '../platform/sqlite.js';
import { openTemporaryDatabase } from '../platform/temporary-database.js';
import { ChangesByContent, CONTENTS } from './changes-by-content.js';
import type { CanaryResult } from './live-view/ask-canaries.js';

const SCHEMA = `
CREATE TABLE live_ids (id TEXT PRIMARY KEY, tampered TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE findings (manifest_id TEXT, uri TEXT, kind TEXT, id TEXT, detail TEXT NOT NULL,
  PRIMARY KEY (manifest_id, uri, kind, id)) WITHOUT ROWID;
CREATE TABLE texts (sha BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE changes (manifest_id TEXT, uri TEXT, action TEXT, source_id TEXT, content TEXT, json TEXT, entry TEXT,
  PRIMARY KEY (manifest_id, uri)) WITHOUT ROWID;
CREATE TABLE to_land (manifest_id TEXT, uri TEXT, entry TEXT, PRIMARY KEY (manifest_id, uri)) WITHOUT ROWID;
CREATE TABLE kept (manifest_id TEXT, uri TEXT, PRIMARY KEY (manifest_id, uri)) WITHOUT ROWID;
CREATE TABLE refused (manifest_id TEXT, uri TEXT, PRIMARY KEY (manifest_id, uri)) WITHOUT ROWID;
CREATE TABLE unread (manifest_id TEXT, source_id TEXT, PRIMARY KEY (manifest_id, source_id)) WITHOUT ROWID;
CREATE INDEX changes_by_action ON changes (manifest_id, action);
${CONTENTS}`;

/** `resume` marks a document with uncleared intents; its id is the record's. */
export type FindingKind = 'missing' | 'tampered' | 'orphan' | 'foreign' | 'resume';

export interface FindingRow {
  readonly uri: string;
  readonly kind: FindingKind;
  readonly id: string;
  /** Of a tampered record the parts, joined by commas; of an orphan the text_sha256 of what live holds. */
  readonly detail?: string;
}

const PAGE = 500;
/** Texts and live ids come in no order: a million of their keys fit, so that none is read back from disk. */
const CACHE_MEBIBYTES = 64;
/** Every commit writes what has changed, which in tables that are filled in no order is all of them. */
const BATCH = 100_000;

export class Scratch {
  /** Verdicts of this look, by collection id. */
  readonly canaries = new Map<string, CanaryResult>();
  readonly #db: Database;
  #inBatch = 0;

  constructor() {
    this.#db = openTemporaryDatabase(SCHEMA, CACHE_MEBIBYTES);
    this.#db.exec('BEGIN');
  }

  /** Forgets one collection's ids and foreign records before the next is looked at; the rest stays. */
  clearLive(): void {
    this.#run('DELETE FROM live_ids');
    this.#run("DELETE FROM findings WHERE manifest_id = ''");
  }

  /** `tampered`: parts of the record, joined by commas; empty when it is as it was written. */
  addLiveId(id: string, tampered: string): void {
    this.#run('INSERT OR IGNORE INTO live_ids VALUES (?, ?)', id, tampered);
  }

  /** In id order (hex and other ASCII ids: the same as by UTF-8 bytes). */
  *liveIds(): Generator<{ id: string; tampered: string }> {
    let after = '';
    for (;;) {
      const rows = this.#db
        .prepare('SELECT id, tampered FROM live_ids WHERE id > ? ORDER BY id LIMIT ?')
        .all(after, PAGE) as { id: string; tampered: string }[];
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  addFinding(manifestId: string, finding: FindingRow): void {
    this.#run(
      'INSERT OR IGNORE INTO findings VALUES (?, ?, ?, ?, ?)',
      manifestId,
      finding.uri,
      finding.kind,
      finding.id,
      finding.detail ?? '',
    );
  }

  /**
   * Forgets what live lacks of a document with this intent, and the intended record that live has too much: that it
   * is to be resumed says it. An orphan that no intent explains is one all the same.
   */
  dropIntended(manifestId: string, uri: string, id: string): void {
    this.#run(
      `DELETE FROM findings WHERE manifest_id = ? AND uri = ?
         AND (kind IN ('missing', 'tampered') OR (kind = 'orphan' AND id = ?))`,
      manifestId,
      uri,
      id,
    );
  }

  /** Of a document whose records are to stay although nothing explains them. */
  dropOrphans(manifestId: string, uri: string): void {
    this.#run("DELETE FROM findings WHERE manifest_id = ? AND uri = ? AND kind = 'orphan'", manifestId, uri);
  }

  /** Of one index, before another collection is looked at for it. */
  forgetFindings(manifestId: string): void {
    this.#run('DELETE FROM findings WHERE manifest_id = ?', manifestId);
  }

  dropFinding(manifestId: string, { uri, kind, id }: FindingRow): void {
    this.#run(
      'DELETE FROM findings WHERE manifest_id = ? AND uri = ? AND kind = ? AND id = ?',
      manifestId,
      uri,
      kind,
      id,
    );
  }

  /** Uris with findings of our own records, in order, each once; foreign ones are under manifest ''. */
  *findingUris(manifestId: string): Generator<string> {
    let after = '';
    for (;;) {
      const row = this.#db
        .prepare('SELECT uri FROM findings WHERE manifest_id = ? AND uri > ? ORDER BY uri LIMIT 1')
        .get(manifestId, after) as { uri: string } | undefined;
      if (row === undefined) return;
      yield row.uri;
      after = row.uri;
    }
  }

  findingsOf(manifestId: string, uri: string): FindingRow[] {
    return this.#db
      .prepare(
        'SELECT uri, kind, id, detail FROM findings WHERE manifest_id = ? AND uri = ? ORDER BY kind, id',
      )
      .all(manifestId, uri) as FindingRow[];
  }

  countFindings(manifestId: string, kind: FindingKind): number {
    const row = this.#db
      .prepare('SELECT count(*) AS n FROM findings WHERE manifest_id = ? AND kind = ?')
      .get(manifestId, kind) as { n: number };
    return row.n;
  }

  /** Ids of foreign records, the first few in order. */
  foreignIds(limit: number): string[] {
    const rows = this.#db
      .prepare("SELECT id FROM findings WHERE manifest_id = '' ORDER BY id LIMIT ?")
      .all(limit) as { id: string }[];
    return rows.map((row) => row.id);
  }

  /** Notes a document that stays as it is recorded, because its file cannot be read or is refused. */
  keepOld(manifestId: string, uri: string): void {
    this.#run('INSERT OR IGNORE INTO kept VALUES (?, ?)', manifestId, uri);
  }

  *keptUris(manifestId: string): Generator<string> {
    const find = 'SELECT uri FROM kept WHERE manifest_id = ? AND uri > ? ORDER BY uri LIMIT 1';
    for (let after = ''; ; ) {
      const row = this.#db.prepare(find).get(manifestId, after) as { uri: string } | undefined;
      if (row === undefined) return;
      yield row.uri;
      after = row.uri;
    }
  }

  /** Notes an input that the gate or its parser refuses, new or known. */
  noteRefused(manifestId: string, uri: string): void {
    this.#run('INSERT OR IGNORE INTO refused VALUES (?, ?)', manifestId, uri);
  }

  isRefused(manifestId: string, uri: string): boolean {
    return (
      this.#db.prepare('SELECT 1 FROM refused WHERE manifest_id = ? AND uri = ?').get(manifestId, uri) !==
      undefined
    );
  }

  /** Notes a source of which something was not seen: what is missing there may be there all the same. */
  noteUnread(manifestId: string, sourceId: string): void {
    this.#run('INSERT OR IGNORE INTO unread VALUES (?, ?)', manifestId, sourceId);
  }

  isUnread(manifestId: string, sourceId: string): boolean {
    const found = this.#db.prepare('SELECT 1 FROM unread WHERE manifest_id = ? AND source_id = ?');
    return found.get(manifestId, sourceId) !== undefined;
  }

  /** True the first time a text is seen in this plan: equal texts are embedded once. `sha`: in hex. */
  firstSeen(sha: string): boolean {
    return this.#run('INSERT OR IGNORE INTO texts VALUES (?)', Buffer.from(sha, 'hex')) === 1;
  }

  /** `entry` is where the document is read from; kept from an earlier put when not given. */
  putChange(manifestId: string, change: Change, entry?: DocumentEntry): void {
    // A loss may be a move of what it was; what was refused in its place moved nowhere.
    const side = change.action === 'delete' ? change.before : (change.after ?? change.before);
    const content = side?.content_sha256 ?? null;
    this.#run(
      `INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET action = excluded.action,
       source_id = excluded.source_id, content = excluded.content, json = excluded.json`,
      manifestId,
      change.uri,
      change.action,
      change.source_id,
      content,
      JSON.stringify(change),
      entry === undefined ? null : JSON.stringify(entry),
    );
  }

  /** Of a document that is as it should be: its input is still to be kept. */
  noteToLand(manifestId: string, entry: DocumentEntry): void {
    this.#run('INSERT OR IGNORE INTO to_land VALUES (?, ?, ?)', manifestId, entry.uri, JSON.stringify(entry));
  }

  /** In uri order. */
  *toLand(manifestId: string): Generator<DocumentEntry> {
    for (let after = ''; ; ) {
      const rows = this.#db
        .prepare('SELECT uri, entry FROM to_land WHERE manifest_id = ? AND uri > ? ORDER BY uri LIMIT ?')
        .all(manifestId, after, PAGE) as { uri: string; entry: string }[];
      for (const row of rows) yield JSON.parse(row.entry) as DocumentEntry;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.uri;
    }
  }

  deleteChange(manifestId: string, uri: string): void {
    this.#run('DELETE FROM changes WHERE manifest_id = ? AND uri = ?', manifestId, uri);
  }

  entry(manifestId: string, uri: string): DocumentEntry | undefined {
    const row = this.#db
      .prepare('SELECT entry FROM changes WHERE manifest_id = ? AND uri = ?')
      .get(manifestId, uri) as { entry: string | null } | undefined;
    return row?.entry == null ? undefined : (JSON.parse(row.entry) as DocumentEntry);
  }

  change(manifestId: string, uri: string): Change | undefined {
    const row = this.#db
      .prepare('SELECT json FROM changes WHERE manifest_id = ? AND uri = ?')
      .get(manifestId, uri) as { json: string } | undefined;
    return row === undefined ? undefined : (JSON.parse(row.json) as Change);
  }

  /** In uri order; may be changed while it is read. */
  *changes(manifestId: string, action?: Action): Generator<Change> {
    const only = action === undefined ? [] : [action];
    const find = this.#db.prepare<{ uri: string; json: string }>(
      action === undefined
        ? 'SELECT uri, json FROM changes WHERE manifest_id = ? AND uri > ? ORDER BY uri LIMIT ?'
        : `SELECT uri, json FROM changes INDEXED BY changes_by_action
           WHERE manifest_id = ? AND action = ? AND uri > ? ORDER BY uri LIMIT ?`,
    );
    for (let after = ''; ; ) {
      const rows = find.all(manifestId, ...only, after, PAGE);
      for (const row of rows) yield JSON.parse(row.json) as Change;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.uri;
    }
  }

  /** Sorts them; what is changed afterwards is not in it. */
  changesByContent(manifestId: string): ChangesByContent {
    return new ChangesByContent(this.#db, manifestId);
  }

  close(): void {
    this.#db.close();
  }

  #run(sql: string, ...values: SqlValue[]): number {
    // One long transaction in pieces: temporary tables need no durability, only few system calls.
    if (++this.#inBatch >= BATCH) {
      this.#db.exec('COMMIT');
      this.#db.exec('BEGIN');
      this.#inBatch = 0;
    }
    return this.#db.prepare(sql).run(...values).changes;
  }
}
