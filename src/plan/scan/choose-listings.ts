/** How much of each source this plan looks at: gathered here, decided in src/diff. */
import { chooseListing, type Listing, type ListingFacts, widen } from '../../diff/choose-listing.js';
import { EVERYTHING } from '../../domain/cursor.js';
import { sourceIdOf } from '../../domain/identity.js';
import type { Manifest } from '../../domain/manifest.js';
import type { PlanOptions } from '../../domain/plan.js';
import type { Source } from '../../domain/ports/source.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { SourceSpec } from '../../domain/source-spec.js';
import type { Scratch } from '../scratch.js';
import { backfillWindow } from './backfill-window.js';
import { findBatch, landedListing, type ReplayedBatch } from './landed-listing.js';
import type { Preparer } from './prepare-document.js';
import type { Listed } from './scan-index.js';

export interface ListingDeps {
  readonly manifest: Manifest;
  readonly preparer: Preparer;
  readonly state: StateReader;
  readonly rowsOf: string | undefined;
  readonly options: PlanOptions;
  readonly scratch: Scratch;
  /** The index is built anew, or what was written to is another collection now. */
  readonly replaced: boolean;
}

export class Listings {
  readonly #deps: ListingDeps;
  readonly #byId: Map<string, Listing>;
  /** Set while the input is what was landed. */
  readonly replayed: ReplayedBatch | undefined;

  constructor(deps: ListingDeps) {
    this.#deps = deps;
    const { input } = deps.options;
    this.replayed =
      input?.verb === 'replay' ? findBatch(deps.state, deps.manifest.manifest_id, input.batch_id) : undefined;
    const only = onlyWindow(deps, this.replayed);
    const recorded = new Map(
      deps.state.cursors(deps.manifest.manifest_id).map((row) => [row.source_id, row] as const),
    );
    this.#byId = new Map(
      deps.manifest.sources.map((source) => [
        source.id,
        chooseListing(source, {
          only,
          recorded: recorded.get(source.id),
          recipeChanged: source.load.cursor !== undefined && recipeChanged(deps, source),
          replaced: deps.replaced,
          forced: deps.options.force.length > 0,
        }),
      ]),
    );
  }

  of(sourceId: string): Listing | undefined {
    return this.#byId.get(sourceId);
  }

  /** In the order in which uris rise; the sources are those of `preparer`, which may look on. */
  all(preparer: Pick<Preparer, 'source'>): Listed[] {
    return this.#deps.manifest.sources.map((spec) => this.#listed(spec, preparer));
  }

  #listed(spec: SourceSpec, preparer: Pick<Preparer, 'source'>): Listed {
    const { scratch, manifest, rowsOf, state, options } = this.#deps;
    const listing = this.#byId.get(spec.id);
    if (listing === undefined) throw new TypeError(`no source ${spec.id}`);
    const increment = listing.kind === 'window' && listing.full_read === null && options.input === undefined;
    return {
      source:
        this.replayed === undefined
          ? preparer.source(spec.id)
          : landedListing(
              preparer.source(spec.id),
              state,
              manifest.manifest_id,
              this.replayed.batch.batch_id,
            ),
      listing,
      damaged: () => {
        if (!increment || rowsOf === undefined) return [];
        const uris: string[] = [];
        for (const uri of scratch.findingUris(manifest.manifest_id)) {
          if (sourceIdOf(uri) !== spec.id) continue;
          if (state.document(rowsOf, manifest.manifest_id, uri) !== undefined) uris.push(uri);
        }
        return uris;
      },
      widen: () => {
        const whole = widen(spec, listing);
        this.#byId.set(spec.id, whole);
        return whole.window;
      },
    };
  }
}

/** Every source from its beginning, whatever its load mode: for a comparison that changes nothing. */
export function everything(sources: readonly Source[]): Listed[] {
  return sources.map((source) => ({
    source,
    listing: { kind: 'whole', window: EVERYTHING, full_read: null },
    damaged: () => [],
    widen: () => EVERYTHING,
  }));
}

/** Whether some of its documents were judged, composed or cut in another way than they would be now. */
function recipeChanged({ manifest, preparer, state, rowsOf }: ListingDeps, { id }: SourceSpec): boolean {
  if (rowsOf === undefined) return false;
  const { parser } = preparer.source(id);
  const gate = preparer.gateRecipe(id);
  const chunk = parser === undefined ? undefined : preparer.chunkRecipe(parser);
  return state
    .recipesOf(rowsOf, manifest.manifest_id, id)
    .some((one) => one.gate_recipe !== gate || (chunk !== undefined && one.chunk_recipe !== chunk));
}

/** @throws IngestError E613 for a window that no source of this manifest can have */
function onlyWindow(
  { manifest, options }: ListingDeps,
  replayed: ReplayedBatch | undefined,
): ListingFacts['only'] {
  const { input } = options;
  if (input === undefined) return undefined;
  if (input.verb === 'replay') {
    const landed = (replayed?.batch.sources ?? []).filter((source) => source.landed);
    return { sources: new Set(landed.map(({ source_id }) => source_id)), window: EVERYTHING };
  }
  const source = manifest.sources.find(({ id }) => id === input.source);
  // Another index than the one that is meant: nothing of it is looked at.
  if (source === undefined) return { sources: new Set(), window: EVERYTHING };
  const { start, end } = backfillWindow(source, input);
  return { sources: new Set([source.id]), window: { start, end } };
}
