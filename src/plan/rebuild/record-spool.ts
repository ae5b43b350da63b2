/** Records come from live in no order; here they wait on disk until they are read document by document. */
import type { SeenRecord } from '../../diff/rebuild-document.js';
import type { Database } from '../../platform/sqlite.js';
import { openTemporaryDatabase } from '../../platform/temporary-database.js';
import type { OwnedRecord } from './see-record.js';

const FIELDS = [
  'id',
  'ordinal',
  'n_chunks',
  'text_sha256',
  'content_sha256',
  'chunk_recipe',
  'gate_recipe',
  'run_id',
  'metadata_sha256',
  'metadata',
  'document_metadata_sha256',
  'version',
  'text_intact',
] as const satisfies readonly (keyof SeenRecord)[];

const SCHEMA = `
CREATE TABLE seen (collection_id TEXT, manifest_id TEXT, uri TEXT, ${FIELDS.join(', ')},
  PRIMARY KEY (collection_id, manifest_id, uri, id)) WITHOUT ROWID;
`;
const INSERT = `INSERT OR REPLACE INTO seen VALUES (@collection_id, @manifest_id, @uri, ${FIELDS.map((name) => `@${name}`).join(', ')})`;

type StoredRecord = Omit<SeenRecord, 'text_intact'> & {
  readonly text_intact: number;
  readonly collection_id: string;
  readonly manifest_id: string;
  readonly uri: string;
};

export interface SpooledDocument {
  readonly collection_id: string;
  readonly manifest_id: string;
  readonly uri: string;
  /** In order of ordinal, then id. */
  readonly records: readonly SeenRecord[];
}

export class RecordSpool {
  readonly #db: Database;

  constructor() {
    this.#db = openTemporaryDatabase(SCHEMA);
    this.#db.exec('BEGIN');
  }

  add(collection_id: string, { manifest_id, uri, record }: OwnedRecord): void {
    this.#db
      .prepare(INSERT)
      .run({ collection_id, manifest_id, uri, ...record, text_intact: record.text_intact ? 1 : 0 });
  }

  /** Newest run that wrote a record of this manifest that is there still. */
  newestRun(collection_id: string, manifest_id: string): string | null {
    return (
      this.#db
        .prepare<{ run_id: string | null }>(
          'SELECT max(run_id) AS run_id FROM seen WHERE collection_id = ? AND manifest_id = ?',
        )
        .get(collection_id, manifest_id)?.run_id ?? null
    );
  }

  /** How many documents were cut with each recipe. */
  chunkRecipes(collection_id: string, manifest_id: string): ReadonlyMap<string, number> {
    const rows = this.#db
      .prepare<{ recipe: string; n: number }>(
        `SELECT chunk_recipe AS recipe, count(DISTINCT uri) AS n FROM seen
         WHERE collection_id = ? AND manifest_id = ? AND chunk_recipe IS NOT NULL GROUP BY chunk_recipe`,
      )
      .all(collection_id, manifest_id);
    return new Map(rows.map(({ recipe, n }) => [recipe, n]));
  }

  /** In the order of collection, manifest and uri. */
  *documents(): Generator<SpooledDocument> {
    let open: { document: Omit<SpooledDocument, 'records'>; records: SeenRecord[] } | undefined;
    for (const row of this.#db.iterate<StoredRecord>(
      'SELECT * FROM seen ORDER BY collection_id, manifest_id, uri',
    )) {
      const { collection_id, manifest_id, uri, text_intact, ...fields } = row;
      const same =
        open?.document.uri === uri &&
        open.document.manifest_id === manifest_id &&
        open.document.collection_id === collection_id;
      if (!same) {
        if (open !== undefined) yield sorted(open);
        open = { document: { collection_id, manifest_id, uri }, records: [] };
      }
      open?.records.push({ ...fields, text_intact: text_intact === 1 });
    }
    if (open !== undefined) yield sorted(open);
  }

  close(): void {
    this.#db.close();
  }
}

function sorted(open: {
  readonly document: Omit<SpooledDocument, 'records'>;
  readonly records: SeenRecord[];
}): SpooledDocument {
  open.records.sort((a, b) => (a.ordinal ?? 0) - (b.ordinal ?? 0) || (a.id < b.id ? -1 : 1));
  return { ...open.document, records: open.records };
}
