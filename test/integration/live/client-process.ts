/**
 * A process of its own that uses the embedded Chroma of a state folder; started by embedded.test.ts.
 * `join STATE`: connects, prints the server's process id, and stays until its stdin ends.
 * `write STATE COLLECTION`: upserts batch after batch and prints the number of records after each.
 */
import { serverStatus } from '../../../src/live/embedded/control.js';
import { EMBEDDED, identity, open, vector } from './open-live.js';

const [action, stateDir, name] = process.argv.slice(2);
if (stateDir === undefined) throw new Error('which state folder?');
const database = await open({ target: EMBEDDED, stateDir });

if (action === 'join') {
  const { pid } = await serverStatus(stateDir, new AbortController().signal);
  process.stdout.write(`${JSON.stringify({ pid })}\n`);
  process.stdin.resume();
  process.stdin.on('end', () => void database.close());
} else {
  const collection = await database.create(name ?? 'docs', 'l2', identity());
  for (let batch = 0; collection !== undefined; batch++) {
    const records = Array.from({ length: 1_000 }, (_, i) => {
      const number = batch * 1_000 + i;
      return { id: `r${number}`, text: `text ${number}`, vector: vector(number, 64), metadata: { number } };
    });
    await collection.put(records);
    process.stdout.write(`${(batch + 1) * 1_000}\n`);
  }
}
