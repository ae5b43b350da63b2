/** Records of another tool come in no order; here they wait on disk until they are compared document by document. */
import type { Database } from '../../platform/sqlite.js';
import { openTemporaryDatabase } from '../../platform/temporary-database.js';

const SCHEMA = `
CREATE TABLE theirs (uri TEXT, sha TEXT, records INTEGER NOT NULL, PRIMARY KEY (uri, sha)) WITHOUT ROWID;
CREATE INDEX theirs_by_text ON theirs (sha);
`;

export interface TheirDocument {
  readonly uri: string;
  readonly records: number;
  /** Records beyond the first with a text. */
  readonly duplicates: number;
}

export class TheirRecords {
  readonly #db: Database;

  constructor() {
    this.#db = openTemporaryDatabase(SCHEMA);
    this.#db.exec('BEGIN');
  }

  /** `uri` undefined: its text counts, and it is of no document. `sha` undefined: it has no text. */
  add(uri: string | undefined, sha: string | undefined): void {
    this.#db
      .prepare('INSERT INTO theirs VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET records = records + 1')
      .run(uri ?? '', sha ?? '');
  }

  hasText(sha: string): boolean {
    return this.#db.prepare('SELECT 1 FROM theirs WHERE sha = ? LIMIT 1').get(sha) !== undefined;
  }

  /** In uri order (SQLite compares UTF-8 bytes). Nothing can be added while it is read. */
  documents(): Iterable<TheirDocument> {
    return this.#db.iterate<TheirDocument>(
      `SELECT uri, sum(records) AS records, sum(CASE sha WHEN '' THEN 0 ELSE records - 1 END) AS duplicates
       FROM theirs WHERE uri <> '' GROUP BY uri ORDER BY uri`,
    );
  }

  close(): void {
    this.#db.close();
  }
}
