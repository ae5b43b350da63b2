/** One run, one trace: records, events, results, completed state and log lines say the same of where they come from. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DriftReport } from '../../src/domain/drift-report.js';
import type { JournalEvent } from '../../src/domain/events.js';
import type { ApplyResult } from '../../src/domain/results.js';
import type { RunRow } from '../../src/domain/state-rows.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { applyResult, jsonLines, parseJson } from '../support/ingest-cli.js';
import { article, expectValid, type PlanJson, Project } from '../support/project.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
});
afterEach(() => project.dispose());

/** Two sources, so that their fingerprints can be told apart. */
const SOURCES = { docs: ['root: ../docs'], more: ['root: ../more'] };

type Metadata = Readonly<Record<string, unknown>>;

async function records(): Promise<readonly Metadata[]> {
  const { metadatas } = await (await project.collection()).get({ include: ['metadatas'], limit: 1000 });
  return metadatas.map((one) => one ?? {});
}

async function runs(): Promise<readonly RunRow[]> {
  return jsonLines(await project.call(['runs', '--json'])) as unknown as RunRow[];
}

/** Every event of a run says which trace, which batch where an index is concerned, which source of a document. */
function expectAnchored(events: readonly JournalEvent[], index: PlanJson['indexes'][number]): void {
  expect(events.length).toBeGreaterThan(3);
  for (const event of events) {
    const { uri } = event.data as { readonly uri?: string };
    const source = index.sources.find(({ source_id }) => source_id === uri?.split('/')[0]);
    expect(event).toMatchObject({
      trace_id: TRACE,
      manifest_id: event.manifest_id === null ? null : 'docs',
      batch_id: event.manifest_id === null ? null : index.batch_id,
      source_fingerprint: source?.fingerprint ?? null,
    });
  }
}

it('a run that TRACEPARENT names says its trace everywhere, with the batch and the sources it read', async () => {
  project.manifest({ sources: SOURCES });
  project.docs(3);
  project.ws.write('more/extra.md', article('extra'));
  const [index] = (await project.plan()).indexes;
  if (index === undefined) throw new Error('nothing planned');
  const applied = await project.call(['apply', '--json', '--auto-approve'], { env: { TRACEPARENT } });
  const result = applyResult<ApplyResult>(applied);
  expect(result).toMatchObject({ outcome: 'applied', trace_id: TRACE });

  const streamed = jsonLines(applied).slice(0, -1) as unknown as JournalEvent[];
  for (const event of streamed) expectValid('events', event);
  expectAnchored(streamed, index);
  expect(await project.journal()).toEqual(streamed);
  expect(streamed.find((event) => event.type === 'RUN_START')?.data['trace_parent']).toBe('00f067aa0ba902b7');

  const fingerprints = Object.fromEntries(index.sources.map((one) => [one.source_id, one.fingerprint]));
  const written = await records();
  expect(written.length).toBeGreaterThan(8);
  for (const metadata of written) {
    expect(metadata).toMatchObject({
      ingest_manifest_id: 'docs',
      ingest_run_id: result.run_id,
      ingest_trace_id: TRACE,
      ingest_batch_id: index.batch_id,
      ingest_source_fingerprint: fingerprints[String(metadata['ingest_uri']).split('/')[0] ?? ''],
    });
  }
  expect(new Set(written.map((one) => one['ingest_source_fingerprint'])).size).toBe(2);

  expect(await runs()).toEqual([expect.objectContaining({ run_id: result.run_id, trace_id: TRACE })]);
  const folder = project.ws.path('state', 'test', 'docs');
  const state = JSON.parse(readFileSync(`${folder}/index_state.${result.run_id}.json`, 'utf8')) as unknown;
  expectValid('index_state', state);
  expect(state).toMatchObject({ run_id: result.run_id, trace_id: TRACE, batch_id: index.batch_id });
  expect((state as { sources: { fingerprint: string }[] }).sources.map((one) => one.fingerprint)).toEqual(
    index.sources.map((one) => one.fingerprint),
  );
});

it('what is written again, relabelled or removed says its last run; a source that left, what was read of it last', async () => {
  project.manifest({ sources: SOURCES });
  project.docs(2);
  project.ws.write('more/extra.md', article('extra'));
  const [before] = (await project.plan()).indexes;
  const first = await project.settle();
  const left = before?.sources.find((one) => one.source_id === 'more')?.fingerprint;
  project.manifest({ sources: { docs: ['root: ../docs', 'metadata: { team: search }'] } });
  const args = ['apply', '--json', '--auto-approve', '--allow-delete', 'more/**'];
  const second = await project.run(args, { env: { TRACEPARENT } });
  expect({ code: second.code, stderr: second.code === 0 ? '' : second.stderr }).toEqual({
    code: 0,
    stderr: '',
  });
  const { run_id } = applyResult<ApplyResult>(second);
  for (const metadata of await records()) {
    expect(metadata).toMatchObject({ ingest_run_id: run_id, ingest_trace_id: TRACE, team: 'search' });
  }
  const events = jsonLines(second) as unknown as JournalEvent[];
  const removed = events.filter((event) => String(event.data?.['uri']).startsWith('more/'));
  expect(removed.length).toBeGreaterThan(0);
  for (const event of removed) expect(event.source_fingerprint).toBe(left);
  const told = await runs();
  expect(told.map((run) => run.run_id)).toEqual([run_id, first.run_id]);
  expect(told[1]?.trace_id).not.toBe(TRACE);
});

it('what a replacement takes over from the old collection keeps saying which input it was made from', async () => {
  project.manifest();
  project.docs(2);
  const [before] = (await project.plan()).indexes;
  await project.settle();
  const inputs = new Set((await records()).map((one) => one['ingest_batch_id']));
  expect([...inputs]).toEqual([before?.batch_id]);
  // Refused from now on: only its old version is there to be taken over.
  project.doc('doc-000.md', Buffer.from([0x41, 0xff, 0xfe, 0x00, 0x42]));
  project.manifest({
    space: 'l2',
    chroma: [`url: \${CHROMA_URL}`, `collection: ${project.name}`, 'space: l2'],
  });
  const replaced = await project.apply();
  expect(replaced.outcome).toBe('partial');
  for (const metadata of await records()) {
    const carried = metadata['ingest_uri'] === 'docs/doc-000.md';
    expect(metadata).toMatchObject({ ingest_run_id: replaced.run_id, ingest_trace_id: replaced.trace_id });
    expect(metadata['ingest_batch_id'] === before?.batch_id).toBe(carried);
  }
});

it('what only looks says the trace of its command, and what it looked at', async () => {
  project.manifest();
  project.docs(1);
  const [index] = (await project.plan()).indexes;
  const { run_id } = await project.settle();
  const drift = await project.call(['drift', '--json'], { env: { TRACEPARENT } });
  const report = parseJson<DriftReport>(drift);
  expectValid('report', report);
  expect(report.trace_id).toBe(TRACE);
  expect(report.indexes[0]).toMatchObject({
    manifest_id: 'docs',
    batch_id: index?.batch_id,
    last_good_run: { run_id },
  });
  expect((await project.status()).indexes[0]).toMatchObject({ batch_id: index?.batch_id, run_id });
});

describe('log lines', () => {
  it('of a run say which run and which trace', async () => {
    project.manifest();
    project.docs(2);
    const { stdout, stderr, code } = await project.run(['apply', '--json', '--auto-approve'], {
      env: { TRACEPARENT: 'nonsense', HTTP_PROXY: '' },
    });
    expect(code).toBe(0);
    const { trace_id } = applyResult<ApplyResult>({ code, stdout, stderr, signal: null });
    const [warning] = stderr.split('\n').filter((line) => line.includes('TRACEPARENT'));
    expect(warning).toMatch(/^Warning .*TRACEPARENT is not of the W3C trace context.*\(nonsense\)/);
    expect(warning).toContain(trace_id);
  });

  it('of a run that failed say it too, in text and in JSON', async () => {
    project.manifest();
    project.docs(1);
    const gone = { env: { TRACEPARENT, CHROMA_URL: 'http://127.0.0.1:9' } };
    const { code, stdout, stderr } = await project.call(['apply', '--json', '--auto-approve'], gone);
    expect(code).toBe(1);
    const [failure] = jsonLines({ code, stdout, stderr, signal: null });
    const [run] = await runs();
    expect(failure).toMatchObject({ type: 'error', run_id: run?.run_id, trace_id: TRACE });
    expect(stderr).toContain(`run_id=${run?.run_id}  trace_id=${TRACE}`);
  });
});

describe('two attempts', () => {
  it('at the same input share a batch, and neither a run id nor a completed state', async () => {
    project.manifest();
    project.docs(2);
    const first = await project.apply();
    await (await project.collection()).delete({ where: { ingest_uri: 'docs/doc-001.md' } });
    const second = await project.apply();
    expect(second.applied.repair).toBe(1);
    expect(second.run_id).not.toBe(first.run_id);
    expect(second.trace_id).not.toBe(first.trace_id);
    const batches = new Set((await records()).map((one) => one['ingest_batch_id']));
    expect(batches.size).toBe(1);
    const states = readdirSync(project.ws.path('state', 'test', 'docs')).filter((name) =>
      name.endsWith('.json'),
    );
    expect(states.sort()).toEqual(
      [`index_state.${first.run_id}.json`, `index_state.${second.run_id}.json`].sort(),
    );
  });

  it('at once never share one: who comes second says who holds the lease, and is no run', async () => {
    project.manifest();
    project.docs(20);
    const attempts = await Promise.all(
      Array.from({ length: 6 }, () => project.run(['apply', '--json', '--auto-approve'])),
    );
    const went = attempts.filter((one) => one.code === 0).map((one) => applyResult<ApplyResult>(one).run_id);
    const locked = attempts.filter((one) => one.code === 4);
    expect(went.length).toBeGreaterThan(0);
    expect(went.length + locked.length).toBe(attempts.length);
    expect(new Set(went).size).toBe(went.length);
    const recorded = (await runs()).map((run) => run.run_id);
    expect(new Set(recorded).size).toBe(recorded.length);
    // Every event of the journal is of one of them: nobody wrote under another's name.
    for (const event of await project.journal()) expect(went).toContain(event.run_id);
    for (const one of locked) {
      const holder = (jsonLines(one).at(-1) as { holder?: { run_id: string } }).holder?.run_id;
      expect(went).toContain(holder);
    }
  });
});
