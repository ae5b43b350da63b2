/** What `ingest import-manifest` made of another system's manifest. */

export interface ImportedField {
  /** As `assets[0].language`. */
  readonly field: string;
  /** `kept`: as metadata of the documents. */
  readonly outcome: 'mapped' | 'kept' | 'not_carried_over';
  /** Where it stands now. */
  readonly to: string | null;
  readonly reason: string | null;
}

/** What the other manifest does not say and ours must. */
export interface AddedField {
  readonly field: string;
  readonly reason: string;
}

export type AssetStatus =
  | 'ok'
  | 'missing'
  | 'no_file'
  | 'unreadable'
  | 'checksum_mismatch'
  | 'size_mismatch'
  /** Nothing of it can become a source here. */
  | 'not_imported';

export interface ImportedAsset {
  readonly source_id: string;
  /** As the manifest says it. */
  readonly path: string;
  readonly status: AssetStatus;
  readonly detail: string | null;
  /** Ids of the sources that it became. */
  readonly sources: readonly string[];
}

export interface ImportReport {
  readonly type: 'import';
  /** `partial`: some asset is not right; the manifest is written all the same. */
  readonly outcome: 'imported' | 'partial';
  /** Ours. */
  readonly manifest_id: string;
  /** Theirs. */
  readonly imported_from: string;
  /** Null: it was printed. */
  readonly written: string | null;
  readonly fields: readonly ImportedField[];
  readonly added: readonly AddedField[];
  readonly assets: readonly ImportedAsset[];
}
