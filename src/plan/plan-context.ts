/** What planning one index needs; everything that was gathered or opened before. */

import type { Manifest } from '../domain/manifest.js';
import type { PlanOptions, Protection } from '../domain/plan.js';
import type { LiveCollection } from '../domain/ports/live.js';
import type { StatCache } from '../domain/ports/source.js';
import type { StateReader } from '../domain/ports/state.js';
import type { CollectionRow } from '../domain/state-rows.js';
import type { Warning } from '../domain/warning.js';
import type { EmbeddingFacts } from './estimate-embedding.js';
import type { LiveView } from './live-view/examine-live.js';
import type { PendingSwap } from './replacement/locate-live.js';
import type { Pin } from './replacement/read-pin.js';
import type { Listings } from './scan/choose-listings.js';
import type { UriScope } from './scan/match-uris.js';
import type { Preparer } from './scan/prepare-document.js';
import type { Scratch } from './scratch.js';

/** An index that is built anew in another collection, which then takes the old one's place. */
export interface Replacement {
  readonly reasons: readonly string[];
  /** What records are taken over from; undefined when it is gone, out of reach, or cannot be read. */
  readonly old: LiveCollection | undefined;
  /** What gives its name away; undefined when it is gone, or stays where it is. */
  readonly aside: LiveCollection | undefined;
  /** Whether vectors of the old one are the ones that are wanted. */
  readonly sameVectors: boolean;
  readonly joins: boolean;
}

/** A collection that holds records of a manifest that is destroyed. */
export interface DoomedCollection {
  readonly collection: LiveCollection;
  /** Why it stays and only our records go: ids of other manifests, or `foreign records`. Empty: it goes as a whole. */
  readonly stays: readonly string[];
}

/** An index that ends. */
export interface Destruction {
  /** Where its records are; the one that it is recorded in first. */
  readonly collections: readonly DoomedCollection[];
  /** Recorded collections, also those that are gone from live. */
  readonly rows: readonly CollectionRow[];
}

export interface PlanContext {
  readonly manifest: Manifest;
  readonly preparer: Preparer;
  readonly state: StateReader;
  /** The collection whose rows are what searchers see; undefined when nothing is recorded. */
  readonly rowsOf: string | undefined;
  /** The collection that is written to: the same, but for an index that is built anew beside it. */
  readonly writesTo: string | undefined;
  /** What is written to, as it was found. */
  readonly live: LiveView;
  readonly scratch: Scratch;
  readonly statCache: StatCache;
  readonly embedding: EmbeddingFacts;
  readonly options: PlanOptions;
  readonly scope: UriScope;
  /** How much of each source is looked at. */
  readonly listings: Listings;
  readonly protection: Protection;
  /** Set when the whole index must be built anew: every document is a `replace`. */
  readonly replacement: Replacement | undefined;
  /** A swap that an earlier run did not finish. */
  readonly pending: PendingSwap | undefined;
  /** A collection that an earlier run began to build and that nobody needs any more. */
  readonly discard: LiveCollection | undefined;
  /** Set while a rollback keeps the index from being built anew: then nothing is planned for it. */
  readonly pin: Pin | undefined;
  /** How many of the replaced collections stay. */
  readonly keepPrevious: number;
  /** Set when the index ends: then nothing was scanned. */
  readonly destruction: Destruction | undefined;
  /** Intents of this fence belong to a run that is alive: not ours to classify. */
  readonly busyFence: number | undefined;
  readonly signal: AbortSignal;
  /** `uri`: of the document that it is about. */
  readonly warn: (warning: Warning, uri?: string) => void;
}
