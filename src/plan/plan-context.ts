/** What planning one index needs; everything that was gathered or opened before. */

import type { Manifest, Warning } from '../domain/manifest.js';
import type { PlanOptions, Protection } from '../domain/plan.js';
import type { StatCache } from '../domain/ports/source.js';
import type { StateReader } from '../domain/ports/state.js';
import type { EmbeddingFacts } from './estimate-embedding.js';
import type { LiveView } from './live-view/examine-live.js';
import type { UriScope } from './scan/match-uris.js';
import type { Preparer } from './scan/prepare-document.js';
import type { Scratch } from './scratch.js';

export interface PlanContext {
  readonly manifest: Manifest;
  readonly preparer: Preparer;
  readonly state: StateReader;
  /** Where this index's rows are; undefined when nothing is recorded. */
  readonly rowsOf: string | undefined;
  readonly live: LiveView;
  readonly scratch: Scratch;
  readonly statCache: StatCache;
  readonly embedding: EmbeddingFacts;
  readonly options: PlanOptions;
  readonly scope: UriScope;
  /** Set when the whole index must be built anew: every document is a `replace`, for these reasons. */
  readonly replace: readonly string[];
  readonly protection: Protection;
  /** Intents of this fence belong to a run that is alive: not ours to classify. */
  readonly busyFence: number | undefined;
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
}
