/** The rules of source_manifest_v1 that its schema cannot say. */
import type { YamlPath } from '../../platform/yaml.js';
import type { ManifestDocument } from '../manifest-document.js';
import { type ContractName, type CourseManifest, contractNameOf } from './source-manifest.js';

export function checkSourceManifest(manifest: CourseManifest, document: ManifestDocument): void {
  checkOnce(manifest, document);
  checkWindow(manifest, document);
  checkContracts(manifest, document);
}

function checkOnce({ assets }: CourseManifest, document: ManifestDocument): void {
  const seen = new Map<string, number>();
  for (const [index, { source_id }] of assets.entries()) {
    const first = seen.get(source_id);
    if (first === undefined) seen.set(source_id, index);
    else {
      const message = `source_id "${source_id}" occurs twice: assets ${first} and ${index}`;
      document.faultAt(['assets', index, 'source_id'], 'E108', message, 'give each asset its own');
    }
  }
}

function checkWindow({ load_mode, selection_window }: CourseManifest, document: ManifestDocument): void {
  const { cursor_field, watermark_field, start_at, end_at } = selection_window ?? {};
  if (load_mode === 'cdc' && !cursor_field && !watermark_field) {
    const message = 'load_mode cdc needs a cursor_field or a watermark_field in selection_window';
    document.faultAt(['load_mode'], 'E102', message, 'add one of them, or choose another load_mode');
  }
  if (
    typeof start_at === 'string' &&
    typeof end_at === 'string' &&
    !(Date.parse(start_at) < Date.parse(end_at))
  ) {
    const message = 'the window ends before it begins: [start_at, end_at) holds nothing';
    document.faultAt(['selection_window', 'end_at'], 'E103', message, `write a time after ${start_at}`);
  }
}

const OF_MODALITY: Readonly<Record<CourseManifest['modality'], readonly ContractName[]>> = {
  document: ['doc_asset'],
  image: ['doc_asset'],
  audio: ['audio_asset'],
  video: ['video_asset'],
  structured: ['ticket', 'doc_asset'],
  multimodal: ['doc_asset', 'ticket', 'audio_asset', 'video_asset'],
};
const OF_SOURCE_TYPE: Readonly<Record<string, ContractName>> = {
  help_center: 'doc_asset',
  faq: 'doc_asset',
  release_notes: 'doc_asset',
  api_doc: 'doc_asset',
  pdf_manual: 'doc_asset',
  community: 'doc_asset',
  ticket_export: 'ticket',
  call_recording: 'audio_asset',
  tts_synthetic: 'audio_asset',
  tutorial_video: 'video_asset',
  screencast: 'video_asset',
};
/** The asset types that only one contract knows. */
const OF_ASSET_TYPE: Readonly<Record<string, ContractName>> = {
  pdf: 'doc_asset',
  html: 'doc_asset',
  faq: 'doc_asset',
  release_notes: 'doc_asset',
  api_doc: 'doc_asset',
  community_post: 'doc_asset',
};

function checkContracts(manifest: CourseManifest, document: ManifestDocument): void {
  const { modality, source_type, contract_ref, assets } = manifest;
  const refuse = (
    path: YamlPath,
    name: ContractName,
    what: string,
    fitting: readonly ContractName[],
  ): void => {
    const message = `contract_ref ${name} does not fit ${what}`;
    document.faultAt(
      path,
      'E103',
      message,
      `fitting: ${fitting.map((one) => `omni://contracts/data/${one}/v1`).join(', ')}`,
    );
  };
  const own = contractNameOf(contract_ref);
  const bySource = OF_SOURCE_TYPE[source_type];
  if (!OF_MODALITY[modality].includes(own)) {
    refuse(['contract_ref'], own, `modality ${modality}`, OF_MODALITY[modality]);
  } else if (modality !== 'multimodal' && bySource !== undefined && bySource !== own) {
    refuse(['contract_ref'], own, `source_type ${source_type}`, [bySource]);
  }
  for (const [index, asset] of assets.entries()) {
    const name = contractNameOf(asset.contract_ref ?? contract_ref);
    const fitting = OF_ASSET_TYPE[asset.asset_type];
    if (fitting === undefined || fitting === name) continue;
    const at = asset.contract_ref == null ? 'asset_type' : 'contract_ref';
    refuse(['assets', index, at], name, `asset_type ${asset.asset_type}`, [fitting]);
  }
}
