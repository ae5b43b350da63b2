/** What is decided outside of a state that is put together from live. */
import { decodeTime, isValid } from 'ulid';
import type { DesiredState } from '../domain/manifest.js';
import type { Clock } from '../domain/ports/clock.js';
import type { RebuildFacts } from '../pipeline.js';
import { longestTimeout } from './longest-timeout.js';

export function rebuildFacts(clock: Clock, runId: string, desired: DesiredState): RebuildFacts {
  return {
    runId,
    settlesAt: clock.now() + longestTimeout(desired.manifests),
    // Somebody may have written another id there: then nothing is known of its time.
    timeOf: (id) => new Date(isValid(id) ? decodeTime(id) : 0).toISOString(),
  };
}
