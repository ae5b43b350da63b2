/** From source_manifest_v1 to a manifest of ours, with an account of every field. Pure. */
import { readCursor } from '../../domain/cursor.js';
import { sha256Hex } from '../../domain/hashing.js';
import type { AddedField, ImportedField } from '../../domain/imported.js';
import { Ledger } from './ledger.js';
import { type AssetContext, type MappedAsset, mapAssets } from './map-assets.js';
import type { CourseManifest } from './source-manifest.js';

export interface MappedManifest {
  readonly manifestId: string;
  /** As YAML holds it. */
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly fields: readonly ImportedField[];
  readonly added: readonly AddedField[];
  readonly assets: readonly MappedAsset[];
}

type Section = Readonly<Record<string, unknown>>;

export function mapSourceManifest(
  manifest: CourseManifest,
  { supported, placeOf }: Pick<AssetContext, 'supported' | 'placeOf'>,
): MappedManifest {
  const ledger = new Ledger();
  const manifestId = idOf(manifest.manifest_id);
  ledger.mapped(
    'manifest_id',
    `metadata.manifest_id: ${manifestId}; metadata.imported_from of every document`,
  );
  ledger.mapped('schema_version', 'apiVersion: ingest/v1');
  if (manifest.owner.includes('${')) ledger.left('owner', VARIABLE);
  else ledger.mapped('owner', 'metadata.owner');
  ledger.left('batch_id', 'ingest names a batch by its content: equal inputs have equal ids');
  ledger.left('created_at', 'it says when the manifest was written, and nothing of the documents');
  if (manifest.notes != null) ledger.left('notes', 'for people; it is a comment of the new manifest');
  const chunking = chunkingOf(manifest, ledger);
  const gate = gateOf(manifest, ledger);
  const load = loadOf(manifest, ledger);
  const common = commonMetadata(manifest, ledger);
  const assets = mapAssets({ manifest, common, load, supported, placeOf }, ledger);
  return {
    manifestId,
    manifest: {
      apiVersion: 'ingest/v1',
      kind: 'Index',
      metadata: {
        manifest_id: manifestId,
        ...(manifest.owner.includes('${') ? {} : { owner: manifest.owner }),
      },
      environments: { dev: { chroma: 'embedded' } },
      embedding: { provider: 'lexical-hash' },
      ...(chunking === undefined ? {} : { chunking }),
      sources: assets.flatMap(({ sources }) => sources),
      policy: { gate },
    },
    fields: ledger.rows(manifest),
    added: [
      { field: 'environments', reason: 'theirs names no index; dev is an embedded Chroma beside the state' },
      {
        field: 'embedding',
        reason: 'theirs names no model; lexical-hash needs none, and finds words, not meanings',
      },
    ],
    assets,
  };
}

const VARIABLE = 'it holds ${, which a manifest takes for a variable';
/** What a manifest id of ours may have. */
const ID_LENGTH = 63;

function idOf(theirs: string): string {
  const id = theirs.replaceAll('_', '-');
  return id.length <= ID_LENGTH ? id : `${id.slice(0, ID_LENGTH - 9)}-${sha256Hex(theirs).slice(0, 8)}`;
}

const COMMON = [
  'modality',
  'source_type',
  'product_line',
  'license_tag',
  'contract_ref',
  'canonization_status',
] as const satisfies readonly (keyof CourseManifest)[];

function commonMetadata(manifest: CourseManifest, ledger: Ledger): Section {
  const metadata: Record<string, unknown> = { imported_from: manifest.manifest_id };
  for (const field of COMMON) {
    const value = manifest[field];
    if (value === undefined) continue;
    metadata[field] = value;
    ledger.kept(field, `metadata.${field}`);
  }
  return metadata;
}

const MAX_CHARS = 100_000;
const MIN_CHARS = 200;

function chunkingOf({ ingest_config }: CourseManifest, ledger: Ledger): Section | undefined {
  const { parser, chunk_size: size, chunk_overlap: overlap } = ingest_config ?? {};
  if (parser !== undefined)
    ledger.left('ingest_config.parser', 'parsers are chosen by the type of each file');
  const usable = size != null && size <= MAX_CHARS;
  if (size != null && !usable)
    ledger.left('ingest_config.chunk_size', `chunks have at most ${MAX_CHARS} characters`);
  if (overlap != null && !usable) ledger.left('ingest_config.chunk_overlap', 'it goes with a chunk_size');
  if (!usable) return undefined;
  const inCharacters = 'its unit is not said; read as characters';
  ledger.mapped('ingest_config.chunk_size', 'chunking.max_chars', inCharacters);
  const fits = overlap != null && overlap < size;
  if (overlap != null && fits)
    ledger.mapped('ingest_config.chunk_overlap', 'chunking.overlap_chars', inCharacters);
  if (overlap != null && !fits) ledger.left('ingest_config.chunk_overlap', 'it is not less than chunk_size');
  const least = fits ? overlap + 1 : 0;
  return {
    max_chars: size,
    min_chars: Math.max(Math.min(MIN_CHARS, size), least),
    ...(fits ? { overlap_chars: overlap } : {}),
  };
}

/** Theirs judges by its defaults when it says nothing, which are ours. */
function gateOf({ gate_policy, ingest_config }: CourseManifest, ledger: Ledger): Section {
  const gate: Record<string, unknown> = {};
  for (const [field, judgement] of Object.entries(gate_policy ?? {})) {
    const key = field.replace(/^on_/, '');
    gate[key] = judgement;
    ledger.mapped(`gate_policy.${field}`, `policy.gate.${key}`);
  }
  const scan = ingest_config?.pii_scan;
  if (scan === undefined) return gate;
  if (scan) {
    ledger.mapped('ingest_config.pii_scan', 'policy.gate.pii_gap', 'what was not scanned is judged by it');
    return gate;
  }
  ledger.mapped(
    'ingest_config.pii_scan',
    'policy.gate.pii_gap: accept',
    'where nothing is scanned, nothing is missing',
  );
  if ('pii_gap' in gate) ledger.left('gate_policy.on_pii_gap', 'pii_scan is off, so it never applied');
  return { ...gate, pii_gap: 'accept' };
}

const INSTEAD: Readonly<Record<'cdc' | 'replay' | 'backfill', string>> = {
  cdc: 'a stream of changes is no listing: land it in a file, and read that with incremental_cursor',
  replay: 'not a property of an index: `ingest replay BATCH` says a known batch again',
  backfill: 'not a property of an index: `ingest backfill --source ID --start A --end B` fills a past window',
};

/** Undefined: what is listed is all there is, which is the default. */
function loadOf(manifest: CourseManifest, ledger: Ledger): Section | undefined {
  const { load_mode, selection_window, contract_ref } = manifest;
  const window = selection_window ?? {};
  for (const [field, value] of Object.entries(window)) {
    if (value != null) ledger.left(`selection_window.${field}`, `load_mode ${load_mode} does not use it`);
  }
  if (load_mode === 'full_snapshot')
    ledger.mapped('load_mode', 'load.mode: full_snapshot, which is the default');
  if (load_mode === 'full_snapshot') return undefined;
  if (load_mode !== 'incremental_cursor') {
    ledger.left('load_mode', INSTEAD[load_mode]);
    for (const [field, value] of Object.entries(window)) {
      if (value != null) ledger.left(`selection_window.${field}`, INSTEAD[load_mode]);
    }
    return undefined;
  }
  const { cursor_field, cursor_start, cursor_end, watermark_field } = window;
  if (!contract_ref.includes('/ticket/')) {
    ledger.left(
      'load_mode',
      'files are read as a whole, and unchanged ones are not opened; only records have cursors',
    );
    return undefined;
  }
  if (cursor_field == null || cursor_start == null || `${cursor_field}${cursor_start}`.includes('${')) {
    ledger.left('load_mode', VARIABLE);
    return undefined;
  }
  const cursor_type = typeof cursor_start === 'number' ? 'number' : cursorType(cursor_start);
  ledger.mapped('load_mode', 'load.mode: incremental_cursor');
  ledger.mapped('selection_window.cursor_field', 'load.cursor_field');
  ledger.mapped('selection_window.cursor_start', 'load.start', `read as a ${cursor_type}`);
  if (cursor_end != null) {
    ledger.left(
      'selection_window.cursor_end',
      'each run reads up to the newest record; `ingest backfill` fills a window',
    );
  }
  if (watermark_field != null)
    ledger.left('selection_window.watermark_field', 'the watermark is what a run recorded');
  return {
    mode: 'incremental_cursor',
    cursor_field,
    cursor_type,
    ...(cursor_type === 'string' ? { collation: 'binary' } : {}),
    start: cursor_start,
  };
}

function cursorType(start: string): 'timestamp' | 'number' | 'string' {
  if (readCursor('timestamp', start).ok) return 'timestamp';
  return readCursor('number', start).ok ? 'number' : 'string';
}
