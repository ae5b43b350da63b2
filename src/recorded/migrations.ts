/**
 * The schema of the recorded state, as numbered migrations: once released, one is never edited.
 *
 * A *scope* is one manifest in one collection; its number keeps rows and keys short. Text is compared
 * by UTF-8 bytes (BINARY), which is the order of everything. Scopes carry their counts, so that no-op
 * runs need not count rows.
 */

/** In the file's header; tells our files from other programs' ("INGs"). */
export const APPLICATION_ID = 0x494e4773;

const VERSION_1 = `
CREATE TABLE state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  lineage TEXT NOT NULL,
  serial INTEGER NOT NULL,
  -- The last fence that was given out; it only rises.
  fence INTEGER NOT NULL
) STRICT;

-- Read by every version before it migrates anything, so this table may never change.
CREATE TABLE lease (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  run_id TEXT NOT NULL, fence INTEGER NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL,
  user TEXT NOT NULL, command TEXT NOT NULL, since TEXT NOT NULL, boot_id TEXT, process_start TEXT
) STRICT;

CREATE TABLE collections (
  collection_id TEXT PRIMARY KEY, name TEXT NOT NULL, target TEXT NOT NULL, space TEXT NOT NULL,
  dimension INTEGER, vector_recipe TEXT NOT NULL, embedding_fingerprint TEXT NOT NULL,
  generation INTEGER NOT NULL, foreign_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE indexes (
  manifest_id TEXT PRIMARY KEY, collection_id TEXT NOT NULL, manifest_sha256 TEXT NOT NULL,
  manifest_file TEXT NOT NULL, batch_id TEXT, pins TEXT NOT NULL, policy TEXT NOT NULL,
  prevent_destroy INTEGER NOT NULL, last_run TEXT, last_good_run TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE scopes (
  no INTEGER PRIMARY KEY,
  collection_id TEXT NOT NULL, manifest_id TEXT NOT NULL,
  documents INTEGER NOT NULL DEFAULT 0, chunks INTEGER NOT NULL DEFAULT 0,
  UNIQUE (collection_id, manifest_id)
) STRICT;

CREATE TABLE documents (
  scope INTEGER NOT NULL, uri TEXT NOT NULL, source_id TEXT NOT NULL, content_sha256 TEXT NOT NULL,
  metadata_sha256 TEXT NOT NULL, metadata TEXT NOT NULL, gate_recipe TEXT NOT NULL,
  chunk_recipe TEXT NOT NULL, n_chunks INTEGER NOT NULL, run_id TEXT NOT NULL,
  PRIMARY KEY (scope, uri)
) STRICT, WITHOUT ROWID;
CREATE INDEX documents_by_source ON documents (scope, source_id);
CREATE INDEX documents_by_run ON documents (scope, run_id);

CREATE TABLE chunks (
  scope INTEGER NOT NULL, chunk_id TEXT NOT NULL, uri TEXT NOT NULL, ordinal INTEGER NOT NULL,
  text_sha256 TEXT NOT NULL, metadata_sha256 TEXT NOT NULL,
  PRIMARY KEY (scope, chunk_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX chunks_by_document ON chunks (scope, uri, ordinal);

CREATE TABLE intents (
  scope INTEGER NOT NULL, uri TEXT NOT NULL, record_id TEXT NOT NULL, operation TEXT NOT NULL,
  fence INTEGER NOT NULL, status TEXT NOT NULL, run_id TEXT NOT NULL, settles_at INTEGER NOT NULL,
  -- Stays 1 when a redo was confirmed: the lost request may still land.
  was_unknown INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (scope, uri, record_id, operation, fence)
) STRICT, WITHOUT ROWID;
CREATE INDEX intents_by_record ON intents (record_id, fence, operation);
CREATE INDEX intents_unsettled ON intents (settles_at) WHERE status = 'unsettled';

CREATE TABLE rejects (
  manifest_id TEXT NOT NULL, uri TEXT NOT NULL, source_id TEXT NOT NULL, content_sha256 TEXT NOT NULL,
  gate_recipe TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, run_id TEXT NOT NULL,
  PRIMARY KEY (manifest_id, uri)
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
  manifest_id TEXT NOT NULL, source_id TEXT NOT NULL, type TEXT NOT NULL, fingerprint TEXT NOT NULL,
  documents INTEGER NOT NULL, run_id TEXT NOT NULL,
  PRIMARY KEY (manifest_id, source_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  -- Order of beginning; clocks may be set back.
  no INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE, started_at TEXT NOT NULL, finished_at TEXT, command TEXT NOT NULL,
  user TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, fence INTEGER NOT NULL, plan_id TEXT,
  trace_id TEXT NOT NULL, outcome TEXT, reason TEXT, manifests TEXT NOT NULL, counters TEXT NOT NULL
) STRICT;

CREATE TABLE journal (
  -- AUTOINCREMENT: a seq is never given twice, also when old runs are archived.
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  ts TEXT NOT NULL, run_id TEXT NOT NULL, manifest_id TEXT, type TEXT NOT NULL,
  journal_version INTEGER NOT NULL, data TEXT NOT NULL
) STRICT;
CREATE INDEX journal_by_run ON journal (run_id);

CREATE TABLE used_plans (
  plan_id TEXT NOT NULL, lineage TEXT NOT NULL, serial INTEGER NOT NULL, run_id TEXT NOT NULL,
  PRIMARY KEY (plan_id, lineage, serial)
) STRICT, WITHOUT ROWID;
`;

/** A replacement is built beside the live collection, and one that was replaced is kept. */
const VERSION_2 = `ALTER TABLE collections ADD COLUMN role TEXT NOT NULL DEFAULT 'live'`;

/** Empty: refused by a version that did not record it, so the next plan asks the parser again. */
const VERSION_3 = `ALTER TABLE rejects ADD COLUMN chunk_recipe TEXT NOT NULL DEFAULT ''`;

/** Which of the replaced collections was live last, and what a rollback keeps away from. */
const VERSION_4 = `
ALTER TABLE collections ADD COLUMN retired_run TEXT;
ALTER TABLE collections ADD COLUMN pinned TEXT;
`;

/**
 * Records: their versions, where each source's next increment starts, and which inputs were applied; the landed
 * bytes of each; contracts, to tell how one changed; and what else is known of a refused document.
 */
const VERSION_5 = `
ALTER TABLE documents ADD COLUMN version TEXT;
-- Who else has this content?
CREATE INDEX documents_by_content ON documents (scope, content_sha256);

ALTER TABLE rejects ADD COLUMN verdict TEXT NOT NULL DEFAULT 'reject';
ALTER TABLE rejects ADD COLUMN codes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE rejects ADD COLUMN location TEXT;
ALTER TABLE rejects ADD COLUMN first_run TEXT;

CREATE TABLE contracts (
  manifest_id TEXT NOT NULL, source_id TEXT NOT NULL, sha256 TEXT NOT NULL, text TEXT NOT NULL, run_id TEXT NOT NULL,
  PRIMARY KEY (manifest_id, source_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
  manifest_id TEXT NOT NULL, source_id TEXT NOT NULL, field TEXT NOT NULL, type TEXT NOT NULL,
  cursor TEXT, watermark TEXT, checkpoint TEXT, run_id TEXT NOT NULL, updated_at TEXT NOT NULL,
  PRIMARY KEY (manifest_id, source_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE batches (
  -- Order of first being applied.
  no INTEGER PRIMARY KEY,
  manifest_id TEXT NOT NULL, batch_id TEXT NOT NULL, mode TEXT NOT NULL, sources TEXT NOT NULL,
  documents INTEGER NOT NULL, first_run TEXT NOT NULL, last_run TEXT NOT NULL,
  UNIQUE (manifest_id, batch_id)
) STRICT;

CREATE TABLE landed (
  manifest_id TEXT NOT NULL, batch_id TEXT NOT NULL, uri TEXT NOT NULL, content_sha256 TEXT NOT NULL,
  version TEXT, blob TEXT NOT NULL, form TEXT NOT NULL, parser TEXT NOT NULL, path TEXT NOT NULL, run_id TEXT NOT NULL,
  PRIMARY KEY (manifest_id, batch_id, uri)
) STRICT, WITHOUT ROWID;
CREATE INDEX landed_by_blob ON landed (blob);
CREATE INDEX landed_by_uri ON landed (manifest_id, uri, content_sha256, run_id);
`;

/** Migration n (from 1) brings a file from user_version n - 1 to n. */
export const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5];
