/**
 * lease-child.ts hold DIR RUN TTL | race DIR RUN | count DIR. Prints what happened, a line each, and then
 * waits for lines on stdin: `write` writes a document, `hang` stays inside a transaction, `close` ends.
 */
import { hostname } from 'node:os';
import { createInterface } from 'node:readline';
import { IngestError } from '../../../src/domain/errors.js';
import { acquireWriter } from '../../../src/recorded/acquire-lease.js';
import { openStateReader } from '../../../src/recorded/open-state.js';
import { realClock } from './real-clock.js';
import { chunkRow, documentRow } from './rows-fixture.js';

const [mode = '', stateDir = '', runId = '', ttl = '30000'] = process.argv.slice(2);
const say = (text: string) => process.stdout.write(`${text}\n`);
const codeOf = (error: unknown) => (error instanceof IngestError ? error.code : String(error));

async function hold(): Promise<void> {
  const writer = await acquireWriter({
    stateDir,
    runId,
    command: 'apply',
    user: 'ana',
    host: hostname(),
    pid: process.pid,
    clock: realClock,
    fsync: 'doc',
    heartbeatMs: 50,
    ttlMs: Number(ttl),
    signal: new AbortController().signal,
  });
  say(`held ${writer.fence}`);
  let written = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      if (line === 'write') {
        const uri = `a/${runId}-${written++}.md`;
        writer.transaction((tx) => tx.putDocument('C', 'm', documentRow(uri), [chunkRow(uri, `k-${uri}`)]));
        say('written');
      } else if (line === 'hang') {
        writer.transaction((tx) => {
          tx.putDocument('C', 'm', documentRow('a/hang.md'), []);
          say('hanging');
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        });
      } else if (line === 'busy') {
        say('busy');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
        say('back');
      } else {
        writer.close();
        say('closed');
        return;
      }
    } catch (error) {
      say(codeOf(error));
    }
  }
}

function count(): void {
  const reader = openStateReader(stateDir);
  say(`${[...reader.documents('C', 'm')].length} ${reader.serial()}`);
  reader.close();
}

try {
  if (mode === 'hold') await hold();
  else count();
} catch (error) {
  say(codeOf(error));
}
