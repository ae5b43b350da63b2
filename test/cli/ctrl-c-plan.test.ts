/** Ctrl-C while a plan waits for Chroma: nothing was changed, so nothing is worth waiting for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { FlakyChroma } from '../integration/live/flaky-chroma.js';
import { parseJson, Workspace } from '../support/ingest-cli.js';

const chromaUrl = inject('chromaUrl');

/** A request may take longer than the test. */
const manifest = (url: string): string => `
apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: notes }
environments: { test: { chroma: { url: "${url}", collection: notes, timeout_ms: 300000 } } }
embedding: { provider: lexical-hash }
sources: [{ id: notes, root: ../docs }]
`;

describe.skipIf(chromaUrl === '')('Ctrl-C before anything is written', { timeout: 120_000 }, () => {
  const flaky = new FlakyChroma(chromaUrl);
  let workspace: Workspace;

  afterEach(async () => {
    await flaky.stop();
    await workspace.dispose();
  });

  it.each([['plan'], ['apply', '--auto-approve']])(
    '%s: ends at once while it waits for Chroma',
    async (...args) => {
      let asked = false;
      flaky.misbehave = async () => {
        asked = true;
        return true;
      };
      workspace = new Workspace();
      workspace.manifest(manifest(await flaky.start()));
      workspace.write('docs/note.txt', 'one\n');
      const running = workspace.start([...args, '--json']);
      while (!asked && running.child.exitCode === null) await sleep(5);
      running.kill('SIGINT');
      const result = await running.finished;
      expect(result).toMatchObject({ code: 130 });
      expect(parseJson<Record<string, unknown>>(result)).toMatchObject({
        type: 'error',
        outcome: 'interrupted',
        reason: 'SIGINT',
      });
      expect(result.stdout).not.toContain('E901');
    },
  );
});
