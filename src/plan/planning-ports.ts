/** What planning reads from; opened by the composition root. */
import type { ProgressEvent } from '../domain/events.js';
import type { Manifest } from '../domain/manifest.js';
import type { Clock } from '../domain/ports/clock.js';
import type { LiveDatabase } from '../domain/ports/live.js';
import type { StatCache } from '../domain/ports/source.js';
import type { StateReader } from '../domain/ports/state.js';
import type { Stopwatch } from '../domain/ports/stopwatch.js';
import type { Telemetry } from '../domain/ports/telemetry.js';
import type { EmbeddingFacts } from './estimate-embedding.js';
import type { Preparer } from './scan/prepare-document.js';

export interface PlanningPorts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly toolVersion: string;
  readonly state: StateReader;
  readonly statCache: StatCache;
  /** Intents of this fence belong to a run that is alive. */
  readonly busyFence: number | undefined;
  database(manifest: Manifest): Promise<LiveDatabase | 'absent'>;
  /** How a target is shown and recorded, also before anything is connected. */
  describeTarget(manifest: Manifest): { readonly description: string; readonly targetId: string };
  preparer(manifest: Manifest, pins: Readonly<Record<string, number>> | undefined): Promise<Preparer>;
  embedding(manifest: Manifest): EmbeddingFacts & { readonly semantic: boolean; readonly model: string };
  onProgress(event: ProgressEvent): void;
  readonly stopwatch: Stopwatch;
  readonly telemetry: Telemetry;
}
