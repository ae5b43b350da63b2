/** `check`: the retrieval checks of every loaded manifest, asked of what searchers see now. Changes nothing. */
import type { CheckReport, RetrievalCheck } from '../../domain/checks.js';
import { IngestError } from '../../domain/errors.js';
import type { ChecksSpec, DesiredState, Manifest } from '../../domain/manifest.js';
import type { Embedder } from '../../domain/ports/embedder.js';
import type { PlanningPorts } from '../planning-ports.js';
import { checkRetrieval, notRun } from './check-retrieval.js';
import { findBuilt } from './search-index.js';

/** One index that cannot be asked does not hide what is known of the others. */
export async function gatherChecks(
  ports: PlanningPorts,
  embedder: (manifest: Manifest) => Promise<Embedder>,
  desired: DesiredState,
): Promise<CheckReport> {
  const checks: RetrievalCheck[] = [];
  const without: string[] = [];
  for (const manifest of desired.manifests) {
    if (manifest.checks === undefined) without.push(manifest.manifest_id);
    else checks.push(await checkLive(ports, embedder, manifest, manifest.checks));
  }
  return { environment: desired.environment, outcome: outcomeOf(checks), checks, without_checks: without };
}

function outcomeOf(checks: readonly RetrievalCheck[]): CheckReport['outcome'] {
  if (checks.length === 0) return 'no_checks';
  if (checks.some(({ status }) => status === 'not_run')) return 'error';
  return checks.some(({ status }) => status === 'failed') ? 'failed' : 'passed';
}

async function checkLive(
  ports: PlanningPorts,
  embedder: (manifest: Manifest) => Promise<Embedder>,
  manifest: Manifest,
  checks: ChecksSpec,
): Promise<RetrievalCheck> {
  const { state, signal } = ports;
  const name = manifest.target.collection;
  try {
    const collection = await findBuilt(ports, manifest);
    const asked = await embedder(manifest);
    const built = state.collection(collection.id)?.embedding_fingerprint;
    if (built !== undefined && built !== '' && built !== asked.fingerprint) {
      throw new IngestError(
        'E408',
        `collection "${name}" was built with another model than is declared now`,
        {
          kind: 'input',
          advice: 'Apply first: a new collection is built, checked, and only then seen by searchers.',
        },
      );
    }
    return await checkRetrieval({ checks, manifest, collection, embedder: asked, state, signal });
  } catch (error) {
    if (signal.aborted || !(error instanceof IngestError) || error.kind === 'bug') throw error;
    return notRun(manifest, checks, name, state, error);
  }
}
