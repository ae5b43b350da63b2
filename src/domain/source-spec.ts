/** Where documents come from, as a manifest declares it: one type for each kind of source. */
import type { CursorType } from './cursor.js';
import type { Secret } from './secret.js';

interface AnySource {
  readonly id: string;
  /** Absolute path of a JSON Schema for the documents' metadata; of a record source for the records. */
  readonly contract: string | undefined;
  /** Given to every document; its own wins. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly load: LoadSpec;
  /** Inputs are kept in the landing store, so that they can be read again without the source. Not set: no. */
  readonly landing?: true;
}

/** What absence from a listing means, and which records a listing has. */
export interface LoadSpec {
  readonly mode: 'full_snapshot' | 'incremental_cursor';
  /** Set for incremental_cursor, and for no other. */
  readonly cursor: CursorSpec | undefined;
  /** A field of a record that says it is deleted; undefined: none does. */
  readonly deleted_field: string | undefined;
  /** Whether an input that cannot be read as a record holds back what relies on a complete listing. */
  readonly on_malformed: 'hold' | 'pass';
}

/** Every listing is complete. */
export const FULL_SNAPSHOT: LoadSpec = {
  mode: 'full_snapshot',
  cursor: undefined,
  deleted_field: undefined,
  on_malformed: 'hold',
};

export interface CursorSpec {
  readonly field: string;
  readonly type: CursorType;
  /** How much older than the newest a record may still arrive: milliseconds of a timestamp, else in its own unit. */
  readonly lateness: number;
  /** In canonical form: a first read begins here; undefined: with everything. */
  readonly start: string | undefined;
}

export interface FilesSource extends AnySource {
  readonly type: 'files';
  /** Absolute path. */
  readonly root: string;
  /** Globs over the path below root with forward slashes; empty: every type that has a parser. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Objects of a bucket, of Amazon S3 or of what speaks its protocol. */
export interface S3Source extends AnySource {
  readonly type: 's3';
  readonly bucket: string;
  /** A folder of the bucket: ends with a slash; empty for all of it. */
  readonly prefix: string;
  /** Undefined: Amazon's own. */
  readonly endpoint: string | undefined;
  /** Undefined: as the environment or the AWS configuration says. */
  readonly region: string | undefined;
  /** The bucket in the path of the url, not in its host name. */
  readonly path_style: boolean;
  /** Globs over the key below the prefix; empty: every type that has a parser. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** `default`: the standard chain of AWS. `none`: requests are not signed. */
  readonly credentials: 'default' | 'none' | S3Credentials;
  /** Milliseconds of waiting for the server. */
  readonly timeout_ms: number;
}

export interface S3Credentials {
  readonly access_key_id: Secret;
  readonly secret_access_key: Secret;
  readonly session_token: Secret | undefined;
}

/** Pages by url. */
export interface HttpSource extends AnySource {
  readonly type: 'http';
  /** Absolute; without fragments. */
  readonly urls: readonly string[];
  /** Of a sitemap, or of an index of them. */
  readonly sitemap: string | undefined;
  /** Where pages of the sitemap and redirects may lead, besides the hosts of `urls` and `sitemap`. */
  readonly hosts: readonly string[];
  /** Globs over the path of the url; empty: all. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly headers: Readonly<Record<string, Secret>>;
  /** Requests at once. */
  readonly max_concurrency: number;
  /** Milliseconds from the beginning of one request to that of the next, at least. */
  readonly delay_ms: number;
  /** Milliseconds of waiting for the server. */
  readonly timeout_ms: number;
}

/** Where transcripts lie; absolute paths. */
export type TranscriptPlace =
  | {
      readonly kind: 'folder';
      readonly root: string;
      readonly include: readonly string[];
      readonly exclude: readonly string[];
    }
  | { readonly kind: 'file'; readonly path: string };

/** What the utterances of a .jsonl transcript call their parts; dotted paths. */
export interface TranscriptFields {
  readonly start: string;
  readonly end: string;
  readonly speaker: string;
  readonly text: string;
  /** Of times that are numbers. */
  readonly time_unit: 'seconds' | 'milliseconds';
}

export interface TranscriptSource extends AnySource {
  readonly type: 'transcript';
  readonly place: TranscriptPlace;
  readonly fields: TranscriptFields;
}

/** How a record becomes a document. Fields are dotted paths into it. */
export interface RecordMapping {
  /** The fields that name it; several are joined. */
  readonly key: readonly string[];
  /** Fields one below the other, or a text with `{{field}}` in it. */
  readonly text: readonly string[] | string;
  readonly format: 'text' | 'markdown';
  /** Name of the metadata -> field. */
  readonly metadata_from: Readonly<Record<string, string>>;
}

/** A source whose documents are records, each with a key. */
interface RecordsSource extends AnySource {
  readonly mapping: RecordMapping;
}

export interface JsonlSource extends RecordsSource {
  readonly type: 'jsonl';
  /** Absolute path of a file with one JSON object a line; `.gz` is unpacked. */
  readonly path: string;
}

export interface CsvSource extends RecordsSource {
  readonly type: 'csv';
  /** Absolute path; `.gz` is unpacked. */
  readonly path: string;
  /** Undefined: the first row names them. */
  readonly columns: readonly string[] | undefined;
  /** One character. */
  readonly delimiter: string;
  readonly quoting: 'rfc4180' | 'none';
  /** What is written where there is no value. */
  readonly null_values: readonly string[];
  /** Columns that are no text. */
  readonly types: Readonly<Record<string, 'number' | 'boolean'>>;
}

/** The rows of a whole table or view, or of one SELECT. */
export type RowSet = { readonly table: string } | { readonly query: string };

export interface SqliteSource extends RecordsSource {
  readonly type: 'sqlite';
  /** Absolute path. */
  readonly path: string;
  readonly rows: RowSet;
}

export interface PostgresSource extends RecordsSource {
  readonly type: 'postgres';
  readonly url: Secret;
  /** Absolute path of the PEM of an authority. */
  readonly ca_file: string | undefined;
  readonly rows: RowSet;
  readonly statement_timeout_ms: number;
}

export type RecordSourceSpec = JsonlSource | CsvSource | SqliteSource | PostgresSource;

export type SourceSpec = FilesSource | S3Source | HttpSource | TranscriptSource | RecordSourceSpec;
