/** A manifest after loading: validated, defaults filled in, one environment chosen and interpolated. */
import type { ConnectionSpec } from './connection.js';
import type { CursorType } from './cursor.js';
import type { GateSpec } from './gate-policy.js';
import type { PiiPolicy } from './pii.js';
import type { Secret } from './secret.js';

export type Space = 'cosine' | 'l2' | 'ip';

/** Where the index lives. `collection` and `space` are the same for both kinds. */
export type Target = EmbeddedTarget | RemoteTarget;

interface CollectionTarget {
  readonly collection: string;
  readonly space: Space;
}

export interface EmbeddedTarget extends CollectionTarget {
  readonly kind: 'embedded';
}

export interface RemoteTarget extends CollectionTarget {
  readonly kind: 'remote';
  /** Origin and path of the server, without credentials; safe to print. */
  readonly url: string;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly tenant: string;
  readonly database: string;
  readonly connection: ConnectionSpec;
}

/** Providers behind HTTP. */
export type HttpProviderName = 'openai-compatible' | 'ollama' | 'tei' | 'cohere' | 'voyage' | 'jina';

/** The model that computed what is there, where it now goes by another name. */
export interface EmbeddingAlias {
  readonly provider: HttpProviderName;
  readonly model: string;
  readonly revision: string | undefined;
  readonly dimensions: number | undefined;
}

/** A model that runs inside this process. */
export interface LocalModel {
  /** Absolute path of the model's own folder; undefined: downloaded, once. */
  readonly folder: string | undefined;
  /** Which of its weights: the file under onnx/. */
  readonly dtype: ModelDtype;
  readonly pooling: Pooling;
  /** Of the files that decide its vectors; undefined until somebody has looked, and for what is downloaded. */
  readonly files_sha256: string | undefined;
}

export type ModelDtype = 'fp32' | 'fp16' | 'q8' | 'int8' | 'uint8' | 'q4' | 'q4f16' | 'bnb4';

/** How the vectors of a text's tokens become one. */
export type Pooling = 'mean' | 'cls' | 'last';

/** Settings of one embedding provider; keys that a provider does not know are refused by the schema. */
export interface EmbeddingSpec {
  readonly provider: 'lexical-hash' | 'transformers' | HttpProviderName;
  readonly model: string;
  readonly base_url: string | undefined;
  readonly api_key: Secret | undefined;
  readonly headers: Readonly<Record<string, Secret>>;
  /** Declared dimension, or undefined when the model decides (pinned at first use). */
  readonly dimensions: number | undefined;
  readonly revision: string | undefined;
  readonly query_prefix: string;
  readonly passage_prefix: string;
  readonly normalise: boolean;
  readonly price_per_million_tokens: number | undefined;
  /** Texts per request. */
  readonly batch_size: number | undefined;
  /** Milliseconds per request. */
  readonly timeout_ms: number;
  /** At most, in any minute; undefined: as fast as the provider answers. */
  readonly requests_per_minute: number | undefined;
  readonly tokens_per_minute: number | undefined;
  /** Requests at once; undefined: the provider's own default. */
  readonly max_concurrency: number | undefined;
  readonly same_as: EmbeddingAlias | undefined;
  /** Set for `transformers`, and for no other. */
  readonly local: LocalModel | undefined;
}

/** How a text is cut. */
export type ChunkStrategy = DeclaredStrategy | 'rows' | 'utterances';

/** What a manifest may choose; `auto` there leaves the choice to the parser of each document. */
export type DeclaredStrategy = 'markdown' | 'text' | 'code' | 'whole';

/** Strategy, and sizes in one of two units. */
export type ChunkingSpec = { readonly strategy: 'auto' | DeclaredStrategy } & (CharSizes | TokenSizes);

/** In characters (code points). */
export interface CharSizes {
  readonly max_chars: number;
  readonly min_chars: number;
  readonly overlap_chars: number;
}

/** In tokens of a declared tokenizer. */
export interface TokenSizes {
  readonly max_tokens: number;
  readonly min_tokens: number;
  readonly overlap_tokens: number;
  readonly tokenizer: TokenizerSpec;
}

export type TokenEncoding = 'o200k_base' | 'cl100k_base';

export type TokenizerSpec =
  | { readonly kind: 'encoding'; readonly name: TokenEncoding }
  /** A Hugging Face tokenizer.json; absolute path. */
  | { readonly kind: 'file'; readonly file: string };

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

export interface PolicySpec {
  readonly deletes: { readonly max_count: number; readonly max_ratio: number };
  readonly on_reject: 'keep' | 'delete';
  /** Undefined: the manifest does not ask for more than its contracts. */
  readonly gate?: GateSpec | undefined;
  /** Undefined: the manifest does not say; what is recorded stays in force. */
  readonly prevent_destroy: boolean | undefined;
  /** How many replaced collections are kept beside the live one. */
  readonly keep_previous: number;
  /** Undefined: personal data is not looked for, but where a contract says so. */
  readonly pii?: PiiPolicy | undefined;
}

/** Also what versions kept that knew no such policy. */
export const DEFAULT_KEEP_PREVIOUS = 1;

/** One question, and what must be among the chunks that are nearest to it. */
export interface CheckQuery {
  /** Tells it from the others, from run to run. */
  readonly id: string;
  readonly query: string;
  /** How many of the nearest chunks are looked at. */
  readonly k: number;
  /** Uris, or globs over them; each must be found. */
  readonly uris: readonly string[];
  /** Text that one of these chunks must hold. */
  readonly contains: string | undefined;
}

export interface ChecksSpec {
  /** Of all queries together; undefined: not asked for. */
  readonly thresholds: { readonly recall: number; readonly mrr: number | undefined };
  readonly queries: readonly CheckQuery[];
}

export interface Manifest {
  readonly manifest_id: string;
  readonly owner: string | undefined;
  /** Path as given or found, with forward slashes, for messages. */
  readonly file: string;
  /** Hash of the parsed, not yet interpolated manifest: the same on every machine. */
  readonly sha256: string;
  readonly environment: string;
  readonly target: Target;
  readonly embedding: EmbeddingSpec;
  readonly chunking: ChunkingSpec;
  /** In the order of `<id>/` by UTF-8 bytes, so that uris rise across sources. */
  readonly sources: readonly SourceSpec[];
  readonly policy: PolicySpec;
  readonly checks: ChecksSpec | undefined;
}

/** Result of loading desired state for one environment. */
export interface DesiredState {
  readonly environment: string;
  /** In order of manifest_id. */
  readonly manifests: readonly Manifest[];
  /** Manifests that have no such environment; listed, not planned. */
  readonly notApplicable: readonly { readonly manifest_id: string; readonly file: string }[];
  /** True when only a part of the desired folder was loaded (-f one.yaml). */
  readonly warnings: readonly Warning[];
}

/** A structured warning. Keys are stable, so that gates can name them. */
export interface Warning {
  readonly key: string;
  readonly message: string;
  readonly detail: string | null;
  /** Functional warnings need action; the others are for information. */
  readonly functional: boolean;
}
