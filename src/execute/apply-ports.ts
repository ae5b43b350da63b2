/** What executing a plan needs: opened by the composition root, and what was approved. */
import type { ProgressEvent } from '../domain/events.js';
import type { Manifest } from '../domain/manifest.js';
import type { Change, PlanHeader, PlanSummary } from '../domain/plan.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Embedder, EmbeddingCache } from '../domain/ports/embedder.js';
import type { LandingStore } from '../domain/ports/landing.js';
import type { LiveDatabase } from '../domain/ports/live.js';
import type { Stopwatch } from '../domain/ports/stopwatch.js';
import type { Telemetry } from '../domain/ports/telemetry.js';
import type { ResumeReport } from '../domain/results.js';
import type { ExecutableIndex } from '../plan/executable-plan.js';
import type { HeldWriter } from './index-run.js';
import type { RunRecorder } from './run-recorder.js';

export interface ApplyPorts {
  readonly writer: HeldWriter;
  readonly recorder: RunRecorder;
  readonly clock: Clock;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly requestTimeoutMs: number;
  readonly cache: EmbeddingCache;
  readonly landing: LandingStore;
  /** Connects for writing: creates the embedded Chroma when it does not exist yet. */
  database(manifest: Manifest): Promise<LiveDatabase>;
  embedder(manifest: Manifest): Embedder;
  onProgress(event: ProgressEvent): void;
  readonly stopwatch: Stopwatch;
  readonly telemetry: Telemetry;
  /** Called for every index that ended clean, inside the run: writes the completed-state file. */
  writeIndexState(manifest: Manifest, index: ExecutableIndex): Promise<void>;
  /** Called before an index is forgotten: no program may read it as live any more. */
  forgetIndexState(manifest: Manifest): Promise<void>;
}

export interface ApplyScope {
  /**
   * The changes of the saved plan that is executed, or undefined: then all of the plan's changes are. A
   * manifest that the saved plan does not know has none and is left alone.
   */
  readonly approved: ((manifestId: string) => Iterable<Change> | undefined) | undefined;
  readonly summary: PlanSummary;
  readonly planId: string;
  readonly base: PlanHeader['base'];
  /** True for a plan from a file: it may be used once. */
  readonly saved: boolean;
  /** What RUN_START records beside the run's facts: versions, redacted flags, manifest hashes. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly resume: ResumeReport;
}
