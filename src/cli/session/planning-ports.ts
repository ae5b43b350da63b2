/** What planning reads from, of what a session opens. */
import type { StateReader } from '../../domain/ports/state.js';
import type { PlanningPorts } from '../../plan/planning-ports.js';
import { loadPreparer } from './load-preparer.js';
import type { Session } from './session.js';

export interface PlannedFrom {
  readonly environment: string;
  readonly state: StateReader;
  readonly busyFence: number | undefined;
  /** For people. */
  readonly stateFolder: string;
}

export async function planningPorts(
  session: Session,
  { environment, state, busyFence, stateFolder }: PlannedFrom,
): Promise<PlanningPorts> {
  const { describeProvider } = await import('../../embedding/create-provider.js');
  const { describeTarget } = await import('../../live/describe-target.js');
  const { clock, signal, toolVersion, onProgress, onWarning } = session.options;
  const { stopwatch, telemetry } = session;
  const cache = await session.cache();
  const landing = await session.landing(environment);
  return {
    clock,
    signal,
    toolVersion,
    state,
    statCache: await session.statCache(),
    busyFence,
    database: (manifest) => session.database(environment, manifest, 'read'),
    describeTarget: (manifest) => describeTarget(manifest.target, stateFolder),
    preparer: (manifest, pins) => loadPreparer(manifest, pins, session.sourceContext, onWarning, landing),
    embedding: (manifest) => {
      const described = describeProvider(manifest.embedding);
      const measured = cache.throughput(described.fingerprint);
      const { pace } = described;
      return {
        ...described,
        pace: { ...pace, tokensPerSecond: measured ?? pace.tokensPerSecond },
        cache,
      };
    },
    onProgress,
    stopwatch,
    telemetry,
  };
}
