/**
 * The changes of one index in the order of their contents, as they were when this was made. Sorted at once: changes
 * come in uri order, and a tree of contents that is filled in that order is read and written once for each of them.
 */
import type { Database } from '../platform/sqlite.js';

export const CONTENTS = `
CREATE TABLE contents (content TEXT, uri TEXT, action TEXT, PRIMARY KEY (content, uri)) WITHOUT ROWID;
`;

const PAGE = 500;

/** A content that at least one change has. */
export interface SharedContent {
  readonly content: string;
  /** The first that has it, by order. */
  readonly uri: string;
  readonly times: number;
}

/** One at a time: the next takes its table. */
export class ChangesByContent {
  readonly #db: Database;

  constructor(db: Database, manifestId: string) {
    this.#db = db;
    db.prepare('DELETE FROM contents').run();
    db.prepare(
      `INSERT INTO contents SELECT content, uri, action FROM changes WHERE manifest_id = ? AND content IS NOT NULL
       ORDER BY content, uri`,
    ).run(manifestId);
  }

  /** Contents that both a delete and a create have: candidates for moves, in order. */
  *moveCandidates(): Generator<{ losses: string[]; creates: string[] }> {
    const both = "HAVING max(action = 'delete') AND max(action = 'create')";
    const find = this.#db.prepare<{ uri: string }>(
      'SELECT uri FROM contents WHERE content = ? AND action = ? ORDER BY uri',
    );
    for (const { content } of this.#groups(both)) {
      const uris = (action: string): string[] => find.all(content, action).map(({ uri }) => uri);
      yield { losses: uris('delete'), creates: uris('create') };
    }
  }

  /** In order, those that at least so many changes have. */
  contents(least: number): Generator<SharedContent> {
    return this.#groups(`HAVING count(*) >= ${least}`);
  }

  /** Uris whose change has this content before or after it, in order. */
  *uris(content: string): Generator<string> {
    const find = `SELECT uri FROM contents WHERE content = ? AND uri > ? ORDER BY uri LIMIT ${PAGE}`;
    for (let after = ''; ; ) {
      const rows = this.#db.prepare<{ uri: string }>(find).all(content, after);
      for (const { uri } of rows) yield uri;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.uri;
    }
  }

  *#groups(having: string): Generator<SharedContent> {
    const find = `SELECT content, min(uri) AS uri, count(*) AS times FROM contents WHERE content > ?
      GROUP BY content ${having} ORDER BY content LIMIT ${PAGE}`;
    for (let after = ''; ; ) {
      const rows = this.#db.prepare<SharedContent>(find).all(after);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.content;
    }
  }
}
