/**
 * Identity: the formats that decide what is "the same". Each has test vectors in
 * `contracts/identity.json`. Changing any of them is a migration for every user, so none changes.
 */
import { FrameHash, frameHash, sha256Hex, structureHash } from './hashing.js';

/** Version of the chunk id format; the first frame of every id. */
export const ID_SCHEME = 'chunk-id-1';

/** A document's uri: `<source_id>/<path with forward slashes>`, Unicode NFC, case kept. */
export function documentUri(sourceId: string, path: string): string {
  return `${sourceId}/${path}`.normalize('NFC');
}

/** The source id in front of a uri. */
export function sourceIdOf(uri: string): string {
  const slash = uri.indexOf('/');
  return slash < 0 ? uri : uri.slice(0, slash);
}

/** SHA-256 of a chunk's stored document (normalised text including its heading path). */
export function textSha256(text: string): string {
  return sha256Hex(text);
}

/** SHA-256 of normalised text, as UTF-8: the content hash of text formats. */
export function contentSha256(normalisedText: string): string {
  return sha256Hex(normalisedText);
}

/**
 * First 32 hex of SHA-256 over frames (scheme, manifest_id, uri, text_sha256, occurrence).
 * `occurrence` counts equal texts within one document, from 0. Position is not in the id: a chunk
 * that moved keeps it.
 */
export function chunkId(manifestId: string, uri: string, textSha: string, occurrence: number): string {
  return frameHash(ID_SCHEME, manifestId, uri, textSha, occurrence).slice(0, 32);
}

/** Hash of the ordered (uri, content_sha256) list of one source; add in uri order, then finish. */
export class SourceFingerprint {
  readonly #hash = new FrameHash();
  #documents = 0;

  add(uri: string, contentSha: string): void {
    this.#hash.add(uri).add(contentSha);
    this.#documents++;
  }

  get documents(): number {
    return this.#documents;
  }

  hex(): string {
    return this.#hash.hex();
  }
}

/** Equal inputs give an equal batch id: manifest id and the (source_id, fingerprint) pairs in order. */
export function batchId(manifestId: string, sources: readonly { id: string; fingerprint: string }[]): string {
  const hash = new FrameHash().add(manifestId);
  for (const source of sources) hash.add(source.id).add(source.fingerprint);
  return hash.hex().slice(0, 32);
}

export interface ComponentVersion {
  readonly name: string;
  readonly version: number;
}

/** Parser and chunker with their versions and parameters. First 32 hex. */
export function chunkRecipe(parser: ComponentVersion, chunker: ComponentVersion, params: object): string {
  return structureHash({ parser, chunker, params }).slice(0, 32);
}

export interface GateInputs {
  /** SHA-256 of the contract's bytes, or null without one. */
  readonly contract_sha256: string | null;
  readonly on_reject: string;
  /** Source metadata, which is merged into every document of the source. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Version of the metadata mapping (front matter, flattening). */
  readonly mapping: number;
  /** Of transcripts: what their utterances call their parts. */
  readonly transcript?: object;
  /** Of records: what their text and metadata are composed of. */
  readonly record?: {
    readonly version: number;
    readonly text: readonly string[] | string;
    readonly metadata_from: Readonly<Record<string, string>>;
  };
  /** PII rules and the version of the detectors; left out without any, so that other recipes stay what they are. */
  readonly pii?: Readonly<Record<string, unknown>>;
  /** Of a manifest that says `policy.gate`: left out by all others, whose recipe it must not change. */
  readonly rules?: GateRules;
}

export interface GateRules {
  /** Of the rules themselves. */
  readonly version: number;
  /** Judgement by rule. */
  readonly policy: Readonly<Record<string, string>>;
  readonly checksum_field: string | null;
}

/** What decides a document's verdict and metadata, but not the delete policy. First 32 hex. */
export function gateRecipe(inputs: GateInputs): string {
  return structureHash(inputs).slice(0, 32);
}

export interface EmbeddingIdentity {
  readonly provider: string;
  readonly model: string;
  readonly revision: string | null;
  /** A number when declared, `native` when the model decides. */
  readonly dimensions: number | 'native';
  readonly query_prefix: string;
  readonly passage_prefix: string;
  readonly normalise: boolean;
  /** Of a model inside this process: which weights it loads, and how token vectors become one. */
  readonly dtype?: string;
  readonly pooling?: string;
}

export function embeddingFingerprint(identity: EmbeddingIdentity): string {
  return structureHash(identity).slice(0, 32);
}

export function vectorRecipe(fingerprint: string, space: string): string {
  return structureHash({ embedding_fingerprint: fingerprint, space }).slice(0, 32);
}
