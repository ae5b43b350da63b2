/** When runs began, each looked up once. */
import { IngestError } from '../../domain/errors.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { RunRow } from '../../domain/state-rows.js';

/** Null for a run that is not on record any more, and for none. */
export function runOf(state: StateReader, id: string | null): RunRow | null {
  if (id === null) return null;
  try {
    return state.run(id);
  } catch (error) {
    if (error instanceof IngestError && error.code === 'E505') return null;
    throw error;
  }
}

export function startedAt(state: StateReader): (id: string | null) => string | null {
  const known = new Map<string, string | null>();
  return (id) => {
    if (id === null) return null;
    const at = known.get(id);
    if (at !== undefined) return at;
    const found = runOf(state, id)?.started_at ?? null;
    known.set(id, found);
    return found;
  };
}
