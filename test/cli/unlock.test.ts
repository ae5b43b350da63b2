/** The lease of a run that cannot give it back is taken by hand: never from the living by accident. */
import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JournalEvent } from '../../src/domain/events.js';
import type { UnlockReport } from '../../src/domain/state-reports.js';
import { openDatabase } from '../../src/platform/sqlite.js';
import { acquireWriter } from '../../src/recorded/acquire-lease.js';
import type { LeasedWriter } from '../../src/recorded/state-writer.js';
import { jsonLines, parseJson } from '../support/ingest-cli.js';
import { expectValid, Project } from '../support/project.js';
import { realClock } from '../support/real-clock.js';
import { runChild } from '../unit/recorded/run-child.js';

const RUN = '01KB7R2FZ5M8Q0N3V6X9C2D4EA';
let project: Project;
let held: LeasedWriter | undefined;

beforeEach(() => {
  // Nothing here asks Chroma for anything.
  project = new Project('http://localhost:9', true);
  project.manifest();
});
afterEach(async () => {
  held?.close();
  held = undefined;
  await project.dispose();
});

const stateDir = () => project.ws.path('state/test');

async function hold(options: { readonly host?: string; readonly heartbeatMs?: number } = {}) {
  held = await acquireWriter({
    stateDir: stateDir(),
    mintRunId: () => RUN,
    command: 'apply',
    user: 'ana',
    host: options.host ?? hostname(),
    pid: process.pid,
    clock: realClock(),
    fsync: 'off',
    signal: new AbortController().signal,
    heartbeatMs: options.heartbeatMs ?? 50,
  });
  held.transaction((tx) => tx.append({ type: 'RUN_START', run_id: RUN, manifest_id: null, data: started }));
  return held;
}

const started = { resume_active: false, resume_reason: 'first run' };
const write = (writer: LeasedWriter) => () =>
  writer.transaction((tx) =>
    tx.append({ type: 'DOC_FAILED', run_id: RUN, manifest_id: 'docs', data: { uri: 'a' } }),
  );

async function unlock(...flags: string[]): Promise<UnlockReport> {
  const result = await project.call(['state', 'unlock', '--json', ...flags]);
  expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  const report = parseJson<UnlockReport>(result);
  expectValid('report', report);
  return report;
}

async function unlockedEvents(): Promise<JournalEvent[]> {
  const events = jsonLines(await project.call(['journal'])) as unknown as JournalEvent[];
  for (const event of events) expectValid('events', event);
  return events.filter((event) => event.type === 'STATE_UNLOCKED');
}

it('nothing to unlock is no error, and leaves nothing behind', async () => {
  expect(await unlock()).toEqual({
    outcome: 'nothing_to_unlock',
    environment: 'test',
    holder: null,
    backup: null,
  });
  expect(project.stateFiles()).toEqual({});
  expect((await project.call(['state', 'unlock'])).stdout).toContain('Nothing to unlock');
});

it('a living run keeps its lease until it is named and that is approved; then it writes no more', async () => {
  const writer = await hold();
  const refused = await project.run(['state', 'unlock']);
  expect(refused.code).toBe(4);
  expect(refused.stderr.replace(/\s+/g, ' ')).toMatch(/E503 run 01KB7R2F.*alive.*--force 01KB7R2F/);
  const json = parseJson(await project.call(['state', 'unlock', '--json']));
  expect(json).toMatchObject({ outcome: 'locked', holder: { run_id: RUN, liveness: 'alive' } });
  const wrong = await project.call(['state', 'unlock', '--force', '01OTHER', '--auto-approve']);
  expect({ code: wrong.code, named: wrong.stderr.includes(RUN) }).toEqual({ code: 1, named: true });
  const unasked = await project.run(['state', 'unlock', '--force', RUN]);
  expect({ code: unasked.code, asked: unasked.stderr.includes('E603') }).toEqual({ code: 1, asked: true });
  expect(unasked.stdout).toContain('ana@');
  expect(write(writer)).not.toThrow();

  const report = await unlock('--force', RUN, '--auto-approve');
  expect(report).toMatchObject({
    outcome: 'unlocked',
    holder: { run_id: RUN, user: 'ana', command: 'apply', pid: process.pid, liveness: 'alive' },
  });
  expect(write(writer)).toThrow(/unlocked/);
  expect(() => writer.assertHeld()).toThrow(/E504|unlocked/);
  writer.close();
  expect((await unlockedEvents()).map(({ run_id, data }) => ({ run_id, ...data }))).toEqual([
    expect.objectContaining({ run_id: RUN, forced: true, liveness: 'alive', backup: report.backup }),
  ]);
});

it('a dead run loses it without a question; the backup is the state as it was', async () => {
  const child = runChild(['hold', stateDir(), RUN]);
  expect(await child.line()).toBe('held 1');
  child.say('write');
  expect(await child.line()).toBe('written');
  await child.killNow();
  const result = await project.call(['state', 'unlock']);
  expect(result.code).toBe(0);
  const said = result.stdout.replace(/\s+/g, ' ');
  expect(said).toMatch(/dead: process \d+ of this machine has ended/);
  expect(said).toMatch(/Backup .*backups.*Go back .*Unlocked.*Next ingest apply --env test/);
  expect(await unlock()).toMatchObject({ outcome: 'nothing_to_unlock' });

  const [event] = await unlockedEvents();
  const backup = String(event?.data['backup']);
  const db = openDatabase(backup, { readonly: true });
  try {
    expect(db.prepare('SELECT run_id FROM lease').all()).toEqual([{ run_id: RUN }]);
    expect(db.prepare('SELECT uri FROM documents').all()).toEqual([{ uri: `a/${RUN}-0.md` }]);
    expect(db.pragma('integrity_check')).toBe('ok');
  } finally {
    db.close();
  }
  // Windows knows no such modes.
  if (process.platform !== 'win32') expect(statSync(backup).mode & 0o777).toBe(0o600);
});

it('one that may be asleep, or is out of sight, is asked about', async () => {
  const writer = await hold({ host: 'elsewhere', heartbeatMs: 3_600_000 });
  const unasked = await project.run(['state', 'unlock']);
  expect({ code: unasked.code, asked: unasked.stderr.includes('E603') }).toEqual({ code: 1, asked: true });
  expect(unasked.stdout.replace(/\s+/g, ' ')).toMatch(/unknown: its heartbeat did not move.*elsewhere/);
  expect(write(writer)).not.toThrow();
  const report = await unlock('--auto-approve');
  expect(report.holder).toMatchObject({ liveness: 'unknown', last_heartbeat: expect.any(String) });
  expect(write(writer)).toThrow(/unlocked/);
});
