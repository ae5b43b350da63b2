/** What was paid for: no text may be asked for that the cache held when the program began, and none twice by one run. */
import { existsSync } from 'node:fs';
import { textSha256 } from '../../../src/domain/identity.js';
import { openDatabase } from '../../../src/platform/sqlite.js';
import type { EmbeddingServer } from '../../support/embedding-server.js';

export interface Embedded {
  /** Texts asked for by this run. */
  readonly asked: number;
  /** Of these, what the cache held before: a broken promise. */
  readonly inCache: number;
  /** Of these, what this same run had asked for already: a broken promise. */
  readonly twice: number;
  /** Of these, what an earlier run had asked for in vain, because it died with the answer. */
  readonly again: number;
}

export class EmbeddingLedger {
  readonly #server: EmbeddingServer;
  readonly #cacheFile: string;
  readonly #cached = new Set<string>();
  readonly #everAsked = new Set<string>();
  #rowid = 0;
  #requests = 0;

  constructor(server: EmbeddingServer, cacheFile: string) {
    this.#server = server;
    this.#cacheFile = cacheFile;
  }

  /** Right before a run starts. */
  begin(): void {
    this.#requests = this.#server.requests.length;
    if (!existsSync(this.#cacheFile)) return;
    const db = openDatabase(this.#cacheFile, { readonly: true });
    try {
      const rows = db
        .prepare<{ at: number; sha: string }>(
          'SELECT rowid AS at, text_sha256 AS sha FROM vector WHERE rowid > ?',
        )
        .all(this.#rowid);
      for (const { at, sha } of rows) {
        this.#cached.add(sha);
        this.#rowid = Math.max(this.#rowid, at);
      }
    } finally {
      db.close();
    }
  }

  /** After it ended, however it did. */
  end(): Embedded {
    const texts = this.#server.requests.slice(this.#requests).flatMap((request) => request.input);
    const seen = new Set<string>();
    const found = { asked: texts.length, inCache: 0, twice: 0, again: 0 };
    for (const text of texts) {
      const sha = textSha256(text);
      if (this.#cached.has(sha)) found.inCache++;
      if (seen.has(sha)) found.twice++;
      else if (this.#everAsked.has(sha)) found.again++;
      seen.add(sha);
    }
    for (const sha of seen) this.#everAsked.add(sha);
    return found;
  }
}
