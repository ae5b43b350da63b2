/** Deletes a collection that was begun for a replacement and never was live, or was replaced long ago. */
import type { LiveCollection, LiveDatabase } from '../../domain/ports/live.js';
import type { IndexRun } from '../index-run.js';

export async function discardStaging(
  run: IndexRun,
  database: LiveDatabase,
  collection: LiveCollection,
): Promise<void> {
  const found = await database.find(collection.name);
  const role = found?.identity?.role;
  if (found?.id === collection.id && (role === 'staging' || role === 'previous')) {
    await run.sendFenced(() => database.remove(found));
  }
  run.transaction((tx) => {
    tx.dropCollection(collection.id);
    tx.append(run.event('STAGING_DISCARDED', { collection: collection.name, collection_id: collection.id }));
  });
}
