/** P1 to P5: what is written, in which order, and what is recorded of it. */
import type { Mutation } from './mutations.js';

const MODEL = 'test/integration/model.test.ts';
const PROTOCOL = 'test/integration/write-protocol.test.ts';
const LATE = 'test/integration/guards/late-writes.test.ts';
const PROMISES = 'test/integration/promises.test.ts';

export const WRITING: readonly Mutation[] = [
  {
    promise: 'P1',
    bug: 'A resumed document forgets the records that its interrupted version left behind.',
    file: 'src/plan/changes/base-of-document.ts',
    find: 'return readBase(live.collection, [...rows, ...desired], others);',
    replace: 'return readBase(live.collection, [...rows, ...desired], []);',
    test: { file: MODEL, name: 'killed at every boundary of an update, then' },
  },
  {
    promise: 'P1',
    bug: 'A document that was begun and interrupted is trusted as it is recorded.',
    file: 'src/plan/live-view/mark-unfinished.ts',
    find: "if (intent.fence === busyFence || intent.status === 'unsettled') continue;",
    replace: "if (intent.fence === busyFence || intent.status !== 'unknown') continue;",
    test: { file: MODEL, name: 'killed at every boundary of an update, then' },
  },
  {
    promise: 'P1',
    bug: 'Intents are cleared when the new records are there, before the old ones were deleted.',
    file: 'src/execute/write-documents.ts',
    find: "tx.append(run.event('UPSERT_NEW_DONE', { uri: work.change.uri, n_chunks: work.put.length }));",
    replace: 'tx.clearIntents(run.collection.id, run.manifestId, work.change.uri, run.now());',
    test: {
      file: PROMISES,
      name: 'knows of a document that it is unfinished until its last delete was confirmed',
    },
  },
  {
    promise: 'P1',
    bug: 'A request whose answer was lost is forgotten as soon as its document is done.',
    file: 'src/recorded/write-intents.ts',
    find: '(was_unknown = 1 OR (fence <> @fence',
    replace: '(0 OR (fence <> @fence',
    test: {
      file: LATE,
      name: 'that lands after its record was deleted again is found by the next plan and mended',
    },
  },
  {
    promise: 'P1',
    bug: 'The first run over a restored backup signs the collection before all is mended.',
    file: 'src/execute/open-collection.ts',
    find: 'last_run: stranger ? identity.last_run : run.runId,',
    replace: 'last_run: run.runId,',
    test: { file: 'test/fault/model/scenarios.test.ts', name: 'is still noticed by the run after that' },
  },
  {
    promise: 'P2',
    bug: 'Confirmed records of an interrupted document count for nothing: all of it is put again.',
    file: 'src/plan/changes/base-of-document.ts',
    find: "if (findings.resume && live.summary.status === 'not-checked') {",
    replace: 'if (findings.resume) {',
    test: { file: PROMISES, name: 'puts only what was not confirmed, also inside one document' },
  },
  {
    promise: 'P2',
    bug: 'Vectors do not enter the cache when they arrive.',
    file: 'src/embedding/create-embedder.ts',
    find: `    this.#options.cache.put(this.fingerprint, answers);
    for (const item of items) {`,
    replace: '    for (const item of items) {',
    test: { file: PROMISES, name: 'embeds nothing again of what was embedded and not yet put' },
  },
  {
    promise: 'P2',
    bug: 'The total of confirmed records starts at zero in every run.',
    file: 'src/cli/run/run-apply.ts',
    find: 'readCounters(writer.runs(1)[0]).chunks_upserted_total ?? 0',
    replace: '0',
    test: { file: PROMISES, name: 'counts on where the killed run stopped' },
  },
  {
    promise: 'P2',
    bug: 'Equal texts are embedded again while the first is in flight.',
    file: 'src/embedding/create-embedder.ts',
    find: '      known.calls.add(call);\n',
    replace: '      known.calls.add(call);\n      this.#queue.add({ text_sha256: sha, text });\n',
    test: {
      file: 'test/integration/embedding/embedder.test.ts',
      name: 'are computed once in one call, across calls in flight, and across runs',
    },
  },
  {
    promise: 'P3',
    bug: 'Old records are deleted before the new ones are put.',
    file: 'src/execute/write-documents.ts',
    find: '    for (const chunk of work.put) {',
    replace: '    await this.#deleteOld([work]);\n    for (const chunk of work.put) {',
    test: { file: PROTOCOL, name: 'deletes nothing before the new is there' },
  },
  {
    promise: 'P3',
    bug: 'A document counts as put when its first batch is.',
    file: 'src/execute/write-documents.ts',
    find: '(work) => work.written.length === work.put.length,',
    replace: '(work) => work.written.length > 0,',
    test: { file: PROMISES, name: 'finds every document whole, in its old version or in its new one' },
  },
  {
    promise: 'P3',
    bug: 'A document that fails half-way takes its old version along.',
    file: 'src/execute/fail-document.ts',
    find: 'const added = work.written.filter((id) => !work.existing.has(id));',
    replace: 'const added = [...work.written, ...work.existing];',
    test: { file: PROTOCOL, name: 'takes the new records of its document back, and leaves the old version' },
  },
  {
    promise: 'P4',
    bug: 'A run without work claims the collection all the same.',
    file: 'src/execute/apply-plan.ts',
    find: 'if (!needsWork(index, changes()) && !leftOpen(ports, index)) {',
    replace: 'if (index.header.live.count === -1) {',
    test: { file: PROMISES, name: 'plans nothing, embeds nothing, sends nothing and changes no row' },
  },
  {
    promise: 'P4',
    bug: 'The ids of the run that wrote a record count as its metadata.',
    file: 'src/plan/live-view/compare-records.ts',
    find: 'if (!ANCHORS.has(key)) kept[key] = value;',
    replace: 'kept[key] = value;',
    test: { file: PROMISES, name: 'plans nothing, embeds nothing, sends nothing and changes no row' },
  },
  {
    promise: 'P4',
    bug: 'Kept records are patched whenever anything of their document is written.',
    file: 'src/diff/diff-chunks.ts',
    find: 'if (before.metadata_sha256 !== chunk.metadata_sha256) patch.push(chunk);',
    replace: 'patch.push(chunk);',
    test: { file: PROMISES, name: 'that mends one record writes to none that is as it should be' },
  },
  {
    promise: 'P5',
    bug: 'Records are recorded although their put threw.',
    file: 'src/execute/write-documents.ts',
    find: `      if (!isPoison(error)) throw error;
      await this.#splitPoisoned(batch, error);
      return;`,
    replace: `      if (isPoison(error)) {
        await this.#splitPoisoned(batch, error);
        return;
      }`,
    test: {
      file: PROTOCOL,
      name: 'ends the run as failed for the world when it stays lost, and the next run resumes',
    },
  },
  {
    promise: 'P5',
    bug: 'A write without an answer counts as confirmed.',
    file: 'src/execute/send-writes.ts',
    find: '      onUnknown();\n',
    replace: '      onUnknown();\n      if (error instanceof WriteUnknown) return;\n',
    test: { file: PROTOCOL, name: 'is marked unknown and redone, %s it took effect' },
  },
  {
    promise: 'P5',
    bug: 'A patch is believed without being read back.',
    file: 'src/execute/patch-documents.ts',
    find: 'if (record !== undefined && metadataHash(record.metadata) === chunk.metadata_sha256)',
    replace: 'if (record?.id !== chunk.metadata_sha256)',
    test: { file: PROTOCOL, name: 'is read back: a record that vanished meanwhile fails its document' },
  },
  {
    promise: 'P5',
    bug: 'A record is sent without an intent.',
    file: 'src/execute/write-documents.ts',
    find: '      tx.openIntents(intents);\n',
    replace: '',
    test: {
      file: PROTOCOL,
      name: 'has an open intent of every record that it sends, at the moment of sending',
    },
  },
  {
    promise: 'P5',
    bug: 'The rows of a document that is gone go before its deletion was confirmed.',
    file: 'src/execute/delete-stale.ts',
    find: '  await run.deleteRecords(byUri);\n',
    replace: `  run.transaction((tx) => {
    for (const { change } of wave) tx.deleteDocument(run.collection.id, run.manifestId, change.uri);
  });
  await run.deleteRecords(byUri);
`,
    test: {
      file: PROMISES,
      name: 'the state keeps a document that is gone until its deletion was confirmed',
    },
  },
];
