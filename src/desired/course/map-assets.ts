/** Assets become sources: one for each, so that everything that is said of an asset is said of its documents. Pure. */
import { sha256Hex } from '../../domain/hashing.js';
import type { Ledger } from './ledger.js';
import { type CourseAsset, type CourseManifest, contractNameOf } from './source-manifest.js';

export interface Place {
  /** Folder, relative to the manifest that is written; forward slashes. */
  readonly root: string;
  /** The same with the file's name. */
  readonly path: string;
  readonly name: string;
}

export interface AssetContext {
  readonly manifest: CourseManifest;
  /** Said of every document. */
  readonly common: Readonly<Record<string, unknown>>;
  /** For records. */
  readonly load: Readonly<Record<string, unknown>> | undefined;
  /** Source types of this version. */
  readonly supported: ReadonlySet<string>;
  /** Undefined: no file, but an address. */
  placeOf(path: string): Place | undefined;
}

export interface MappedAsset {
  readonly asset: CourseAsset;
  /** Files to be looked at: the asset itself, and what is read in its place. */
  readonly files: readonly string[];
  /** Why it became no source; undefined when it did. */
  readonly problem: string | undefined;
  readonly sources: readonly Readonly<Record<string, unknown>>[];
}

const ID_LENGTH = 63;
const GLOB_CHARACTERS = /[\\*?[\]{}()!+@|]/g;
const TICKET = {
  key: 'ticket_id',
  text: ['subject', 'description'],
  // customer_id, org_id and assignee_id are left where they are: they name people.
  metadata_from: [
    'ticket_id',
    'status',
    'priority',
    'category',
    'product_line',
    'product_version',
    'created_at',
    'updated_at',
    'pii_level',
    'quality_gate',
  ],
} as const;

export function mapAssets(context: AssetContext, ledger: Ledger): readonly MappedAsset[] {
  const ids = new Set<string>();
  return context.manifest.assets.map((asset, index) => mapAsset(context, ledger, asset, index, ids));
}

function mapAsset(
  context: AssetContext,
  ledger: Ledger,
  asset: CourseAsset,
  index: number,
  ids: Set<string>,
): MappedAsset {
  const at = `assets[${index}]`;
  const id = uniqueId(asset.source_id, ids);
  const metadata = { ...context.common, ...ownMetadata(ledger, asset, at) };
  ledger.kept(`${at}.source_id`, `sources[${id}].metadata.source_id`);
  checkedNow(ledger, asset, at);
  const chosen = choose(context, asset);
  if ('problem' in chosen) {
    for (const field of PATHS) if (asset[field] != null) ledger.left(`${at}.${field}`, chosen.problem);
    return { asset, files: [], problem: chosen.problem, sources: [] };
  }
  for (const field of PATHS) {
    if (asset[field] == null) continue;
    const used = chosen.uses.find((use) => use.field === field);
    if (used !== undefined) ledger.mapped(`${at}.${field}`, `sources[${id}${used.suffix}]`);
    else
      ledger.left(
        `${at}.${field}`,
        chosen.why[field] ?? 'it is no text; what is read in its place is a source',
      );
  }
  const sources = chosen.uses.map(({ suffix, source }) => ({ id: `${id}${suffix}`, ...source, metadata }));
  for (const source of sources) ids.add(source.id);
  const files = [asset.source_url_or_path, ...chosen.uses.map(({ field }) => asset[field] ?? '')];
  return { asset, files: [...new Set(files)], problem: undefined, sources };
}

const PATHS = [
  'source_url_or_path',
  'transcript_object_path',
  'ocr_text_path',
  'keyframe_ocr_path',
  'audio_track_path',
] as const;
type PathField = (typeof PATHS)[number];

interface Use {
  readonly field: PathField;
  readonly suffix: string;
  readonly source: Readonly<Record<string, unknown>>;
}

type Choice =
  | { readonly problem: string }
  | { readonly uses: readonly Use[]; readonly why: Readonly<Partial<Record<PathField, string>>> };

/** What of an asset is text. */
function choose(context: AssetContext, asset: CourseAsset): Choice {
  const kind = contractNameOf(asset.contract_ref ?? context.manifest.contract_ref);
  const file = (field: PathField): Place | undefined => {
    const path = asset[field];
    return path == null ? undefined : context.placeOf(path);
  };
  const unusable = PATHS.find((field) => asset[field]?.includes('${'));
  if (unusable !== undefined) return { problem: 'its path holds ${, which a manifest takes for a variable' };
  if (kind === 'audio_asset' || kind === 'video_asset') {
    const uses: Use[] = [];
    const transcript = file('transcript_object_path');
    const frames = file('keyframe_ocr_path');
    const spoken = context.supported.has('transcript');
    if (transcript !== undefined && spoken)
      uses.push({
        field: 'transcript_object_path',
        suffix: '',
        source: { type: 'transcript', path: transcript.path },
      });
    if (frames !== undefined)
      uses.push({ field: 'keyframe_ocr_path', suffix: '-frames', source: filesSource(frames) });
    const why = spoken ? 'no transcript is given' : 'this version has no source type transcript';
    if (uses.length === 0) return { problem: `sound and pictures are indexed by their text, and ${why}` };
    return { uses, why: spoken ? {} : { transcript_object_path: why } };
  }
  if (context.manifest.modality === 'image') {
    const text = file('ocr_text_path');
    if (text === undefined)
      return { problem: 'a picture is indexed by its text, and no ocr_text_path is given' };
    return { uses: [{ field: 'ocr_text_path', suffix: '', source: filesSource(text) }], why: {} };
  }
  const own = file('source_url_or_path');
  if (own === undefined)
    return { problem: 'it is an address: this command reads files; declare it as a source of its own' };
  if (kind === 'ticket') {
    if (!/\.jsonl(?:\.gz)?$/.test(own.name))
      return { problem: 'tickets are read from JSON Lines (.jsonl) only' };
    const load = context.load === undefined ? {} : { load: context.load };
    const source = { type: 'jsonl', path: own.path, ...TICKET, ...load };
    return { uses: [{ field: 'source_url_or_path', suffix: '', source }], why: {} };
  }
  const why = {
    ocr_text_path: 'the file itself is read; declare this one in its place if the file is a scan',
  };
  return { uses: [{ field: 'source_url_or_path', suffix: '', source: filesSource(own) }], why };
}

function filesSource({ root, name }: Place): Readonly<Record<string, unknown>> {
  return { root, include: [name.replace(GLOB_CHARACTERS, '\\$&')] };
}

const METADATA = {
  asset_type: 'asset_type',
  contract_ref: 'contract_ref',
  language: 'language',
  duration_sec: 'duration_sec',
  metadata_status: 'metadata_status',
  pii_scan_status: 'pii_scan_status',
  notes: 'asset_notes',
} as const satisfies Partial<Record<keyof CourseAsset, string>>;

function ownMetadata(ledger: Ledger, asset: CourseAsset, at: string): Record<string, unknown> {
  const metadata: Record<string, unknown> = { source_id: asset.source_id };
  for (const [field, key] of Object.entries(METADATA)) {
    const value = asset[field as keyof typeof METADATA];
    if (value == null) continue;
    if (value === '' || String(value).includes('${')) {
      ledger.left(
        `${at}.${field}`,
        value === '' ? 'it is empty' : 'it holds ${, which a manifest takes for a variable',
      );
      continue;
    }
    metadata[key] = value;
    ledger.kept(`${at}.${field}`, `metadata.${key}`);
  }
  return metadata;
}

/** True of the bytes at the time of the import; ingest computes both of every document it reads. */
function checkedNow(ledger: Ledger, asset: CourseAsset, at: string): void {
  const why = 'compared with the file now; ingest records the hash of every document that it reads';
  if (asset.checksum_sha256 != null) ledger.left(`${at}.checksum_sha256`, why);
  if (asset.size_bytes != null) ledger.left(`${at}.size_bytes`, why);
}

/** What their ids may hold and ours may not becomes a hyphen; a short hash keeps two of them apart. */
function uniqueId(theirs: string, taken: ReadonlySet<string>): string {
  const plain = withoutMarks(theirs.toLowerCase().replace(/[^a-z0-9._-]+/g, '-'));
  // Room for the suffix of what else an asset becomes.
  const room = ID_LENGTH - '-frames'.length;
  if (plain !== '' && plain.length <= room && !taken.has(plain) && !taken.has(`${plain}-frames`))
    return plain;
  const hash = sha256Hex(theirs).slice(0, 8);
  return `${withoutMarks(plain.slice(0, room - 1 - hash.length))}-${hash}`.replace(/^-/, '');
}

/** An id begins and ends with a letter or digit. */
function withoutMarks(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && '._-'.includes(text.charAt(from))) from++;
  while (to > from && '._-'.includes(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}
