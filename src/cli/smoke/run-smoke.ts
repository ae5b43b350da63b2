/**
 * A real run on a sample of what is declared: with the declared sources, gate, model and Chroma, but with a state in a
 * temporary folder and in collections of its own, all of which are taken away again.
 */
import { randomBytes } from 'node:crypto';
import { IngestError } from '../../domain/errors.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import {
  SMOKE_REPORT_FORMAT,
  SMOKE_STEPS,
  type SmokeReport,
  type SmokeStep,
  type SmokeStepName,
} from '../../domain/smoke.js';
import { describeTarget } from '../../live/describe-target.js';
import { loadPreparer } from '../session/load-preparer.js';
import type { Session } from '../session/session.js';
import {
  applyAgain,
  applySample,
  askForEach,
  destroySample,
  lookForDrift,
  madeCollections,
  readEvidence,
  SmokeFailure,
  type SmokeScene,
} from './smoke-steps.js';
import { globOf, type Sample, takeSample } from './take-sample.js';

export interface SmokeRequest {
  /** A session over the temporary state; `signal`: of the command, or one that nobody aborts, to take away. */
  open(signal: AbortSignal): Session;
  readonly signal: AbortSignal;
  /** Of each source. */
  readonly sample: number;
  readonly k: number;
  /** Stops what still runs in the temporary folder, and removes it. */
  removeFolder(desired: DesiredState | undefined): Promise<void>;
  onStep(name: SmokeStepName): void;
}

type Index = SmokeReport['indexes'][number];

/** Faults of the manifests are thrown: without them there is nothing to try. */
export async function runSmoke(request: SmokeRequest): Promise<SmokeReport> {
  const { signal } = request;
  const never = new AbortController().signal;
  const first = request.open(signal);
  const { clock, toolVersion } = first.options;
  const started = clock.monotonic();
  const startedAt = new Date(clock.now()).toISOString();
  const steps = new Map<SmokeStepName, SmokeStep>();
  let broken = false;
  /** `always`: also after a failure or a signal. */
  const step = async (name: SmokeStepName, work: () => Promise<string[]>, always = false): Promise<void> => {
    if ((broken || signal.aborted) && !always) return;
    request.onStep(name);
    const began = clock.monotonic();
    const done = (over: Pick<SmokeStep, 'status' | 'evidence' | 'problem'>): void => {
      steps.set(name, { name, duration_ms: Math.round(clock.monotonic() - began), ...over });
    };
    try {
      done({ status: 'passed', evidence: await work(), problem: null });
    } catch (error) {
      if (signal.aborted && !always) return;
      broken = true;
      done({ status: 'failed', evidence: [], problem: problemOf(error) });
    }
  };

  let declared: DesiredState | undefined;
  let indexes: readonly Index[] = [];
  let left: readonly string[] = [];
  try {
    declared = await first.loadDesired();
    const scene = temporary(declared, request, signal);
    const { desired } = scene;
    await step('sample', async () => {
      const samples = await takeSamples(desired, request.sample, first);
      indexes = desired.manifests.map((manifest) => indexOf(manifest, samples.get(manifest.manifest_id)));
      const uris = [...samples.values()].flatMap((one) => one.uris);
      if (uris.length === 0) throw new SmokeFailure('the sources list no document that could be tried');
      scene.only.push(...uris.map(globOf));
      const all = indexes.reduce((sum, one) => sum + one.declared, 0);
      const { length } = desired.manifests;
      return [`${uris.length} of ${all} documents, of ${length} ${length === 1 ? 'manifest' : 'manifests'}`];
    });
    await step('apply', () => applySample(scene));
    await step('apply again', () => applyAgain(scene));
    await step('drift', () => lookForDrift(scene));
    await step('query', () => askForEach(scene));
    await step('report', () => readEvidence(scene));
    if (steps.has('apply') || signal.aborted) {
      const ending = { ...scene, open: () => request.open(never) };
      const destroy = async (): Promise<string[]> => {
        // Until it is known that they are gone.
        left = await madeCollections(ending);
        if (left.length === 0) return ['nothing was made'];
        const found = await destroySample(ending);
        left = found.left;
        if (left.length > 0) throw new SmokeFailure(`still there: ${left.join(', ')}`);
        return found.evidence;
      };
      await step('destroy', destroy, true);
    }
  } finally {
    await first.close();
    const remove = async (): Promise<string[]> => {
      await request.removeFolder(declared);
      return ['the temporary state is removed'];
    };
    await step('clean up', remove, true);
  }
  // What lived in the temporary folder went with it.
  const embedded = new Set(
    declared.manifests
      .filter(({ target }) => target.kind === 'embedded')
      .map(({ manifest_id }) => manifest_id),
  );
  const gone = new Set(indexes.filter((one) => embedded.has(one.manifest_id)).map((one) => one.collection));
  const all = SMOKE_STEPS.map((name) => steps.get(name) ?? skipped(name));
  return {
    type: 'smoke_report',
    format_version: SMOKE_REPORT_FORMAT,
    environment: declared.environment,
    outcome: broken ? 'failed' : signal.aborted ? 'interrupted' : 'passed',
    started_at: startedAt,
    duration_ms: Math.round(clock.monotonic() - started),
    tool_version: toolVersion,
    indexes,
    steps: all,
    left_behind: left.filter((name) => !gone.has(name)),
  };
}

/** The same indexes elsewhere: nothing guards them, and a sample need not answer the manifest's own questions. */
function temporary(
  declared: DesiredState,
  { k, open }: SmokeRequest,
  signal: AbortSignal,
): SmokeScene & { readonly only: string[] } {
  const mark = randomBytes(4).toString('hex');
  const names = new Map<string, string>();
  const manifests = declared.manifests.map((manifest): Manifest => {
    const { target, policy } = manifest;
    // Those that share a collection share the temporary one.
    const name = names.get(target.collection) ?? `ingest-smoke-${mark}-${names.size + 1}`;
    names.set(target.collection, name);
    return {
      ...manifest,
      target: { ...target, collection: name },
      policy: { ...policy, prevent_destroy: false },
      checks: undefined,
    };
  });
  return { desired: { ...declared, manifests }, only: [], k, open: () => open(signal) };
}

async function takeSamples(
  desired: DesiredState,
  size: number,
  { options, sourceContext }: Session,
): Promise<Map<string, Sample>> {
  const found = new Map<string, Sample>();
  for (const manifest of desired.manifests) {
    const preparer = await loadPreparer(manifest, undefined, sourceContext, options.onWarning);
    found.set(manifest.manifest_id, await takeSample(manifest, preparer, size, options.signal));
  }
  return found;
}

function indexOf({ manifest_id, target, embedding }: Manifest, sample: Sample | undefined): Index {
  return {
    manifest_id,
    target:
      target.kind === 'embedded'
        ? 'embedded Chroma, in a temporary folder'
        : describeTarget(target, '').description,
    collection: target.collection,
    embedding: `${embedding.provider} ${embedding.model}`,
    declared: sample?.declared ?? 0,
    sampled: sample?.uris.length ?? 0,
  };
}

function problemOf(error: unknown): SmokeStep['problem'] {
  if (error instanceof SmokeFailure) return { code: null, message: error.message, advice: null };
  if (error instanceof IngestError) {
    return { code: error.code, message: error.message, advice: error.advice };
  }
  return { code: 'E901', message: error instanceof Error ? error.message : String(error), advice: null };
}

function skipped(name: SmokeStepName): SmokeStep {
  return { name, status: 'skipped', evidence: [], duration_ms: 0, problem: null };
}
