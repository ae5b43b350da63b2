/** What must hold after a run that nobody interrupted. Gives what does not, in words. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { openDatabase } from '../../../src/platform/sqlite.js';
import { differences, readCollection, type SeenRecord } from '../../support/ingest-cli.js';
import { changesOf, chromaClient, filesBelow } from '../../support/project.js';
import type { Random } from './random.js';
import { COLLECTION, type SoakRig } from './rig.js';

export interface Checked {
  readonly records: number;
  readonly violations: readonly string[];
}

export async function checkConverged(rig: SoakRig, random: Random): Promise<Checked> {
  let records: ReadonlyMap<string, SeenRecord> = new Map();
  const violations = [
    ...(await attempt('reading all records', async () => {
      records = await readCollection(rig.chroma.url, COLLECTION);
      const fresh = levelled(await rig.fresh(), records);
      return differences(records, fresh)
        .slice(0, 5)
        .map((difference) => `not a fresh build: ${difference}`);
    })),
    ...(await attempt('searching', () => search(rig, records, random))),
    ...(await attempt('planning', () => nothingLeftToDo(rig))),
    ...(await attempt('reading the state', async () => recordedState(rig, records.size))),
    ...leftovers(rig),
  ];
  return { records: records.size, violations };
}

/** A look that fails is a finding too, and the others still have theirs. */
async function attempt(what: string, look: () => Promise<string[]>): Promise<string[]> {
  try {
    return await look();
  } catch (error) {
    return [`${what} failed: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Chroma makes vectors of length one again before it stores them, which may move the last bit of a float32. */
const NEARLY = 1e-6;

/** The live vector where the two are the same but for that, so that what differs stays in sight. */
function levelled(
  fresh: ReadonlyMap<string, SeenRecord>,
  live: ReadonlyMap<string, SeenRecord>,
): Map<string, SeenRecord> {
  return new Map(
    [...fresh].map(([id, record]) => {
      const other = live.get(id)?.embedding ?? [];
      const same =
        other.length === record.embedding.length &&
        record.embedding.every((x, i) => Math.abs(x - (other[i] ?? Number.NaN)) <= NEARLY);
      return [id, same ? { ...record, embedding: other } : record];
    }),
  );
}

const ASKED = 40;

/** Asked past the program: a stored vector finds a record at its own place among ten. */
async function search(
  rig: SoakRig,
  records: ReadonlyMap<string, SeenRecord>,
  random: Random,
): Promise<string[]> {
  const collection = await chromaClient(rig.chroma.url).getCollection({ name: COLLECTION });
  const all = [...records.values()];
  let missed = 0;
  let failed = 0;
  for (let i = 0; i < ASKED && all.length > 0; i++) {
    try {
      const { embedding } = random.pick(all);
      const answer = await collection.query({ queryEmbeddings: [[...embedding]], nResults: 10 });
      const best = Math.min(...(answer.distances[0] ?? []).map((distance) => distance ?? Infinity));
      if (!(best < 1e-4)) missed++;
    } catch {
      failed++;
    }
  }
  // An HNSW graph that sees deletions loses a record now and then; damage loses nearly all.
  const broken = failed > 0 || missed > ASKED / 10;
  return broken ? [`search: of ${ASKED} queries ${failed} failed, ${missed} missed`] : [];
}

async function nothingLeftToDo(rig: SoakRig): Promise<string[]> {
  const plan = await rig.plan('content');
  const found = changesOf(plan);
  const violations = found
    .slice(0, 10)
    .map(({ action, uri, reasons }) => `the next plan has ${action} ${uri} (${reasons.join(', ')})`);
  if (plan.outcome !== 'no_changes') violations.push(`the next plan is ${plan.outcome}`);
  for (const { live } of plan.indexes) {
    if (live.status !== 'ok') violations.push(`the next plan calls live ${live.status}`);
  }
  return violations;
}

function recordedState(rig: SoakRig, live: number): string[] {
  const violations: string[] = [];
  for (const file of filesBelow(rig.workspace.path('state')).filter((name) => name.endsWith('.db'))) {
    const db = openDatabase(file, { readonly: true });
    try {
      const answer = db.pragma('integrity_check');
      if (answer !== 'ok') violations.push(`${basename(file)} is damaged: ${String(answer)}`);
    } finally {
      db.close();
    }
  }
  rig.state((state) => {
    if (state.leaseHolder() !== undefined) violations.push('the lease is still held');
    for (const { collection_id, manifest_id } of state.indexes()) {
      const { chunks } = state.counts(collection_id, manifest_id);
      if (chunks !== live) violations.push(`${chunks} chunks are recorded, ${live} are live`);
      const { unsettled: _, ...open } = state.intentCounts(collection_id, manifest_id);
      const count = Object.values(open).reduce((sum, n) => sum + n, 0);
      if (count > 0) violations.push(`${count} intents are open`);
    }
  });
  return [...violations, ...journal(rig)];
}

/** From where the last look ended. */
function journal(rig: SoakRig): string[] {
  const { checked } = rig;
  const violations: string[] = [];
  for (const { seq, data } of rig.events(checked.seq)) {
    if (seq <= checked.seq) violations.push(`seq ${seq} follows ${checked.seq}`);
    checked.seq = seq;
    const upserted = data['chunks_upserted_total'];
    if (typeof upserted !== 'number') continue;
    if (upserted < checked.upserted) {
      violations.push(`chunks_upserted_total falls from ${checked.upserted} to ${upserted} at seq ${seq}`);
    }
    checked.upserted = upserted;
  }
  return violations;
}

/** By its path below state/. The log that a kill leaves of a cache is kept by readers, and goes with the next write. */
const EXPECTED =
  /^(test\/ingest\.db|test\/soaked\/(LATEST|index_state\.\w+\.json)|cache\/(embeddings|stat)\.db(-wal|-shm)?)$/;

function leftovers(rig: SoakRig): string[] {
  const state = rig.workspace.path('state');
  const inState = filesBelow(state).map((file) => relative(state, file).replaceAll('\\', '/'));
  const left = inState.filter((file) => !EXPECTED.test(file)).map((file) => `state/${file} is left over`);
  const temporary = filesBelow(rig.temporary).map((file) => `temporary file ${basename(file)} is left over`);
  return [...left, ...temporary, ...processes(rig)];
}

/** Where the system shows them: processes that still work in the workspace. */
function processes(rig: SoakRig): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (readlinkSync(`/proc/${pid}/cwd`) !== rig.workspace.root) return [];
        return [
          `process ${pid} is left over: ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`,
        ];
      } catch {
        // Gone, or another user's.
        return [];
      }
    });
}
