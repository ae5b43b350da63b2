/** A manifest after loading: validated, defaults filled in, one environment chosen and interpolated. */
import type { ChunkingSpec } from './chunking-spec.js';
import type { ConnectionSpec } from './connection.js';
import type { EmbeddingSpec } from './embedding-spec.js';
import type { GateSpec } from './gate-policy.js';
import type { PiiPolicy } from './pii.js';
import type { Secret } from './secret.js';
import type { SourceSpec } from './source-spec.js';
import type { Warning } from './warning.js';

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
  readonly warnings: readonly Warning[];
}
