/** Throwaway state folders and writers over them. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type AcquireOptions, acquireWriter } from '../../../src/recorded/acquire-lease.js';
import type { LeasedWriter } from '../../../src/recorded/state-writer.js';
import { quickFolder } from '../../support/quick-folder.js';
import { realClock } from './real-clock.js';

const folders: string[] = [];
const open: { close(): void }[] = [];

afterEach(() => {
  for (const each of open.splice(0)) each.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(quickFolder(), 'ingest-test-'));
  folders.push(folder);
  return folder;
}

/** Closed after the test, if the test has not done so. */
export function closing<T extends { close(): void }>(resource: T): T {
  open.push(resource);
  return resource;
}

export async function writer(
  stateDir: string,
  { runId = '01RUN', ...options }: Partial<AcquireOptions> & { readonly runId?: string } = {},
): Promise<LeasedWriter> {
  return closing(
    await acquireWriter({
      stateDir,
      mintRunId: () => runId,
      command: 'apply',
      user: 'ana',
      host: 'laptop',
      pid: process.pid,
      clock: realClock,
      fsync: 'doc',
      signal: new AbortController().signal,
      ...options,
    }),
  );
}

/** Names and SHA-256 of every file of a folder. */
export function fingerprint(folder: string): Record<string, string> {
  const entries = readdirSync(folder)
    .sort()
    .map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
