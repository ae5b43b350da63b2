/** Whose a collection is, in its own metadata. All values are strings or numbers; lists are canonical JSON. */
import { canonicalJson } from '../domain/hashing.js';
import type { CollectionIdentity } from '../domain/record.js';

export type CollectionMetadata = Readonly<Record<string, unknown>>;

const PREFIX = 'ingest_';
const ROLES: ReadonlySet<string> = new Set(['live', 'staging', 'previous']);

/** Undefined when it carries none, or one that cannot be read: then it is treated as somebody else's. */
export function readIdentity(metadata: CollectionMetadata): CollectionIdentity | undefined {
  const lineage = metadata['ingest_lineage'];
  const manifests = readList(metadata['ingest_manifests']);
  const protectedIds = readList(metadata['ingest_protected']);
  const role = metadata['ingest_role'];
  const generation = metadata['ingest_generation'];
  const vector_recipe = metadata['ingest_vector_recipe'];
  const last_run = metadata['ingest_last_run'] ?? null;
  const pinned = metadata['ingest_pinned'] ?? null;
  if (typeof lineage !== 'string' || manifests === undefined || protectedIds === undefined) return undefined;
  if (!isRole(role) || typeof generation !== 'number' || typeof vector_recipe !== 'string') return undefined;
  if (last_run !== null && typeof last_run !== 'string') return undefined;
  if (pinned !== null && typeof pinned !== 'string') return undefined;
  return { lineage, manifests, role, generation, vector_recipe, last_run, protected: protectedIds, pinned };
}

/**
 * The full metadata to send: Chroma replaces everything, so what others put there is carried along, and what
 * `ingest` no longer says (last_run or pinned null) is left out.
 */
export function withIdentity(
  identity: CollectionIdentity,
  present: CollectionMetadata,
): Record<string, unknown> {
  const others = Object.entries(present).filter(([key, value]) => !key.startsWith(PREFIX) && value !== null);
  return {
    ...Object.fromEntries(others),
    ingest_lineage: identity.lineage,
    ingest_manifests: canonicalJson(identity.manifests),
    ingest_role: identity.role,
    ingest_generation: identity.generation,
    ingest_vector_recipe: identity.vector_recipe,
    ...(identity.last_run === null ? {} : { ingest_last_run: identity.last_run }),
    ingest_protected: canonicalJson(identity.protected),
    ...(identity.pinned === null ? {} : { ingest_pinned: identity.pinned }),
  };
}

function isRole(value: unknown): value is CollectionIdentity['role'] {
  return typeof value === 'string' && ROLES.has(value);
}

function readList(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}
