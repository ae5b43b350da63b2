/** `source_manifest_v1`, the manifest of another ingestion system; its schema is contracts/source_manifest_v1.schema.json. */

export type ContractName = 'doc_asset' | 'ticket' | 'audio_asset' | 'video_asset';

/** What null says is what absence says. */
type Optional<T> = T | null | undefined;

export interface CourseAsset {
  readonly source_id: string;
  readonly source_url_or_path: string;
  readonly asset_type: string;
  readonly contract_ref?: Optional<string>;
  readonly size_bytes?: Optional<number>;
  readonly checksum_sha256?: Optional<string>;
  readonly transcript_object_path?: Optional<string>;
  readonly ocr_text_path?: Optional<string>;
  readonly keyframe_ocr_path?: Optional<string>;
  readonly audio_track_path?: Optional<string>;
  readonly duration_sec?: Optional<number>;
  readonly language?: Optional<string>;
  readonly metadata_status?: string;
  readonly pii_scan_status?: string;
  readonly notes?: Optional<string>;
}

export interface SelectionWindow {
  readonly start_at?: Optional<string>;
  readonly end_at?: Optional<string>;
  readonly cursor_field?: Optional<string>;
  readonly cursor_start?: Optional<string | number>;
  readonly cursor_end?: Optional<string | number>;
  readonly watermark_field?: Optional<string>;
  readonly replay_from_batch?: Optional<string>;
  readonly backfill_reason?: Optional<string>;
}

export interface CourseManifest {
  readonly manifest_id: string;
  readonly schema_version: 'source_manifest_v1';
  readonly batch_id: string;
  readonly created_at: string;
  readonly owner: string;
  readonly notes?: Optional<string>;
  readonly modality: 'document' | 'image' | 'audio' | 'video' | 'structured' | 'multimodal';
  readonly source_type: string;
  readonly product_line?: string;
  readonly license_tag: string;
  readonly contract_ref: string;
  readonly load_mode: 'full_snapshot' | 'incremental_cursor' | 'cdc' | 'replay' | 'backfill';
  readonly canonization_status?: string;
  readonly selection_window?: Optional<SelectionWindow>;
  readonly gate_policy?: Optional<Readonly<Record<string, string | undefined>>>;
  readonly ingest_config?: Optional<{
    readonly parser?: string;
    readonly chunk_size?: Optional<number>;
    readonly chunk_overlap?: Optional<number>;
    readonly pii_scan?: boolean;
  }>;
  readonly assets: readonly CourseAsset[];
}

export function contractNameOf(ref: string): ContractName {
  return ref.split('/').at(-2) as ContractName;
}
