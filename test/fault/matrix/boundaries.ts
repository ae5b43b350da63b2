/**
 * The boundaries of a run: every step that leaves the process, and how a step is told to be one. A new kind of step
 * is a new line here.
 */
import type { Step } from '../../support/intercepted-session.js';
import type { FaultKind } from './faults.js';

export interface Boundary {
  readonly name: string;
  readonly is: (step: Step) => boolean;
  readonly kind: FaultKind;
  /** `nothing`: only a first run comes to it. */
  readonly after: 'a first build' | 'nothing';
}

const commit = (name: string, ...did: readonly string[]): Boundary => ({
  name,
  is: (step) => step.port === 'commit' && did.every((one) => step.did.has(one)),
  kind: 'commit',
  after: 'a first build',
});

const request = (port: Step['port'], name: string, after: Boundary['after'] = 'a first build'): Boundary => ({
  name,
  is: (step) => step.port === port,
  kind: port === 'embed' ? 'embed' : 'request',
  after,
});

export const BOUNDARIES: readonly Boundary[] = [
  { name: 'lease', is: (step) => step.port === 'lease', kind: 'lease', after: 'a first build' },
  request('create', 'create collection', 'nothing'),
  commit('commit: run started', 'RUN_START'),
  commit('commit: index claimed', 'putIndex', 'putRun'),
  request('writeIdentity', 'write identity'),
  request('embed', 'embed'),
  { name: 'cache write', is: (step) => step.port === 'cache', kind: 'cache', after: 'a first build' },
  commit('commit: document begun, puts intended', 'openIntents put'),
  request('put', 'put'),
  commit('commit: batch confirmed', 'UPSERT_BATCH_COMMITTED'),
  commit('commit: patches intended', 'openIntents patch'),
  request('patch', 'patch'),
  commit('commit: patches confirmed', 'markIntents patch confirmed'),
  commit('commit: deletes intended', 'openIntents delete'),
  request('delete', 'delete'),
  commit('commit: deletes confirmed', 'markIntents delete confirmed'),
  commit('commit: document done', 'DOC_COMMITTED'),
  commit('commit: delete done', 'deleteDocument'),
  commit('commit: index done', 'expireIntents'),
  {
    name: 'rename of index_state',
    is: (step) => step.port === 'rename',
    kind: 'rename',
    after: 'a first build',
  },
  commit('commit: run finished', 'RUN_FINISH'),
];

/** Boundaries of the design that are tried elsewhere. */
export const ABSENT: readonly { readonly boundary: string; readonly why: string }[] = [
  { boundary: 'swap', why: 'killed at every boundary of its own in test/integration/replacement' },
];
