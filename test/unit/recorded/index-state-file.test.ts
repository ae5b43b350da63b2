import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileSchema } from '../../../src/platform/json-schema.js';
import { writeFileAtomic } from '../../../src/platform/write-file-atomic.js';
import {
  type IndexStateDocument,
  readLatest,
  writeIndexState,
} from '../../../src/recorded/index-state-file.js';
import { event } from './rows-fixture.js';
import { temporaryFolder, writer } from './state-fixture.js';

const document: IndexStateDocument = {
  format_version: '1.1',
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  manifest_id: 'support-docs',
  environment: 'prod',
  collection: 'support_docs',
  collection_id: 'b3f6',
  target: 'embedded',
  lineage: '2f0c',
  run_id: '01KB7Q4M',
  batch_id: '9f3c11d0',
  finished_at: '2026-11-21T23:41:09.000Z',
  vector_recipe: 'v',
  embedding_fingerprint: 'e',
  documents: 2,
  chunks: 5,
  sources: [{ source_id: 'handbook', type: 'files', fingerprint: 'f', documents: 2 }],
  pins: { 'chunker:markdown': 1 },

  refused: { rejected: 1, quarantined: 2 },
};

async function schema(name: string) {
  const url = new URL(`../../../contracts/${name}.schema.json`, import.meta.url);
  return compileSchema(JSON.parse(readFileSync(url, 'utf8')));
}

describe('the completed state', () => {
  it('is written as its schema says, and LATEST names the newest of all that are kept', async () => {
    const folder = join(temporaryFolder(), 'dev', 'support-docs');
    expect(readLatest(folder)).toBeUndefined();
    writeIndexState(folder, document);
    writeIndexState(folder, { ...document, run_id: '01KB8000' });
    expect(readLatest(folder)).toEqual({ ...document, run_id: '01KB8000' });
    expect(readdirSync(folder).sort()).toEqual([
      'LATEST',
      'index_state.01KB7Q4M.json',
      'index_state.01KB8000.json',
    ]);
    const contract = await schema('index_state');
    const written: unknown = JSON.parse(readFileSync(join(folder, 'index_state.01KB7Q4M.json'), 'utf8'));
    expect(contract.validate(written)).toEqual([]);
  });

  it('is refused by its schema when something is missing or of another format', async () => {
    const contract = await schema('index_state');
    const { lineage: _, ...without } = document;
    expect(contract.validate(without)).toHaveLength(1);
    expect(contract.validate({ ...document, format_version: '2.0' })).toHaveLength(1);
    expect(contract.validate({ ...document, documents: -1 })).toHaveLength(1);
    expect(contract.validate({ ...document, later_addition: true })).toEqual([]);
  });

  it('reads as absent when LATEST names nothing, nonsense, another format or a file elsewhere', () => {
    const folder = temporaryFolder();
    const elsewhere = join(folder, 'index_state.x.json');
    const inside = join(folder, 'm');
    writeFileSync(elsewhere, JSON.stringify(document));
    writeIndexState(inside, document);
    writeIndexState(inside, { ...document, run_id: 'other', format_version: '2.0' });
    expect(readLatest(inside)).toBeUndefined();
    for (const name of ['index_state.gone.json', '../index_state.x.json', '']) {
      writeFileSync(join(inside, 'LATEST'), name);
      expect(readLatest(inside)).toBeUndefined();
    }
    writeFileSync(join(inside, 'LATEST'), 'index_state.01KB7Q4M.json\n');
    expect(readLatest(inside)).toEqual(document);
    writeFileSync(join(inside, 'index_state.01KB7Q4M.json'), '{"format_ver');
    expect(readLatest(inside)).toBeUndefined();
  });
});

describe('writing a file atomically', () => {
  it('replaces the content and leaves no temporary file', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'x');
    writeFileAtomic(file, 'old, and longer');
    writeFileAtomic(file, 'new ä');
    expect(readFileSync(file, 'utf8')).toBe('new ä');
    expect(readdirSync(folder)).toEqual(['x']);
  });

  it('leaves the target and no temporary file when it fails', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'x'));
    writeFileSync(join(folder, 'x', 'inside'), '');
    expect(() => writeFileAtomic(join(folder, 'x'), 'new')).toThrow();
    expect(readdirSync(folder)).toEqual(['x']);
    rmSync(join(folder, 'x'), { recursive: true });
    expect(() => writeFileAtomic(join(folder, 'none', 'x'), 'new')).toThrow();
  });
});

describe('the events schema', () => {
  it('accepts what the journal gives and refuses what it never may', async () => {
    const state = await writer(temporaryFolder());
    const batch = { batch_size: 3, chunks_upserted_total: 9, collection_count_snapshot: null };
    state.transaction((tx) => {
      tx.append(event('RUN_START', { resume_active: false, resume_reason: 'first run' }));
      tx.append(event('UPSERT_BATCH_COMMITTED', batch));
      tx.append({ ...event('SWAP_BEGIN'), manifest_id: null });
    });
    const contract = await schema('events');
    const events = [...state.journal(undefined, 0)];
    expect(events.flatMap((found) => contract.validate(found))).toEqual([]);
    const [, committed] = events;
    const faults = (change: object) => contract.validate({ ...committed, ...change }).length;
    expect(faults({ data: { batch_size: 3 } })).toBeGreaterThan(0);
    expect(faults({ seq: 0 })).toBeGreaterThan(0);
    expect(faults({ type: 'DOC_DONE' })).toBeGreaterThan(0);
    expect(faults({ ts: 'yesterday' })).toBeGreaterThan(0);
    expect(faults({ journal_version: 2 })).toBeGreaterThan(0);
  });
});
