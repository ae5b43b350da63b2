import { chmodSync, copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/platform/sqlite.js';
import { copyDatabase } from '../../../src/recorded/copy-database.js';
import { openStateReader } from '../../../src/recorded/open-state.js';
import { chunkRow, documentRow, event, runRow } from './rows-fixture.js';
import { runChild } from './run-child.js';
import { closing, fingerprint, temporaryFolder, writer } from './state-fixture.js';

const failure = (code: string) => expect.objectContaining({ code });

async function recorded(documents: number): Promise<string> {
  const folder = temporaryFolder();
  const state = await writer(folder);
  state.transaction((tx) => {
    for (let n = 0; n < documents; n++) {
      const uri = `a/${String(n).padStart(5, '0')}.md`;
      tx.putDocument('C', 'm', documentRow(uri), [chunkRow(uri, `k${n}`)]);
      tx.append(event('DOC_COMMITTED', { uri }));
    }
    tx.putRun(runRow('01RUN'));
  });
  state.close();
  return folder;
}

/** Leaves the log of a killed run: documents that are only in the write-ahead log. */
async function killedRun(): Promise<string> {
  const folder = temporaryFolder();
  const child = runChild(['hold', folder, '01KILLED']);
  await child.line();
  child.say('write');
  await child.line();
  await child.killNow();
  return folder;
}

function readEverything(folder: string): number {
  const reader = openStateReader(folder);
  try {
    reader.indexes();
    reader.collections();
    reader.runs(10);
    const rows = [
      ...reader.documents('C', 'm'),
      ...reader.collectionChunks('C'),
      ...reader.journal(undefined, 0),
    ];
    return rows.length;
  } finally {
    reader.close();
  }
}

describe('reading the recorded state', () => {
  it('finds one file after a clean close, changes no byte of it and leaves nothing beside it', async () => {
    const folder = await recorded(3);
    const before = fingerprint(folder);
    expect(Object.keys(before)).toEqual(['ingest.db']);
    const reader = closing(openStateReader(folder));
    expect([...reader.documents('C', 'm')]).toHaveLength(3);
    expect(fingerprint(folder)).toEqual(before);
    reader.close();
    expect(fingerprint(folder)).toEqual(before);
  });

  it('shows what a killed run committed, and leaves its log for the next run', async () => {
    const folder = await killedRun();
    const before = fingerprint(folder);
    expect(Object.keys(before)).toContain('ingest.db-wal');
    const reader = closing(openStateReader(folder));
    expect([...reader.documents('C', 'm')]).toHaveLength(1);
    expect(reader.leaseHolder()?.run_id).toBe('01KILLED');
    reader.close();
    const after = fingerprint(folder);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(after['ingest.db']).toBe(before['ingest.db']);
    expect(after['ingest.db-wal']).toBe(before['ingest.db-wal']);
  });

  it('reads a log without its index (a copied or restored state) and creates no index', async () => {
    const folder = await killedRun();
    rmSync(join(folder, 'ingest.db-shm'));
    const before = fingerprint(folder);
    expect(readEverything(folder)).toBe(2);
    expect(fingerprint(folder)).toEqual(before);
  });

  it('reads a write-ahead database whose log is gone and creates none', async () => {
    const folder = await recorded(2);
    const db = openDatabase(join(folder, 'ingest.db'));
    db.pragma('journal_mode = WAL');
    db.close();
    const before = fingerprint(folder);
    expect(Object.keys(before)).toEqual(['ingest.db']);
    expect(readEverything(folder)).toBe(6);
    expect(fingerprint(folder)).toEqual(before);
  });

  it('replays a rollback journal in a copy only', async () => {
    const folder = await recorded(2);
    const file = join(folder, 'ingest.db');
    const db = openDatabase(file);
    // Pages spilled to disk before the commit: what a kill leaves is a torn file and its journal.
    db.exec('PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE');
    db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      INSERT INTO journal (ts, run_id, type, journal_version, data)
      SELECT 't', '01TORN', 'WARN', 1, json_object('i', i, 'text', hex(zeroblob(100))) FROM n`);
    const torn = temporaryFolder();
    for (const suffix of ['', '-journal']) copyFileSync(file + suffix, join(torn, `ingest.db${suffix}`));
    db.exec('ROLLBACK');
    db.close();
    const before = fingerprint(torn);
    expect(Object.keys(before)).toEqual(['ingest.db', 'ingest.db-journal']);
    expect(readEverything(torn)).toBe(6);
    expect(fingerprint(torn)).toEqual(before);
  });

  it('does not wait for a writer in the middle of a transaction, and sees only what is committed', async () => {
    const folder = temporaryFolder();
    const child = runChild(['hold', folder, '01LONG']);
    await child.line();
    child.say('write');
    await child.line();
    child.say('hang');
    expect(await child.line()).toBe('hanging');
    const reader = closing(openStateReader(folder));
    expect([...reader.documents('C', 'm')].map((row) => row.uri)).toEqual(['a/01LONG-0.md']);
    expect(reader.serial()).toBe(1);
  });

  it('follows a run that begins while it is open', async () => {
    const folder = await recorded(1);
    const reader = closing(openStateReader(folder));
    expect(reader.serial()).toBe(1);
    const state = await writer(folder, { runId: '01NEXT' });
    state.transaction((tx) => tx.append(event('RUN_START', {}, '01NEXT')));
    expect([...reader.journal('01NEXT', 0)].map((found) => found.type)).toEqual(['RUN_START']);
    state.close();
    expect(reader.serial()).toBe(2);
  });

  it.skipIf(process.getuid?.() !== 0)('works in a folder that the reader may not write', async () => {
    const nobody = 65534;
    for (const folder of [await recorded(2), await killedRun()]) {
      for (const name of Object.keys(fingerprint(folder))) chmodSync(join(folder, name), 0o644);
      chmodSync(folder, 0o755);
      const before = fingerprint(folder);
      const child = runChild(['count', folder], { uid: nobody });
      expect(await child.line()).toMatch(/^[12] 1$/);
      expect(await child.ended()).toBe(0);
      expect(fingerprint(folder)).toEqual(before);
    }
  });
});

describe('a copy of the state', () => {
  it('is whole although runs begin, write, checkpoint and end meanwhile', async () => {
    const folder = temporaryFolder();
    const child = runChild(['churn', folder, '01CHURN']);
    expect(await child.line()).toBe('writing');
    let over = false;
    void child.ended().then(() => {
      over = true;
    });
    const counts: number[] = [];
    while (!over) {
      const copy = copyDatabase(join(folder, 'ingest.db'));
      const db = openDatabase(copy.file);
      expect(db.pragma('quick_check')).toBe('ok');
      counts.push(db.prepare<{ n: number }>('SELECT count(*) AS n FROM documents').get()?.n ?? -1);
      db.close();
      copy.remove();
      await new Promise(setImmediate);
    }
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(closing(openStateReader(folder)).counts('C', 'm').documents).toBe(8000);
  });
});

describe('a state file that cannot be used', () => {
  it('is refused when it is no database', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'ingest.db'), 'lineage: 7\n'.repeat(500));
    expect(() => openStateReader(folder)).toThrow(failure('E501'));
  });

  it('is refused when it is damaged, at once or when the damage is met', async () => {
    const folder = await recorded(500);
    const file = join(folder, 'ingest.db');
    const bytes = readFileSync(file);
    const header = Buffer.from(bytes);
    header.fill(0xff, 100, 4096);
    writeFileSync(file, header);
    expect(() => openStateReader(folder)).toThrow(failure('E501'));
    const body = Buffer.from(bytes);
    body.fill(0xff, 4096);
    writeFileSync(file, body);
    expect(() => readEverything(folder)).toThrow(failure('E501'));
    await expect(writer(folder)).rejects.toThrow(failure('E501'));
    expect(readFileSync(file).equals(body)).toBe(true);
  });

  it('is refused when it is a folder', () => {
    const folder = temporaryFolder();
    renameSync(temporaryFolder(), join(folder, 'ingest.db'));
    expect(() => openStateReader(folder)).toThrow(failure('E501'));
  });

  it('is refused, and not touched, when a newer version wrote it', async () => {
    const folder = await recorded(1);
    const db = openDatabase(join(folder, 'ingest.db'));
    db.exec('PRAGMA user_version = 99');
    db.close();
    const before = fingerprint(folder);
    expect(() => openStateReader(folder)).toThrow(failure('E502'));
    await expect(writer(folder)).rejects.toThrow(failure('E502'));
    expect(fingerprint(folder)).toEqual(before);
  });

  it('is refused, and not touched, when it is another program’s', async () => {
    const folder = temporaryFolder();
    const db = openDatabase(join(folder, 'ingest.db'));
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE places (id INTEGER)');
    db.close();
    const before = fingerprint(folder);
    expect(() => openStateReader(folder)).toThrow(failure('E501'));
    await expect(writer(folder)).rejects.toThrow(failure('E501'));
    expect(fingerprint(folder)).toEqual(before);
  });

  it('reads as nothing when a run was killed before its first commit', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'ingest.db'), '');
    expect(readEverything(folder)).toBe(0);
    expect(fingerprint(folder)['ingest.db-wal']).toBeUndefined();
    const state = await writer(folder);
    expect(state.lineage).not.toBe('');
  });
});
