/**
 * What of a manifest a destroy needs: where its records are. The recorded target counts, not the declared one, as
 * the records are there; and a manifest that nobody declares any more has no other.
 */
import { DEFAULT_CONNECTION } from '../../domain/connection.js';
import type { DesiredState, Manifest, Space, Target } from '../../domain/manifest.js';
import { DEFAULT_CHUNKING, LEXICAL_HASH } from '../../domain/manifest-defaults.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { CollectionRow } from '../../domain/state-rows.js';
import type { PlanningPorts } from '../planning-ports.js';

/** Undefined: neither declared nor recorded. */
export function doomedManifest(
  id: string,
  desired: DesiredState,
  state: StateReader,
  describeTarget: PlanningPorts['describeTarget'],
): Manifest | undefined {
  const declared = desired.manifests.find((manifest) => manifest.manifest_id === id);
  const index = state.index(id);
  const row = index && state.collection(index.collection_id);
  if (index === undefined || row === undefined) return declared && { ...NEUTRAL, ...identityOf(declared) };
  const lender = desired.manifests.find((manifest) => describeTarget(manifest).targetId === row.target);
  return {
    ...NEUTRAL,
    ...(declared === undefined
      ? {
          manifest_id: id,
          owner: undefined,
          file: index.manifest_file,
          sha256: index.manifest_sha256,
          environment: desired.environment,
        }
      : identityOf(declared)),
    target: recordedTarget(row, lender?.target),
  };
}

function identityOf({ manifest_id, owner, file, sha256, environment, target, policy }: Manifest) {
  return { manifest_id, owner, file, sha256, environment, target, policy };
}

/** `lent`: how a loaded manifest reaches the same Chroma; headers and certificates are recorded nowhere. */
function recordedTarget(row: CollectionRow, lent: Target | undefined): Target {
  const where = { collection: row.name, space: row.space as Space };
  if (lent !== undefined) return { ...lent, ...where };
  if (row.target === 'embedded') return { kind: 'embedded', ...where };
  const hash = row.target.lastIndexOf('#');
  const [tenant = '', ...database] = row.target.slice(hash + 1).split('/');
  return {
    kind: 'remote',
    url: row.target.slice(0, hash),
    headers: {},
    tenant,
    database: database.join('/'),
    connection: DEFAULT_CONNECTION,
    ...where,
  };
}

/** Nothing is read, cut or embedded to destroy; and so no key, model or tokenizer has to be there. */
const NEUTRAL = {
  checks: undefined,
  embedding: LEXICAL_HASH,
  chunking: DEFAULT_CHUNKING,
  sources: [],
  policy: {
    deletes: { max_count: 0, max_ratio: 0 },
    on_reject: 'keep',
    keep_previous: 0,
    prevent_destroy: undefined,
  },
} satisfies Pick<Manifest, 'embedding' | 'chunking' | 'sources' | 'policy' | 'checks'>;
