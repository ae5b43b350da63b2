/** What is decided outside of a state that is put together from live. */
import { decodeTime, isValid } from 'ulid';
import type { DesiredState } from '../../domain/manifest.js';
import type { Clock } from '../../domain/ports/clock.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { RebuildFacts } from '../../pipeline.js';
import { knowsRun } from '../../plan/live-view/examine-live.js';
import { longestTimeout } from './longest-timeout.js';

/** `into`: what is written to; undefined for a state of nobody's, which begins empty. */
export function rebuildFacts(
  clock: Clock,
  into: (StateReader & { readonly runId: string }) | undefined,
  desired: DesiredState,
): RebuildFacts {
  return {
    runId: into?.runId ?? '',
    settlesAt: clock.now() + longestTimeout(desired.manifests),
    // Somebody may have written another id there: then nothing is known of its time.
    timeOf: (id) => new Date(isValid(id) ? decodeTime(id) : 0).toISOString(),
    knowsRun: (id) => into !== undefined && knowsRun(into, id),
  };
}
