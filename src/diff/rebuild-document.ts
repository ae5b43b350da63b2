/**
 * What the records of one uri tell of the document that was written there: whole, or in part. Pure; the reverse of
 * what a commit records.
 */
import { chunkId, sourceIdOf } from '../domain/identity.js';
import type { ChunkRow, DocumentRow } from '../domain/state-rows.js';

/** One record of ours as live has it; null where a reserved key is missing or is no longer what it was. */
export interface SeenRecord {
  readonly id: string;
  readonly ordinal: number | null;
  readonly n_chunks: number | null;
  readonly text_sha256: string | null;
  readonly content_sha256: string | null;
  readonly chunk_recipe: string | null;
  readonly gate_recipe: string | null;
  readonly run_id: string | null;
  /** Of all that is stored but the anchors: comparable with ChunkRow.metadata_sha256. */
  readonly metadata_sha256: string;
  /** The user's metadata alone, canonical JSON, and its hash. */
  readonly metadata: string;
  readonly document_metadata_sha256: string;
  /** Of a record of a source with a cursor. */
  readonly version: string | null;
  /** Its text is what text_sha256 says. */
  readonly text_intact: boolean;
}

/** Why a document is not taken as it is; what is left of it is resumed by the next plan. */
export type PartialReason =
  /** Reserved keys are missing, or the id is not the one that its text gives. */
  | 'not-as-written'
  /** A text is not what its checksum says. */
  | 'text-changed'
  /** Records of two versions. */
  | 'mixed'
  /** Fewer records than it has chunks. */
  | 'missing-records';

export interface RebuiltDocument {
  readonly uri: string;
  /** Undefined when no record tells enough: then there are only ids. */
  readonly row: DocumentRow | undefined;
  readonly chunks: readonly ChunkRow[];
  /** Every record that was seen under this uri. */
  readonly ids: readonly string[];
  /** Undefined: whole, as far as its records can tell. */
  readonly partial: PartialReason | undefined;
  /** How many chunks the records say that it has; null when they do not agree. */
  readonly of: number | null;
}

type WholeRecord = Pick<SeenRecord, 'version'> & {
  readonly [Key in Exclude<keyof SeenRecord, 'version'>]: NonNullable<SeenRecord[Key]>;
};

/** `records` in order of ordinal, then id; at least one. */
export function rebuildDocument(
  manifestId: string,
  uri: string,
  records: readonly SeenRecord[],
): RebuiltDocument {
  const whole = records.filter(isWhole);
  const ids = records.map((record) => record.id);
  const [first] = whole;
  const partial = judge(manifestId, uri, records, whole);
  if (first === undefined) return { uri, row: undefined, chunks: [], ids, partial, of: null };
  const of = whole.every((record) => record.n_chunks === first.n_chunks) ? first.n_chunks : null;
  const chunks = whole.map(
    (record): ChunkRow => ({
      chunk_id: record.id,
      uri,
      ordinal: record.ordinal,
      text_sha256: record.text_sha256,
      metadata_sha256: record.metadata_sha256,
    }),
  );
  const row: DocumentRow = {
    uri,
    source_id: sourceIdOf(uri),
    content_sha256: first.content_sha256,
    metadata_sha256: first.document_metadata_sha256,
    metadata: first.metadata,
    gate_recipe: first.gate_recipe,
    chunk_recipe: first.chunk_recipe,
    n_chunks: chunks.length,
    // Kept chunks have the run that wrote them; run ids rise.
    run_id:
      whole
        .map((record) => record.run_id)
        .sort()
        .at(-1) ?? '',
    version: first.version,
  };
  return { uri, row, chunks, ids, partial, of };
}

function judge(
  manifestId: string,
  uri: string,
  records: readonly SeenRecord[],
  whole: readonly WholeRecord[],
): PartialReason | undefined {
  const [first] = whole;
  if (first === undefined || whole.length < records.length) return 'not-as-written';
  if (whole.some((record) => VERSION.some((key) => record[key] !== first[key]))) return 'mixed';
  if (whole.some((record) => !record.text_intact)) return 'text-changed';
  if (whole.length < first.n_chunks) return 'missing-records';
  const occurrences = new Map<string, number>();
  for (const [i, { id, ordinal, text_sha256 }] of whole.entries()) {
    const occurrence = occurrences.get(text_sha256) ?? 0;
    occurrences.set(text_sha256, occurrence + 1);
    if (ordinal !== i || id !== chunkId(manifestId, uri, text_sha256, occurrence)) return 'not-as-written';
  }
  // More records than chunks would have another ordinal somewhere.
  return whole.length === first.n_chunks ? undefined : 'not-as-written';
}

/** What all chunks of one version have in common. */
const VERSION = [
  'content_sha256',
  'chunk_recipe',
  'gate_recipe',
  'n_chunks',
  'document_metadata_sha256',
] as const satisfies readonly (keyof SeenRecord)[];

function isWhole(record: SeenRecord): record is WholeRecord {
  return Object.entries(record).every(([key, value]) => key === 'version' || value !== null);
}
