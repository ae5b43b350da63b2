/**
 * One listing of what lies elsewhere, on disk until it is listed anew: it comes in any order, is listed by uri with flat
 * memory, and says later what was there without asking again.
 */
import { IngestError } from '../../domain/errors.js';
import type { Database } from '../../platform/sqlite.js';
import { openTemporaryDatabase } from '../../platform/temporary-database.js';
import { escapeName } from '../files/escape-name.js';

const SCHEMA =
  'CREATE TABLE listed (uri TEXT PRIMARY KEY, name TEXT NOT NULL, facts TEXT NOT NULL) WITHOUT ROWID;';
const PAGE = 500;
const BATCH = 10_000;

export interface SpooledUri<Facts> {
  readonly uri: string;
  /** As it is called there. */
  readonly name: string;
  readonly facts: Facts;
}

interface Row {
  readonly uri: string;
  readonly name: string;
  readonly facts: string;
}

/** `Facts` are plain JSON. */
export class UriSpool<Facts> {
  readonly #db: Database;
  readonly #what: string;
  #inBatch = 0;

  /** @param what of which there are two where a uri comes twice: `objects` */
  constructor(what: string) {
    this.#what = what;
    this.#db = openTemporaryDatabase(SCHEMA);
    this.#db.exec('BEGIN');
  }

  /** The same name again is the same thing. @throws IngestError E201 when two names have one uri */
  add({ uri, name, facts }: SpooledUri<Facts>): void {
    if (++this.#inBatch >= BATCH) {
      this.#db.exec('COMMIT');
      this.#db.exec('BEGIN');
      this.#inBatch = 0;
    }
    const insert = 'INSERT INTO listed VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
    if (this.#db.prepare(insert).run(uri, name, JSON.stringify(facts)).changes > 0) return;
    const known = this.get(uri);
    if (known !== undefined && known.name !== name) throw sameUri(this.#what, uri, known.name, name);
  }

  get(uri: string): SpooledUri<Facts> | undefined {
    const row = this.#db.prepare<Row>('SELECT * FROM listed WHERE uri = ?').get(uri);
    return row && { ...row, facts: JSON.parse(row.facts) as Facts };
  }

  /** In uri order; may be read while others are looked up. */
  *entries(): Generator<SpooledUri<Facts>> {
    for (let after = ''; ; ) {
      const rows = this.#db
        .prepare<Row>('SELECT * FROM listed WHERE uri > ? ORDER BY uri LIMIT ?')
        .all(after, PAGE);
      for (const row of rows) yield { ...row, facts: JSON.parse(row.facts) as Facts };
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.uri;
    }
  }

  close(): void {
    this.#db.close();
  }
}

function sameUri(what: string, uri: string, one: string, other: string): IngestError {
  return new IngestError(
    'E201',
    `two ${what} have one uri, ${uri}: ${escapeName(one)} and ${escapeName(other)}`,
    {
      kind: 'input',
      advice: 'Exclude, rename or remove one of them.',
    },
  );
}
