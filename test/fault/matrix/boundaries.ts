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
  readonly after: After;
}

/** What was there before the run that is struck; `nothing`: only a first run comes to such a boundary. */
export type After = 'a first build' | 'nothing' | 'a changed distance' | 'an abandoned replacement';

const commit = (name: string, ...did: readonly string[]): Boundary =>
  commitAfter('a first build', name, ...did);

const commitAfter = (after: After, name: string, ...did: readonly string[]): Boundary => ({
  name,
  is: (step) => step.port === 'commit' && did.every((one) => step.did.has(one)),
  kind: 'commit',
  after,
});

const request = (port: Step['port'], name: string, after: Boundary['after'] = 'a first build'): Boundary => ({
  name,
  is: (step) => step.port === port,
  kind: port === 'embed' ? 'embed' : 'request',
  after,
});

/** A run that builds the index anew beside the live one, and swaps it in. */
const swapping = (port: Step['port'], name: string, is: (step: Step) => boolean = () => true): Boundary => ({
  name: `replace: ${name}`,
  is: (step) => step.port === port && is(step),
  kind: 'request',
  after: 'a changed distance',
});
const swapCommit = (name: string, ...did: readonly string[]): Boundary =>
  commitAfter('a changed distance', `replace: commit: ${name}`, ...did);
const says = (role: string) => (step: Step) => step.ids[1] === role;

/** Something of a new collection is in it. */
export const BATCH_CONFIRMED = swapCommit('batch confirmed', 'UPSERT_BATCH_COMMITTED');

const REPLACEMENT: readonly Boundary[] = [
  swapping('create', 'create beside'),
  swapCommit('index claimed', 'putIndex', 'putRun'),
  swapping('writeIdentity', 'write identity', says('staging')),
  swapping('put', 'put'),
  BATCH_CONFIRMED,
  swapCommit('document done', 'DOC_COMMITTED'),
  swapping('copyFrom', 'copy foreign records'),
  swapCommit('swap begun', 'SWAP_BEGIN'),
  swapping('writeIdentity', 'declare live', says('live')),
  swapping('renameCollection', 'rename the old away', says('previous')),
  swapping('renameCollection', 'rename the new', says('live')),
  swapCommit('swap done', 'SWAP_DONE'),
  swapping('remove', 'remove an older one'),
  swapCommit('older one forgotten', 'dropCollection'),
  {
    name: 'discard: remove what was begun',
    is: (step) => step.port === 'remove',
    kind: 'request',
    after: 'an abandoned replacement',
  },
  commitAfter('an abandoned replacement', 'discard: commit: forgotten', 'STAGING_DISCARDED'),
];

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
  ...REPLACEMENT,
];
