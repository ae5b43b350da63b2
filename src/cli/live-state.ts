/** --state live: what live tells of the recorded state, for as long as the command runs. */
import type { DesiredState } from '../domain/manifest.js';
import type { StateReader } from '../domain/ports/state.js';
import { rebuildFrom, stateOfLive } from '../pipeline.js';
import { openTemporaryState } from '../recorded/temporary-state.js';
import { rebuildFacts } from './rebuild-facts.js';
import { rebuildPorts } from './rebuild-ports.js';
import type { Session } from './session.js';

export async function openLiveState(
  session: Session,
  desired: DesiredState,
  environment: string,
): Promise<StateReader> {
  const { clock, onWarning } = session.options;
  const found = await stateOfLive(await rebuildPorts(session, environment), desired);
  try {
    for (const name of found.moved) {
      onWarning({
        key: 'live-moved',
        message: `a run wrote to collection ${name} while the state was read from it`,
        detail: 'what follows may be a step behind',
        functional: true,
      });
    }
    const { lineage } = found;
    const facts = rebuildFacts(clock, '', desired);
    return openTemporaryState(
      lineage,
      (tx) => {
        if (lineage !== undefined) rebuildFrom(tx, found, lineage, facts);
      },
      clock,
    );
  } finally {
    found.close();
  }
}
