/** `state rebuild`: the lease, a backup of what is there, and then what live tells in its place, all or nothing. */
import { IngestError } from '../../domain/errors.js';
import type { DesiredState } from '../../domain/manifest.js';
import type { RebuildReport } from '../../domain/state-reports.js';
import { type LiveState, rebuildFrom, stateOfLive } from '../../pipeline.js';
import { rebuildFacts } from '../session/rebuild-facts.js';
import { rebuildPorts } from '../session/rebuild-ports.js';
import type { Session } from '../session/session.js';

export interface RebuildRequest {
  /** Also over a state that records something. */
  readonly force: boolean;
}

/** @throws IngestError E507 when there is a state already, or live holds none that could be told */
export async function rebuildState(
  session: Session,
  desired: DesiredState,
  { force }: RebuildRequest,
): Promise<RebuildReport> {
  const { environment } = desired;
  const known = await session.openReader(environment);
  const recorded = known.indexes().map((index) => index.manifest_id);
  const fresh = known.lineage === undefined;
  known.close();
  if (recorded.length > 0 && !force) throw recordedAlready(session.stateFile(environment), recorded);
  const found = await stateOfLive(await rebuildPorts(session, environment), desired);
  try {
    const { lineage } = found;
    if (lineage === undefined) return nothingInLive(environment);
    const writer = await session.acquireWriter(environment, 'state rebuild', 'doc');
    try {
      const now = writer.indexes().map((index) => index.manifest_id);
      if (now.length > 0 && !force) throw recordedAlready(session.stateFile(environment), now);
      const backup = fresh ? null : await session.backUp(environment, writer.fence);
      const facts = rebuildFacts(session.options.clock, writer, desired);
      const indexes = writer.transaction((tx) => {
        const rebuilt = rebuildFrom(tx, found, lineage, facts);
        const sum = (key: 'documents' | 'chunks' | 'partial') =>
          rebuilt.reduce((total, index) => total + index[key], 0);
        tx.append({
          type: 'STATE_REBUILT',
          run_id: writer.runId,
          manifest_id: null,
          data: {
            by: session.identity,
            trace_id: session.trace.traceId,
            lineage,
            indexes: rebuilt.map((index) => index.manifest_id),
            documents: sum('documents'),
            chunks: sum('chunks'),
            partial: sum('partial'),
            backup,
          },
        });
        return rebuilt;
      });
      const collections = found.collections.map((row) => ({
        name: row.name,
        role: row.role,
        generation: row.generation,
        chunks: writer.counts(row.collection_id, undefined).chunks,
        foreign: row.foreign_count,
      }));
      const not_known = [...notKnown(found), ...NEVER_TOLD];
      return { outcome: 'rebuilt', environment, lineage, collections, indexes, not_known, backup };
    } finally {
      writer.close();
    }
  } finally {
    found.close();
  }
}

function nothingInLive(environment: string): RebuildReport {
  return {
    outcome: 'nothing_in_live',
    environment,
    lineage: null,
    collections: [],
    indexes: [],
    not_known: [],
    backup: null,
  };
}

function recordedAlready(file: string, indexes: readonly string[]): IngestError {
  return new IngestError('E507', `${file} records ${indexes.join(', ')} already`, {
    kind: 'input',
    advice:
      "Nothing was changed. A plan corrects a state that differs from live by itself. To take live's word for all of it, add --force; the state is backed up first.",
  });
}

/** What is true of every rebuilt state. */
export const NEVER_TOLD: readonly string[] = [
  'which documents were refused: the next plan finds them as refused anew',
  'the history: runs, journal and counters (chunks_upserted_total begins again), and which saved plans were used',
  'which batch is in the index, and how the last run ended: the next apply looks, and records it',
  'the policy that was last applied: the one of the manifest is taken, protection is the one that live remembers',
  'an edit by hand that is the same in all records of a document: only `apply --force GLOB` writes over it',
];

export function notKnown({ moved, otherModels, otherRecipes, undeclared }: LiveState): string[] {
  const said: string[] = [];
  if (moved.length > 0) {
    said.push(
      `what a run wrote to ${moved.join(', ')} while it was read: rebuild again when that run has ended`,
    );
  }
  if (undeclared.length > 0) {
    said.push(
      `policy and pinned versions of ${undeclared.join(', ')}, not loaded here: rebuild with those manifests as well, before anything is applied`,
    );
  }
  if (otherModels.length > 0) {
    said.push(
      `the model of ${otherModels.join(', ')}: it is not the one of the manifest, so the next plan builds a new collection`,
    );
  }
  for (const [manifest, documents] of Object.entries(otherRecipes)) {
    said.push(
      `how ${documents === 1 ? '1 document' : `${documents} documents`} of ${manifest} were cut: not as the manifest says now, so the next plan cuts them anew`,
    );
  }
  return said;
}
