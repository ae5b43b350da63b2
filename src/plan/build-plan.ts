/**
 * Builds the plan of all loaded manifests: look at live, mark what is unfinished, merge and decide, count.
 * plan, apply and (without sources) drift call this same function.
 */

import { policyChanges } from '../diff/policy-changes.js';
import { decideProtection, protectionAction } from '../diff/protection.js';
import type { DesiredState, Manifest } from '../domain/manifest.js';
import {
  type IndexAction,
  type IndexHeader,
  PLAN_FORMAT,
  type PlanHeader,
  type PlanIndex,
  type PlanOptions,
  type PlanSummary,
} from '../domain/plan.js';
import type { LiveCollection } from '../domain/ports/live.js';
import type { StateReader } from '../domain/ports/state.js';
import type { IndexRow } from '../domain/state-rows.js';
import type { Warning } from '../domain/warning.js';
import { contractAction } from './contract-changes.js';
import { planDestruction } from './destroy/plan-destruction.js';
import type { ExecutableIndex, ExecutablePlan } from './executable-plan.js';
import type { LiveView } from './live-view/examine-live.js';
import { markUnfinished } from './live-view/mark-unfinished.js';
import type { PlanContext } from './plan-context.js';
import type { PlanningPorts } from './planning-ports.js';
import { gatherLive } from './replacement/gather-live.js';
import { isDropped, isWorthKeeping } from './replacement/old-collection.js';
import { planPinned } from './replacement/plan-pinned.js';
import { wasLeftDamaged } from './replacement/surplus-previous.js';
import { computePlanId } from './saved/plan-id.js';
import { Listings } from './scan/choose-listings.js';
import { GatherWarnings } from './scan/gather-warnings.js';
import { createScope } from './scan/match-uris.js';
import { type PlannedIndex, planIndex } from './scan/plan-index.js';
import { tallyPii } from './scan/tally-pii.js';
import { traceSources } from './scan/trace-sources.js';
import { Scratch } from './scratch.js';
import { addSummaries, EMPTY_SUMMARY, hasChanges, summariseChanges } from './summarise.js';

export async function buildPlan(
  ports: PlanningPorts,
  desired: DesiredState,
  options: PlanOptions,
): Promise<ExecutablePlan> {
  const scratch = new Scratch();
  try {
    const indexes: ExecutableIndex[] = [];
    for (const manifest of desired.manifests) {
      ports.signal.throwIfAborted();
      const { header, context } = options.destroy
        ? await planDestruction(ports, manifest, options, scratch)
        : await planManifest(ports, desired, manifest, options, scratch);
      indexes.push({ header, context, changes: () => scratch.changes(manifest.manifest_id) });
    }
    ports.statCache.flush();
    const header = headerOf(ports, desired, options, indexes);
    return { header, indexes, close: () => scratch.close() };
  } catch (error) {
    scratch.close();
    throw error;
  }
}

async function scan(
  { telemetry, onProgress }: PlanningPorts,
  context: PlanContext,
  actions: readonly IndexAction[],
): Promise<PlannedIndex> {
  const traced = traceSources(telemetry, context.manifest.manifest_id, context.preparer);
  try {
    const planned = await planIndex({ ...context, preparer: traced.preparer }, actions, (documents) =>
      onProgress({ type: 'scan', documents }),
    );
    traced.end(planned.sources);
    return planned;
  } catch (error) {
    traced.end(undefined, error);
    throw error;
  }
}

async function planManifest(
  ports: PlanningPorts,
  desired: DesiredState,
  manifest: Manifest,
  options: PlanOptions,
  scratch: Scratch,
): Promise<{ header: IndexHeader; context: PlanContext }> {
  const { state } = ports;
  const id = manifest.manifest_id;
  const facts = ports.embedding(manifest);
  const target = ports.describeTarget(manifest);
  const gathered = await ports.stopwatch.time('live', () =>
    gatherLive(ports, desired, manifest, options, scratch),
  );
  const { index, live, replacement } = gathered;
  await markUnfinished(gathered.written.collection, state, gathered.writtenAs, scratch, ports.busyFence);

  const protection = {
    declared: manifest.policy.prevent_destroy,
    recorded: index?.prevent_destroy,
    live:
      replacement?.reasons.includes('target') === true
        ? undefined
        : mirroredProtection(live, manifest.manifest_id),
  };
  const warnings = new GatherWarnings(liveWarnings(live, state, index));
  const pii = tallyPii(await ports.preparer(manifest, index?.pins));
  const context: PlanContext = {
    manifest,
    preparer: pii.preparer,
    state,
    rowsOf: index?.collection_id,
    writesTo: gathered.writtenAs?.collection_id,
    live: gathered.written,
    scratch,
    statCache: ports.statCache,
    embedding: facts,
    options,
    scope: createScope(options),
    listings: new Listings({
      manifest,
      preparer: pii.preparer,
      state,
      rowsOf: index?.collection_id,
      options,
      scratch,
      replaced: replacement !== undefined || gathered.written.replaced,
    }),
    replacement,
    protection: decideProtection(protection),
    pending: gathered.pending,
    discard: gathered.discard,
    keepPrevious: gathered.keepPrevious,
    destruction: undefined,
    pin: gathered.pin?.holds === true ? gathered.pin : undefined,
    busyFence: ports.busyFence,
    signal: ports.signal,
    warn: (warning, uri) => warnings.add(warning, uri),
  };
  const actions = indexActions(manifest, index, live, context);
  if (gathered.pin?.holds === false && replacement === undefined)
    actions.push({ action: 'unpin', reasons: ['embedding'] });
  const contract =
    context.pin === undefined && options.only.length === 0 && options.input === undefined
      ? contractAction(state, manifest, context.preparer)
      : undefined;
  if (contract !== undefined) actions.push(contract);
  const protect = context.pin === undefined ? protectionAction(protection) : undefined;
  if (protect !== undefined) actions.push(protect);
  const planned =
    context.pin === undefined
      ? await ports.stopwatch.time('scan', () => scan(ports, context, actions))
      : planPinned(context.pin, index, actions);
  const header: IndexHeader = {
    manifest_id: manifest.manifest_id,
    manifest_file: manifest.file,
    collection: manifest.target.collection,
    target: target.description,
    batch_id: planned.batch_id,
    embedding: { provider: manifest.embedding.provider, model: facts.model, semantic: facts.semantic },
    recorded: index === undefined ? { documents: 0, chunks: 0 } : state.counts(index.collection_id, id),
    live: live.summary,
    ...(context.pin === undefined ? {} : { pinned: { generation: context.pin.generation } }),
    sources: planned.sources,
    index_actions: planned.index_actions,
    coverage: planned.coverage,
    summary: summariseChanges(scratch.changes(manifest.manifest_id), {
      known_rejects: planned.known_rejects,
      unchanged: planned.unchanged,
      skipped: planned.coverage.skipped,
      failed: planned.coverage.failed,
    }),
    warnings: [...warnings.all(), ...pii.warnings(), ...planned.warnings],
  };
  return { header, context };
}

function indexActions(
  manifest: Manifest,
  index: IndexRow | undefined,
  live: LiveView,
  { replacement, pending, discard, pin, state }: PlanContext,
): IndexAction[] {
  const actions: IndexAction[] = [];
  if (pending !== undefined) actions.push({ action: 'swap', reasons: ['intent'] });
  if (pin !== undefined) return actions;
  if (replacement !== undefined) {
    actions.push({
      action: 'replace',
      reasons: [...replacement.reasons].sort(),
      ...(manifest.checks !== undefined && isWorthKeeping(replacement) ? { waits_for_checks: true } : {}),
      ...(isDropped(replacement) ? { keeps_none: true } : {}),
    });
  } else if (discard !== undefined) {
    actions.push({ action: 'discard', reasons: [discardReason(discard, state)] });
  } else if (live.summary.status === 'missing') {
    actions.push({ action: 'create', reasons: [index === undefined ? 'new' : 'missing-in-index'] });
  }
  const changes = index === undefined ? [] : policyChanges(index.policy, manifest.policy);
  if (changes.length > 0) actions.push({ action: 'policy', reasons: ['policy'], changes });
  return actions;
}

/** Of a kept one that is one too many, the policy is the reason. */
function discardReason({ id, name, identity }: LiveCollection, state: StateReader): string {
  if (identity?.role !== 'previous') return 'intent';
  const row = { collection_id: id, name: state.collection(id)?.name ?? name };
  return wasLeftDamaged(state, row) ? 'unsearchable' : 'policy';
}

/** Undefined where live has nothing to say of this manifest. */
function mirroredProtection(live: LiveView, manifestId: string): boolean | undefined {
  const identity = live.collection?.identity;
  return identity?.manifests.includes(manifestId) ? identity.protected.includes(manifestId) : undefined;
}

function liveWarnings(live: LiveView, state: StateReader, index: IndexRow | undefined): Warning[] {
  const known = index === undefined ? 0 : (state.collection(index.collection_id)?.foreign_count ?? 0);
  const growth = live.summary.foreign - known;
  if (growth <= 0 || live.summary.verify !== 'counts') return [];
  return [
    {
      key: 'foreign-growth',
      message: `${growth} more records than recorded; left alone`,
      detail: '--verify ids tells whose they are',
      functional: false,
    },
  ];
}

function headerOf(
  ports: PlanningPorts,
  desired: DesiredState,
  options: PlanOptions,
  indexes: readonly PlanIndex[],
): PlanHeader {
  const { state } = ports;
  const summary = indexes.reduce<PlanSummary>(
    (sum, index) => addSummaries(sum, index.header.summary),
    EMPTY_SUMMARY,
  );
  const actions = indexes.some((index) => index.header.index_actions.length > 0);
  const loaded = new Set(
    [...desired.manifests, ...desired.notApplicable].map((manifest) => manifest.manifest_id),
  );
  const sha = new Map(desired.manifests.map((manifest) => [manifest.manifest_id, manifest.sha256]));
  return {
    format_version: PLAN_FORMAT,
    tool_version: ports.toolVersion,
    created_at: new Date(ports.clock.now()).toISOString(),
    environment: desired.environment,
    outcome: hasChanges(summary) || actions ? 'changes' : 'no_changes',
    base: {
      lineage: state.lineage ?? null,
      serial: state.serial(),
      manifests: desired.manifests.map(({ manifest_id, sha256 }) => ({ manifest_id, sha256 })),
    },
    options,
    summary,
    // A destroy is of what it names, and says nothing of the others.
    undeclared: (options.destroy ? [] : state.indexes())
      .map((index) => index.manifest_id)
      .filter((id) => !loaded.has(id)),
    plan_id: computePlanId(
      desired.environment,
      indexes.map((index) => ({
        manifest_id: index.header.manifest_id,
        sha256: sha.get(index.header.manifest_id) ?? '',
        collection: index.header.collection,
        index_actions: index.header.index_actions,
        changes: () => index.changes(),
      })),
    ),
  };
}
