/**
 * Records that are in the state as if an apply had written them: each is prepared by the program's own parts and put by
 * its own writer, under the index that a real apply of a few has made. Of what live has of them nothing is true, so a
 * plan of them is one with `--verify off`.
 */

import { Session } from '../../src/cli/session/session.js';
import { systemClock } from '../../src/cli/session/system-clock.js';
import type { PreparedDocument } from '../../src/domain/document.js';
import { metadataJson } from '../../src/plan/scan/prepare-document.js';

/** Documents a transaction. */
const BATCH = 5000;

/** Of the only manifest below `root`. Answers with how many were put. */
export async function recordEverything(root: string, env: NodeJS.ProcessEnv): Promise<number> {
  const session = new Session({
    stateRoot: 'state',
    desiredPaths: ['desired'],
    environment: undefined,
    env,
    cwd: root,
    clock: systemClock,
    signal: new AbortController().signal,
    toolVersion: 'bench',
    onProgress: () => {},
    onWarning: () => {},
  });
  try {
    const { environment, manifests } = await session.loadDesired();
    const [manifest] = manifests;
    if (manifest === undefined) throw new Error('no manifest');
    const writer = await session.acquireWriter(environment, 'apply', 'off');
    const index = writer.index(manifest.manifest_id);
    if (index?.last_run == null) throw new Error('apply a few records first');
    const { collection_id, manifest_id, last_run } = index;
    const { preparer: load } = await session.planningPorts(environment, writer, undefined);
    const preparer = await load(manifest, index.pins);
    let waiting: PreparedDocument[] = [];
    let done = 0;
    const put = (): void => {
      writer.transaction((tx) => {
        for (const document of waiting) {
          const { uri, source_id, content_sha256, metadata_sha256, gate_recipe, chunk_recipe, version } =
            document;
          const chunks = document.chunks.map(({ id, ordinal, text_sha256, metadata_sha256: metadata }) => ({
            chunk_id: id,
            uri,
            ordinal,
            text_sha256,
            metadata_sha256: metadata,
          }));
          const row = {
            uri,
            source_id,
            content_sha256,
            metadata_sha256,
            metadata: metadataJson(document),
            gate_recipe,
            chunk_recipe,
            n_chunks: chunks.length,
            run_id: last_run,
            version,
          };
          tx.putDocument(collection_id, manifest_id, row, chunks);
        }
      });
      done += waiting.length;
      waiting = [];
    };
    for (const { id } of manifest.sources) {
      for await (const entry of preparer.source(id).list(session.options.signal)) {
        if (entry.kind !== 'document') throw new Error(`${entry.uri} is ${entry.kind}`);
        const prepared = await preparer.prepare(entry);
        if (prepared.kind !== 'document') throw new Error(`${entry.uri} is ${prepared.kind}`);
        waiting.push(prepared.document);
        if (waiting.length === BATCH) put();
      }
    }
    put();
    return done;
  } finally {
    await session.close();
  }
}
