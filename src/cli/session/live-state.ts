/** --state live: what live tells of the recorded state, for as long as the command runs. */
import type { DesiredState } from '../../domain/manifest.js';
import type { StateReader, StateTransaction } from '../../domain/ports/state.js';
import type { RebuiltIndex } from '../../domain/state-reports.js';
import { rebuildFrom, stateOfLive } from '../../pipeline.js';
import { openTemporaryState } from '../../recorded/temporary-state.js';
import { rebuildFacts } from './rebuild-facts.js';
import { rebuildPorts } from './rebuild-ports.js';
import type { Session } from './session.js';

export async function openLiveState(
  session: Session,
  desired: DesiredState,
  environment: string,
): Promise<{ readonly state: StateReader; readonly rebuilt: readonly RebuiltIndex[] }> {
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
    const facts = rebuildFacts(clock, undefined, desired);
    let rebuilt: readonly RebuiltIndex[] = [];
    const fill = (tx: StateTransaction): void => {
      if (lineage !== undefined) rebuilt = rebuildFrom(tx, found, lineage, facts);
    };
    const state = openTemporaryState(lineage, fill, clock);
    return { state, rebuilt };
  } finally {
    found.close();
  }
}
