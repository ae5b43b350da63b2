/** The pages of one listing, on disk until they are listed anew: what was downloaded is not asked for twice. */
import type { Database } from '../../platform/sqlite.js';
import { openTemporaryDatabase } from '../../platform/temporary-database.js';

const SCHEMA = `CREATE TABLE pages (uri TEXT PRIMARY KEY, url TEXT NOT NULL, content_sha256 TEXT NOT NULL,
  content_type TEXT NOT NULL, bytes BLOB, too_large INTEGER NOT NULL) WITHOUT ROWID;`;

export interface SpooledPage {
  readonly uri: string;
  readonly url: string;
  readonly content_sha256: string;
  readonly content_type: string;
  /** As the parsers take it; null: it was not downloaded. */
  readonly bytes: Buffer | null;
  readonly too_large: 0 | 1;
}

export class PageSpool {
  readonly #db: Database = openTemporaryDatabase(SCHEMA);

  put(page: SpooledPage): void {
    this.#db
      .prepare(
        'INSERT OR REPLACE INTO pages VALUES (@uri, @url, @content_sha256, @content_type, @bytes, @too_large)',
      )
      .run({ ...page });
  }

  get(uri: string): SpooledPage | undefined {
    return this.#db.prepare<SpooledPage>('SELECT * FROM pages WHERE uri = ?').get(uri);
  }

  close(): void {
    this.#db.close();
  }
}
