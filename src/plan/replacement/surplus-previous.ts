/** Of the collections that were replaced the newest stays, for a way back; these are older. */
import type { CollectionRow, StateReader } from '../../domain/ports/state.js';

const KEEP_PREVIOUS = 1;

export function surplusPrevious(state: StateReader, name: string, target: string): readonly CollectionRow[] {
  return state
    .collections()
    .filter((row) => row.role === 'previous' && row.name === name && row.target === target)
    .sort((a, b) => b.generation - a.generation)
    .slice(KEEP_PREVIOUS);
}
