/** Which index a destroy is of: one that is loaded, or one that is only recorded any more. */
import { IngestError } from '../../domain/errors.js';
import type { DesiredState } from '../../domain/manifest.js';
import type { StateReader } from '../../domain/ports/state.js';
import { doomedManifest } from '../../plan/destroy/doomed-manifest.js';
import type { Session } from '../session/session.js';
import type { ScopeFlagValues } from './plan-flags.js';
import { givenScopeFlags } from './plan-flags.js';

/**
 * Without manifests when there is nothing to destroy. @throws IngestError E606 when there is no such index, or when it
 * must be named
 */
export async function chooseDoomed(session: Session, wanted: string | undefined): Promise<DesiredState> {
  const desired = await loadAny(session, wanted);
  const { environment } = desired;
  const state = await session.openReader(environment);
  try {
    const id = wanted ?? onlyOne(desired, state);
    const { describeTarget } = await session.planningPorts(environment, state, undefined);
    const manifest = doomedManifest(id, desired, state, describeTarget);
    const known = manifest !== undefined || wasDestroyed(state, id);
    // Where nothing was ever recorded a destroy leaves no trace either.
    if (known && state.lineage === undefined) return { ...desired, manifests: [] };
    if (manifest !== undefined) return { ...desired, manifests: [manifest] };
    if (known) return { ...desired, manifests: [] };
    throw unknown(`no index "${id}" is loaded or recorded in ${environment}`, desired, state);
  } finally {
    state.close();
  }
}

/** An index whose manifest was the last one can still be destroyed, where the environment is said. */
async function loadAny(session: Session, wanted: string | undefined): Promise<DesiredState> {
  const { environment } = session.options;
  try {
    return await session.loadDesired({ inputs: false });
  } catch (error) {
    const none = error instanceof IngestError && error.code === 'E104';
    if (!none || wanted === undefined || environment === undefined) throw error;
    return { environment, manifests: [], notApplicable: [], warnings: [] };
  }
}

function onlyOne(desired: DesiredState, state: StateReader): string {
  const [only, ...others] = desired.manifests;
  if (only !== undefined && others.length === 0) return only.manifest_id;
  throw unknown('say which index is to be destroyed', desired, state);
}

function unknown(message: string, desired: DesiredState, state: StateReader): IngestError {
  const loaded = desired.manifests.map((manifest) => manifest.manifest_id);
  const recorded = state.indexes().map((index) => index.manifest_id);
  const ids = [...new Set([...loaded, ...recorded])].sort().join(', ');
  return new IngestError('E606', message, {
    kind: 'input',
    advice: ids === '' ? 'Nothing is loaded or recorded here.' : `Name one with --index: ${ids}.`,
  });
}

function wasDestroyed(state: StateReader, id: string): boolean {
  for (const event of state.journal(undefined, 0)) {
    if (event.type === 'DESTROY_DONE' && event.manifest_id === id) return true;
  }
  return false;
}

/** @throws IngestError E604: a destroy is of all that a manifest owns, and live is always looked at */
export function refuseBesideDestroy(
  flags: ScopeFlagValues & {
    readonly destroy: boolean;
    readonly index?: string | undefined;
    readonly verify: string;
    readonly diff: boolean;
  },
): void {
  const given = givenScopeFlags(flags);
  if (flags.verify === 'off') given.push('verify off');
  if (flags.diff) given.push('diff');
  if (flags.destroy && given.length > 0) {
    throw new IngestError('E604', `--${given.join(', --')} cannot stand beside --destroy`, {
      kind: 'input',
      advice: 'A destroy takes all that the manifest owns. To delete single documents, exclude them.',
    });
  }
  if (!flags.destroy && flags.index !== undefined) {
    throw new IngestError('E604', '--index is for --destroy only', {
      kind: 'input',
      advice: 'To plan one manifest, give its file with -f; to plan some documents, use --only.',
    });
  }
}
