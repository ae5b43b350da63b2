/** Which input each index of a run was made from: anchors of its records and, said once in RUN_START, of its events. */
import type { IndexHeader } from '../domain/plan.js';
import type { StateReader } from '../domain/ports/state.js';

export interface InputAnchors {
  /** '' when nothing was read, and nothing recorded says what was. */
  readonly batchId: string;
  /** By source id. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

type Recorded = Pick<StateReader, 'index' | 'sources'>;

/** As it was recorded last. */
export function recordedAnchors(state: Recorded, manifestId: string): InputAnchors {
  return {
    batchId: state.index(manifestId)?.batch_id ?? '',
    fingerprints: new Map(state.sources(manifestId).map((row) => [row.source_id, row.fingerprint])),
  };
}

/** As it was read now; of a source that the manifest no longer has, what was read last. */
export function plannedAnchors(
  state: Recorded,
  { manifest_id, batch_id, sources }: Pick<IndexHeader, 'manifest_id' | 'batch_id' | 'sources'>,
): InputAnchors {
  const before = recordedAnchors(state, manifest_id);
  return {
    batchId: batch_id === '' ? before.batchId : batch_id,
    fingerprints: new Map([
      ...before.fingerprints,
      ...sources
        .filter(({ listing }) => listing !== 'none')
        .map((source) => [source.source_id, source.fingerprint] as const),
    ]),
  };
}

/** For RUN_START; readers of the journal join it to every event of the run. */
export function batchesOf(anchors: ReadonlyMap<string, InputAnchors>): readonly Record<string, unknown>[] {
  return [...anchors]
    .filter(([, { batchId }]) => batchId !== '')
    .map(([manifest_id, { batchId, fingerprints }]) => ({
      manifest_id,
      batch_id: batchId,
      sources: [...fingerprints].map(([source_id, fingerprint]) => ({ source_id, fingerprint })),
    }));
}
