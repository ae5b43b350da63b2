/** Opens everything an apply needs, under the lease, and runs it. */
import { arch, platform, release } from 'node:os';
import { join } from 'node:path';
import { IngestError } from '../../domain/errors.js';
import type { JournalEvent } from '../../domain/events.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import type { Plan, PlanOptions, PlanSummary } from '../../domain/plan.js';
import type { Embedder } from '../../domain/ports/embedder.js';
import type { ResumeReport } from '../../domain/results.js';
import { readCounters } from '../../domain/run-counters.js';
import type { ApplyPorts } from '../../execute/apply-ports.js';
import { RunRecorder } from '../../execute/run-recorder.js';
import { type ApplyAnswer, apply } from '../../pipeline.js';
import { longestTimeout } from '../session/longest-timeout.js';
import type { Session } from '../session/session.js';
import { measureEmbedding, measureRun } from '../telemetry/measure-run.js';

export interface RunApplyOptions {
  readonly desired: DesiredState;
  readonly options: PlanOptions;
  readonly saved: Plan | undefined;
  readonly fsync: 'doc' | 'interval' | 'off';
  /** The command line without values that may be secret. */
  readonly command: string;
  /** More of what RUN_START says. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
  approve(plan: Plan, resume: ResumeReport): Promise<boolean>;
  /** Called with every event of this run, after it was committed; for a machine that follows it. */
  readonly onEvent?: (event: JournalEvent) => void;
}

export async function runApply(session: Session, request: RunApplyOptions): Promise<ApplyAnswer> {
  const { desired, fsync } = request;
  const { clock, signal, onProgress } = session.options;
  const environment = desired.environment;
  const { writer, recorder } = await startRun(session, desired, request.command, fsync);
  const { runId } = writer;
  const embedders = new Map<string, Embedder>();
  for (const manifest of desired.manifests) {
    const index = writer.index(manifest.manifest_id);
    const dimension = index === undefined ? undefined : writer.collection(index.collection_id)?.dimension;
    embedders.set(manifest.manifest_id, await session.embedder(manifest, dimension ?? undefined));
  }
  let planned: PlanSummary | undefined;
  let told = 0;
  const tellEvents = (): void => {
    if (request.onEvent === undefined) return;
    for (const event of writer.journal(runId, told)) {
      told = event.seq;
      request.onEvent(event);
    }
  };
  const ports: ApplyPorts = {
    writer,
    recorder,
    clock,
    signal,
    requestTimeoutMs: longestTimeout(desired.manifests),
    cache: await session.cache(),
    landing: await session.landing(environment),
    database: async (manifest) => {
      const database = await session.database(environment, manifest, 'write');
      if (database !== 'absent') return database;
      throw new IngestError('E405', 'the embedded Chroma was not created', {
        kind: 'bug',
        advice: 'This is a bug in ingest. Please report it with the command you ran.',
      });
    },
    embedder: (manifest) => required(embedders.get(manifest.manifest_id)),
    onProgress: (event) => {
      tellEvents();
      onProgress(event);
    },
    stopwatch: session.stopwatch,
    telemetry: session.telemetry,
    forgetIndexState: async (manifest) => {
      const { forgetIndexState } = await import('../../recorded/index-state-file.js');
      forgetIndexState(join(session.stateDir(environment), manifest.manifest_id));
    },
    writeIndexState: (manifest) => writeCompletedState(session, writer, recorder, environment, manifest),
  };
  const answer = await apply(await session.planningPorts(environment, writer, undefined), ports, {
    desired,
    options: request.options,
    saved: request.saved,
    fsync,
    facts: {
      ...runFacts(session, desired, request.command),
      options: request.saved?.header.options ?? request.options,
      ...request.facts,
    },
    approve: async (plan, resume) => {
      planned = plan.header.summary;
      const approved = await request.approve(plan, resume);
      if (approved) session.options.onExecute?.();
      return approved;
    },
  });
  tellEvents();
  if (answer.kind === 'result') measureRun(session.telemetry, answer.result, planned);
  for (const manifest of desired.manifests) {
    measureEmbedding(session.telemetry, manifest, required(embedders.get(manifest.manifest_id)));
  }
  return answer;
}

/** Takes the lease, and counts on from the run before. */
export async function startRun(
  session: Session,
  desired: DesiredState,
  command: string,
  fsync: 'doc' | 'interval' | 'off',
) {
  const writer = await session.acquireWriter(desired.environment, command, fsync);
  session.began(writer.runId, desired.environment);
  const before = readCounters(writer.runs(1)[0]).chunks_upserted_total ?? 0;
  const recorder = new RunRecorder(
    {
      run_id: writer.runId,
      started_at: new Date(session.options.clock.now()).toISOString(),
      command,
      ...session.identity,
      fence: writer.fence,
      trace_id: session.trace.traceId,
      manifests: desired.manifests.map((manifest) => manifest.manifest_id),
    },
    before,
    fsync,
  );
  return { writer, recorder };
}

/** What RUN_START says of the program and of its input. */
export function runFacts(session: Session, desired: DesiredState, command: string): Record<string, unknown> {
  return {
    command,
    tool_version: session.options.toolVersion,
    node_version: process.version,
    os: `${platform()} ${arch()} ${release()}`,
    manifests: desired.manifests.map(({ manifest_id, sha256 }) => ({ manifest_id, sha256 })),
    environment: desired.environment,
    // Null: the trace begins with this run.
    trace_parent: session.trace.parentId ?? null,
  };
}

/** The contract for other programs: written after success, and again when it is missing or outdated. */
export async function writeCompletedState(
  session: Session,
  writer: ApplyPorts['writer'],
  recorder: RunRecorder,
  environment: string,
  manifest: Manifest,
): Promise<void> {
  const { readLatest, writeIndexState, INDEX_STATE_FORMAT } = await import(
    '../../recorded/index-state-file.js'
  );
  const index = writer.index(manifest.manifest_id);
  const collection = index === undefined ? undefined : writer.collection(index.collection_id);
  if (index === undefined || collection === undefined || index.last_good_run === null) return;
  const dir = join(session.stateDir(environment), manifest.manifest_id);
  if (readLatest(dir)?.run_id === index.last_good_run) return;
  const counts = writer.counts(collection.collection_id, manifest.manifest_id);
  const runId = index.last_good_run;
  const finished = runId === recorder.facts.run_id ? undefined : writer.run(runId).finished_at;
  const document = {
    format_version: INDEX_STATE_FORMAT,
    manifest_id: manifest.manifest_id,
    environment,
    collection: collection.name,
    collection_id: collection.collection_id,
    target: collection.target,
    lineage: writer.lineage,
    run_id: runId,
    trace_id: traceOf(writer, recorder, runId),
    // Which input a rollback brought back is not recorded.
    batch_id: index.batch_id ?? `rollback:${collection.collection_id}`,
    finished_at: finished ?? new Date(session.options.clock.now()).toISOString(),
    vector_recipe: collection.vector_recipe,
    embedding_fingerprint: collection.embedding_fingerprint,
    documents: counts.documents,
    chunks: counts.chunks,
    sources: (index.batch_id === null ? [] : declaredSources(writer, manifest)).map(
      ({ source_id, type, fingerprint, documents }) => ({ source_id, type, fingerprint, documents }),
    ),
    pins: index.pins,
    refused: countRefused(writer, manifest.manifest_id),
  };
  try {
    writeIndexState(dir, document);
  } catch (error) {
    throw new IngestError('E501', `the completed state of ${manifest.manifest_id} cannot be written`, {
      kind: 'world',
      advice: 'The index itself is as declared and recorded. Make room or give permission, then run again.',
      cause: error,
    });
  }
}

/** Null of a run that is known from live alone. */
function traceOf(writer: ApplyPorts['writer'], { facts }: RunRecorder, runId: string): string | null {
  if (runId === facts.run_id) return facts.trace_id;
  return writer.run(runId).trace_id || null;
}

function countRefused(writer: ApplyPorts['writer'], manifestId: string) {
  const counts = { rejected: 0, quarantined: 0 };
  for (const { verdict } of writer.rejects(manifestId)) {
    counts[verdict === 'quarantine' ? 'quarantined' : 'rejected']++;
  }
  return counts;
}

/** Rows of sources that the manifest no longer has stay as history. */
function declaredSources(writer: ApplyPorts['writer'], manifest: Manifest) {
  const declared = new Set(manifest.sources.map((source) => source.id));
  return writer.sources(manifest.manifest_id).filter((row) => declared.has(row.source_id));
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a manifest without an embedder');
  return value;
}
