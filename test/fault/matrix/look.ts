/** What is in live and in the recorded state, as it stands. */
import { join } from 'node:path';
import type { StateReader } from '../../../src/domain/ports/state.js';
import { openDatabase } from '../../../src/platform/sqlite.js';
import { openStateReader } from '../../../src/recorded/open-state.js';
import type { ChromaUnderTest } from '../../support/chroma-under-test.js';

const MANIFEST = 'docs';

/** Written by nobody here. */
export const FOREIGN = 'by-hand';

/** Ids of ours by collection id. */
export type LookedAt = Map<string, ReadonlySet<string>>;

/** Undefined: there is no such collection. */
export async function liveIds(
  chroma: ChromaUnderTest,
  name: string,
): Promise<{ readonly id: string; readonly ids: ReadonlySet<string> } | undefined> {
  const ids = new Set<string>();
  const collection = await chroma.database.find(name);
  if (collection === undefined) return undefined;
  for await (const page of collection.ids()) for (const id of page) if (id !== FOREIGN) ids.add(id);
  return { id: collection.id, ids };
}

/** Rows and confirmed puts that live does not have, though nobody asked for their deletion. */
export function confirmedNotInLive(stateDir: string, found: LookedAt): string[] {
  return inState(stateDir, (state) => {
    const index = state.index(MANIFEST);
    // What was replaced is kept as it was found, damaged or not.
    const kept = [...found.keys()].filter((id) => state.collection(id)?.role !== 'previous');
    const ids = new Set([...kept, ...(index === undefined ? [] : [index.collection_id])]);
    return [...ids].flatMap((id) => notInLive(state, id, found.get(id) ?? new Set()));
  });
}

function notInLive(state: StateReader, collection: string, live: ReadonlySet<string>): string[] {
  const intents = [...state.intents(collection, MANIFEST)];
  const deleted = new Set(intents.filter((one) => one.operation === 'delete').map((one) => one.record_id));
  const lacks = (id: string): boolean => !live.has(id) && !deleted.has(id);
  const rows = [...state.collectionChunks(collection)].filter((row) => lacks(row.chunk_id));
  const puts = intents.filter(
    (one) => one.operation === 'put' && one.status === 'confirmed' && lacks(one.record_id),
  );
  return [
    ...rows.map((row) => `a recorded chunk of ${row.uri} is not in live`),
    ...puts.map((one) => `a confirmed put of ${one.uri} is not in live`),
  ];
}

export function inState<T>(stateDir: string, look: (state: StateReader) => T): T {
  const state = openStateReader(stateDir);
  try {
    return look(state);
  } finally {
    state.close();
  }
}

/** Rows as they stand, for "nothing changed". */
export function rowsOf(stateDir: string): string {
  const db = openDatabase(join(stateDir, 'ingest.db'), { readonly: true });
  try {
    return JSON.stringify(
      ['documents', 'chunks', 'intents'].map((table) => db.prepare(`SELECT * FROM ${table}`).all()),
    );
  } finally {
    db.close();
  }
}
