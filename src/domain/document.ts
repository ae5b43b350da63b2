/** Documents and chunks on their way from bytes to records. */

import type { PiiReport } from './pii.js';
import type { Warning } from './warning.js';

export type MetadataValue = string | number | boolean;
/** Flat metadata as it is stored: dotted keys, no reserved prefix, integers beyond 2^53 as strings. */
export type Metadata = Readonly<Record<string, MetadataValue>>;

/** What stat says, for the stat cache. Times in nanoseconds as decimal strings (bigint in SQLite text). */
export interface FileStat {
  readonly size: number;
  readonly mtime_ns: string;
  readonly ctime_ns: string;
  readonly inode: string;
}

/** One entry of a source's listing, in strictly rising uri order. */
export type ListingEntry = DocumentEntry | DeletedEntry | MalformedEntry | SkippedEntry | UnreadableEntry;

export interface DocumentEntry {
  readonly kind: 'document';
  readonly uri: string;
  /** Path below the source's root as the file system spells it, forward slashes; of a record its key. */
  readonly path: string;
  readonly parser: string;
  /** What a stat cache may go by; null for a record, which listing has read anyway. */
  readonly stat: FileStat | null;
  /** As `read` would give it, where the listing knows it. */
  readonly content_sha256?: string;
  /** Of a source with a cursor: the record's own, in canonical form. */
  readonly version?: string;
  /** Set where it is read from the landing store, and its source is not asked. */
  readonly landed?: LandedInput;
}

/** One input in the landing store. */
export interface LandedInput {
  readonly blob: string;
  /** `raw`: what its source reads again. `judged`: as the gate let it in. */
  readonly form: 'raw' | 'judged';
}

/** The source says itself that the document is deleted (`load.deleted_field`): a loss, also in a window. */
export interface DeletedEntry {
  readonly kind: 'deleted';
  readonly uri: string;
  readonly version?: string;
}

/** An input without a key that can be trusted. Nobody knows which document it was: the listing is incomplete. */
export interface MalformedEntry {
  readonly kind: 'malformed';
  /** `<source_id>/!malformed/<first 16 hex of content_sha256>`: the same damage is the same entry. */
  readonly uri: string;
  /** Of the bytes that could not be read. */
  readonly content_sha256: string;
  /** Where it stands: `tickets.jsonl:17`. */
  readonly location: string;
  readonly message: string;
}

/** Declared but not indexed, and why: `unsupported-type` (no parser) or `outside-root` (symlink). */
export interface SkippedEntry {
  readonly kind: 'skipped';
  readonly uri: string;
  readonly reason: 'unsupported-type' | 'outside-root' | 'not-a-file';
  /** Lower-case extension with its dot, or the base name where there is none; for counting. */
  readonly type: string;
}

/** Makes the listing incomplete: what lies below may exist and was not seen. */
export interface UnreadableEntry {
  readonly kind: 'unreadable';
  /** Uri of the file, or of the folder with a trailing slash. */
  readonly uri: string;
  readonly message: string;
  /** Set of what is one document although its uri ends with a slash, as pages do. */
  readonly document?: true;
}

/** Part of a source that could not be listed: what is in it cannot be counted. */
export function isUnreadFolder({ uri, document }: UnreadableEntry): boolean {
  return document !== true && uri.endsWith('/');
}

/** First and last line, 1-based, inclusive. */
export type LineRange = readonly [first: number, last: number];

/** First and last instant in milliseconds from the beginning of a recording. */
export type TimeRange = readonly [start: number, end: number];

/** A document's text after parsing; for Markdown without its front matter. */
export interface ParsedText {
  readonly text: string;
  /** 1-based line of the file on which `text` starts. */
  readonly first_line: number;
  /** Where the text is not the file's own: the lines of the file behind each line of `text`. */
  readonly line_ranges?: readonly LineRange[];
  /** Of what was said: when, for each line of `text`. */
  readonly times?: readonly TimeRange[];
  /** Of a format with pages: the 1-based line of `text` on which each page starts, rising. */
  readonly page_starts?: readonly number[];
  /** As found in the document, nested. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly warnings: readonly Warning[];
  /** Set when text and metadata are composed of a record's fields: then those are what is judged. */
  readonly record?: ParsedRecord;
}

/** A record, which becomes a document once the gate has seen its fields. */
export interface ParsedRecord {
  readonly fields: Readonly<Record<string, unknown>>;
  /** Text and metadata by the source's declaration, of these fields or of what redaction left of them. */
  compose(fields: Readonly<Record<string, unknown>>): {
    readonly text: string;
    readonly metadata: Readonly<Record<string, unknown>>;
  };
}

export type ReadResult =
  | {
      readonly kind: 'text';
      readonly content_sha256: string;
      readonly parsed: ParsedText;
      /** What `Source.parse` makes the same of; not set where nothing does. */
      readonly bytes?: Uint8Array;
    }
  | {
      readonly kind: 'reject';
      readonly content_sha256: string;
      readonly code: RejectCode;
      readonly detail: string;
    }
  /** Could not be read this time (vanished, permission, kept changing). Never the same as absent. */
  | { readonly kind: 'unreadable'; readonly message: string };

/** Why a document is refused. An open list for readers of plans and reports: more may come. */
export type RejectCode =
  | 'contract'
  | 'metadata'
  /** Rules of `policy.gate`. */
  | 'missing-checksum'
  | 'checksum-mismatch'
  | 'partial-metadata'
  | 'missing-metadata'
  | 'pii-gap'
  | 'pii-suspected'
  | 'unknown-license'
  /** Personal data that a rule denies. */
  | 'pii'
  /** A NUL byte where text is expected. */
  | 'binary'
  | 'invalid-utf8'
  /** The bytes are not of the format that the extension says. */
  | 'mislabelled'
  /** Of that format, and broken: truncated, damaged, or not well formed. */
  | 'malformed'
  /** Needs a password. */
  | 'encrypted'
  /** Readable, but without a text layer: scanned pages. */
  | 'no-text'
  /** More bytes than a document may have, packed or unpacked. */
  | 'too-large'
  /** Nested too deeply, or it took more time or memory than a document may. */
  | 'too-complex';

/** Why a parser gives no text. The hash of what was refused is that of any other version of the document. */
export interface Refusal {
  readonly code: RejectCode;
  /** One sentence for a person: what is wrong, and where or what to do when that is known. */
  readonly detail: string;
}

export function isRefusal(result: ParsedText | Refusal): result is Refusal {
  return 'code' in result;
}

/** A piece of text as a chunker gives it. Lines are 1-based, inclusive, of the text handed in. */
export interface TextChunk {
  /** What is stored and embedded, with the heading path in front where the strategy has one. */
  readonly text: string;
  readonly first_line: number;
  readonly last_line: number;
  readonly heading_path: readonly string[];
}

/** A chunk with identity: what becomes one Chroma record. */
export interface Chunk {
  readonly id: string;
  readonly text: string;
  readonly text_sha256: string;
  readonly ordinal: number;
  /** Everything stored but the anchors: user metadata and `ingest_` fields. */
  readonly metadata: Metadata;
  /** Hash of `metadata` in the form in which it is stored. */
  readonly metadata_sha256: string;
}

/** A document ready for comparison: gated, chunked, hashed. */
export interface PreparedDocument {
  readonly uri: string;
  readonly source_id: string;
  readonly content_sha256: string;
  /** Hash of the user's metadata alone. */
  readonly metadata_sha256: string;
  readonly metadata: Metadata;
  readonly gate_recipe: string;
  readonly chunk_recipe: string;
  readonly chunks: readonly Chunk[];
  readonly warnings: readonly Warning[];
  /** Undefined without PII rules. */
  readonly pii?: PiiReport | undefined;
  /** Its cursor value; null without a cursor. */
  readonly version: string | null;
}
