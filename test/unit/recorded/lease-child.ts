/**
 * lease-child.ts hold DIR RUN TTL | churn DIR RUN | count DIR. Prints what happened, a line each. `hold`
 * obeys lines on stdin: `write` writes a document, `hang` stays inside a transaction, `busy` blocks the main
 * thread for three seconds, any other ends it. `churn` is run after run, each of a few transactions.
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

function acquire() {
  return acquireWriter({
    stateDir,
    mintRunId: () => runId,
    command: 'apply',
    user: 'ana',
    host: hostname(),
    pid: process.pid,
    clock: realClock,
    fsync: 'off',
    heartbeatMs: 50,
    ttlMs: Number(ttl),
    signal: new AbortController().signal,
  });
}

async function churn(): Promise<void> {
  for (let run = 0; run < 20; run++) {
    const writer = await acquire();
    for (let batch = 0; batch < 10; batch++) {
      writer.transaction((tx) => {
        for (let n = 0; n < 40; n++) {
          const uri = `a/${run}-${batch}-${n}`;
          const metadata = JSON.stringify('x'.repeat(400));
          tx.putDocument('C', 'm', documentRow(uri, { metadata }), [chunkRow(uri, `k-${uri}`)]);
        }
      });
    }
    if (run === 0) say('writing');
    writer.close();
  }
}

async function hold(): Promise<void> {
  const writer = await acquire();
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
  else if (mode === 'churn') await churn();
  else count();
} catch (error) {
  say(codeOf(error));
}
