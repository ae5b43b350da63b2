/** P6 to P8, the guards and the replacement: who may write, when, and what must not be lost. */
import type { Mutation } from './mutations.js';

const READ = 'test/unit/recorded/open-state.test.ts';
const LEASE = 'test/unit/recorded/lease.test.ts';
const FENCING = 'test/integration/guards/fencing.test.ts';
const STATES = 'test/integration/guards/two-states.test.ts';
const LOSSES = 'test/integration/guards/losses.test.ts';
const RECOVERY = 'test/integration/apply/recovery.test.ts';
const REPLACEMENT = 'test/integration/replacement/replacement.test.ts';
const CHECKS = 'test/integration/replacement/checks.test.ts';

export const KEEPING: readonly Mutation[] = [
  {
    promise: 'P6',
    bug: 'Readers open the state for writing.',
    file: 'src/recorded/open-state.ts',
    find: 'db = openDatabase(file, { readonly: true, translate',
    replace: 'db = openDatabase(file, { readonly: false, translate',
    test: { file: READ, name: 'shows what a killed run committed, and leaves its log for the next run' },
  },
  {
    promise: 'P6',
    bug: 'Readers open in place what SQLite must repair or extend first.',
    file: 'src/recorded/open-state.ts',
    find: 'return (readsInPlace(file, header) && openInPlace(file)) || openCopy(file);',
    replace: 'return (header.length > 0 && openInPlace(file)) || openCopy(file);',
    test: {
      file: READ,
      name: 'reads a log without its index (a copied or restored state) and creates no index',
    },
  },
  {
    promise: 'P6',
    bug: 'A plan before the first apply creates the embedded Chroma.',
    file: 'src/live/connect.ts',
    find: "if (mode === 'read' && !existsSync(join(files.dataFolder, 'chroma.sqlite3'))) return 'absent';",
    replace: '',
    test: {
      file: 'test/integration/live/embedded.test.ts',
      name: 'is absent for a reader where nothing was ever written, and nothing is made',
    },
  },
  {
    promise: 'P7',
    bug: 'Transactions do not test the fence.',
    file: 'src/recorded/state-writer.ts',
    find: '      this.assertHeld();\n      const before = this.#changes();',
    replace: '      const before = this.#changes();',
    test: { file: FENCING, name: 'nothing is recorded or sent once the lease is lost' },
  },
  {
    promise: 'P7',
    bug: 'The fence is not tested before something is sent.',
    file: 'src/execute/index-run.ts',
    find: '      this.assertHeld();\n      return request();',
    replace: '      return request();',
    test: { file: FENCING, name: 'nothing is recorded or sent once the lease is lost' },
  },
  {
    promise: 'P7',
    bug: 'A living holder is taken for a dead one.',
    file: 'src/recorded/acquire-lease.ts',
    find: `    if (seen === 'alive') throw new LeaseHeld(holder);
    over = seen === 'silent' ? holder.fence : undefined;`,
    replace: "    over = seen === 'changed' ? undefined : holder.fence;",
    test: { file: LEASE, name: 'is given once; the second run learns who holds it and since when' },
  },
  {
    promise: 'P7',
    bug: 'A pid that belongs to another process by now is taken for the holder.',
    file: 'src/recorded/acquire-lease.ts',
    find: 'found.start !== holder.process_start;',
    replace: 'found.start === null;',
    test: { file: LEASE, name: 'is taken over at once when the pid now belongs to another process' },
  },
  {
    promise: 'P7',
    bug: 'A missing pid proves a holder dead that ran on another machine.',
    file: 'src/recorded/acquire-lease.ts',
    find: 'if (holder.host !== self.host || holder.boot_id !== self.boot_id) return false;',
    replace: '',
    test: { file: LEASE, name: 'is not taken at once from another boot, host or pid name space' },
  },
  {
    promise: 'P7',
    bug: "Another state's collection is written to when it appears between plan and apply.",
    file: 'src/execute/open-collection.ts',
    find: 'if (collection.identity === undefined || collection.identity.lineage !== lineage) {',
    replace: 'if (collection.identity === undefined) {',
    test: {
      file: STATES,
      name: 'of two that create it at once, the one that comes second is refused by name',
    },
  },
  {
    promise: 'P7',
    bug: 'An hour in which the whole machine slept counts as an hour of silence.',
    file: 'src/recorded/watch-holder.ts',
    find: 'still += Math.min(now - last, 4 * poll);',
    replace: 'still += now - last;',
    test: {
      file: 'test/unit/recorded/watch-holder.test.ts',
      name: 'an hour in which the watcher slept too is no hour of silence',
    },
  },
  {
    promise: 'P8',
    bug: 'An apply goes on after a signal that came while its plan was being approved.',
    file: 'src/pipeline.ts',
    find: '    signal.throwIfAborted();\n    const approved',
    replace: '    const approved',
    test: {
      file: RECOVERY,
      name: 'a signal while the plan is being approved ends it: no run is recorded, nothing is sent',
    },
  },
  {
    promise: 'P8',
    bug: 'After a signal the next batch is sent all the same.',
    file: 'src/execute/index-run.ts',
    find: 'return this.signal.aborted;',
    replace: 'return this.signal.reason === null;',
    test: {
      file: 'test/integration/promises.test.ts',
      name: 'a signal during a request: its batch is recorded, and no other is sent',
    },
  },
  {
    promise: 'P8',
    bug: 'The second Ctrl-C waits like the first.',
    file: 'src/cli/interruption.ts',
    find: 'if (stop.signal.aborted) process.exit(EXIT.interrupted);',
    replace: 'if (stop.signal.aborted) process.exitCode = EXIT.interrupted;',
    test: {
      file: 'test/cli/ctrl-c.test.ts',
      name: 'finishes the request in flight and records it; a second one stops at once, and both are safe',
    },
  },
  {
    promise: 'P8',
    bug: 'A write that failed is tried again after a signal.',
    file: 'src/execute/send-writes.ts',
    find: '      if (signal.aborted) throw error;\n',
    replace: '',
    test: {
      file: 'test/unit/execute/send-writes.test.ts',
      name: 'stops between tries at a signal, with the doubt recorded',
    },
  },
  {
    promise: 'guards',
    bug: 'An incomplete listing is taken for a complete one.',
    file: 'src/diff/guard-losses.ts',
    find: 'if (!source.complete) {',
    replace: 'if (!source.complete && source.removed) {',
    test: {
      file: LOSSES,
      name: 'never go beside an incomplete listing, whatever is allowed; updates go ahead',
    },
  },
  {
    promise: 'guards',
    bug: 'A source that yields nothing has lost everything.',
    file: 'src/diff/guard-losses.ts',
    find: 'if (!source.removed && source.listed === 0 && source.recorded > 0 && !source.emptyAllowed) {',
    replace: 'if (source.listed < 0) {',
    test: {
      file: LOSSES,
      name: 'whose mount is empty keeps everything; --allow-delete does not lift that, --allow-empty does',
    },
  },
  {
    promise: 'guards',
    bug: 'One loss more than the policy allows goes through.',
    file: 'src/diff/guard-losses.ts',
    find: 'if (losses > limits.max_count) return',
    replace: 'if (losses > limits.max_count + 1) return',
    test: {
      file: LOSSES,
      name: 'are withheld, all of them, when they are one more; a glob lifts it, and nothing was lost before',
    },
  },
  {
    promise: 'guards',
    bug: 'A folder that cannot be read is taken for an empty one.',
    file: 'src/sources/files/list-folder.ts',
    find: '      unreadable = describeIoError(error);\n',
    replace: '',
    test: {
      file: 'test/unit/sources/links-and-faults.test.ts',
      name: 'a folder that vanishes while the tree is listed is unreadable, not empty',
    },
  },
  {
    promise: 'guards',
    bug: 'An error in place of Chroma reads as: there is no collection.',
    file: 'src/live/chroma-database.ts',
    find: 'if (error instanceof ErrorAnswer && error.status === 404 && error.byChroma) return undefined;',
    replace: 'if (error instanceof ErrorAnswer) return undefined;',
    test: {
      file: 'test/integration/live/failures.test.ts',
      name: 'a 404 that Chroma did not write is not an absent collection',
    },
  },
  {
    promise: 'guards',
    bug: 'A protection ends when its key leaves the manifest.',
    file: 'src/diff/protection.ts',
    find: 'next: declared ?? now };',
    replace: 'next: declared ?? false };',
    test: {
      file: 'test/unit/diff/protection.test.ts',
      name: 'is only an explicit false: leaving the key out never does, whoever remembers it',
    },
  },
  {
    promise: 'replacement',
    bug: 'The new collection takes over without having been looked at as a whole.',
    file: 'src/execute/replacement/replace-collection.ts',
    find: 'const foreign = await mustBeWhole(ports, first, moved);',
    replace: 'const foreign = row.foreign_count;',
    test: { file: REPLACEMENT, name: 'is not swapped in when a record of it is lost at the last moment' },
  },
  {
    promise: 'replacement',
    bug: 'The recorded pointer moves before the names do.',
    file: 'src/execute/replacement/swap-collections.ts',
    find: '  await send(run, () => (elsewhere ? next.rename(building, live) : next.writeIdentity(live)));\n',
    replace: `  run.transaction((tx) => {
    tx.putCollection({ ...swap.row, role: 'live' });
    swap.record(tx);
  });
  await send(run, () => (elsewhere ? next.rename(building, live) : next.writeIdentity(live)));
`,
    test: {
      file: REPLACEMENT,
      name: 'converges when it is killed at any boundary, twice, and searchers never see a half-built index',
    },
  },
  {
    promise: 'replacement',
    bug: 'Records of others are left behind in the old collection.',
    file: 'src/execute/replacement/replace-collection.ts',
    find: 'await carryForeign(first.run, writer, old, owned);',
    replace: 'if (owned.size === 0) await carryForeign(first.run, writer, old, owned);',
    test: {
      file: REPLACEMENT,
      name: 'takes refused documents and foreign records along, and keeps the old collection',
    },
  },
  {
    promise: 'replacement',
    bug: 'Refused documents, whose old version is all there is, are left behind.',
    file: 'src/execute/replacement/carry-documents.ts',
    find: '      if (work !== undefined) yield work;',
    replace: '      if (work?.carried === undefined) yield work;',
    test: {
      file: REPLACEMENT,
      name: 'takes refused documents and foreign records along, and keeps the old collection',
    },
  },
  {
    promise: 'replacement',
    bug: 'That a collection cannot be written is forgotten when the run that builds it anew is killed.',
    file: 'src/plan/live-view/mark-unfinished.ts',
    find: '    since.push(run.run_id);\n',
    replace: '    return false;\n',
    test: {
      file: 'test/integration/replacement/holes.test.ts',
      name: 'stays condemned when the run that builds it anew is interrupted',
    },
  },
  {
    promise: 'replacement',
    bug: 'Vectors that are wrong again after they were put again are put again for ever.',
    file: 'src/plan/live-view/compare-records.ts',
    find: "if (wrong === 'broken' || (suspect && wrong.size > 0)) readable = false;",
    replace: "if (wrong === 'broken') readable = false;",
    test: {
      file: 'test/integration/replacement/holes.test.ts',
      name: 'are put again once; when that helps nobody the collection is built anew',
    },
  },
  {
    promise: 'replacement',
    bug: 'A new collection whose checks failed takes over.',
    file: 'src/execute/check-indexes.ts',
    find: "target.guardsSwap && check.status !== 'passed'",
    replace: "target.guardsSwap && check.status === 'not_run'",
    test: { file: CHECKS, name: 'wait for each other: what one fails keeps both from searchers' },
  },
  {
    promise: 'replacement',
    bug: 'Failed checks keep searchers on a collection whose search is broken.',
    file: 'src/plan/replacement/old-collection.ts',
    find: "reasons.includes('unsearchable') || reasons.includes('recipe')",
    replace: "reasons.includes('recipe')",
    test: {
      file: CHECKS,
      name: 'takes the place of one whose search is broken all the same, and the run says that they fail',
    },
  },
  {
    promise: 'replacement',
    bug: 'Checks that a killed run did not come to are never run.',
    file: 'src/diff/judge-checks.ts',
    find: ' ||\n    last.index_run !== now.index_run',
    replace: '',
    test: {
      file: CHECKS,
      name: 'between its last write and the checks leaves them to the next, which has nothing else to do',
    },
  },
];
