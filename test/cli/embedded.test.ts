/** The same story with `chroma: embedded`: the server and its data live beside the state. */
import { existsSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { withEmbedded } from '../support/ingest-cli.js';
import { chromaClient, gist, Project } from '../support/project.js';

let project: Project;

beforeEach(() => {
  project = new Project('http://127.0.0.1:9');
  project.ws.manifest(
    [
      'apiVersion: ingest/v1',
      'kind: Index',
      'metadata: { manifest_id: docs }',
      'environments: { test: { chroma: embedded } }',
      'embedding: { provider: lexical-hash }',
      'sources: [{ id: docs, root: ../docs }]',
      '',
    ].join('\n'),
  );
  project.docs(3);
});
afterEach(() => project.dispose());

describe.skipIf(inject('chromaUrl') === '')('embedded', () => {
  it('plan before the first apply creates no server and no folder; apply does, and is whole', async () => {
    const plan = await project.plan();
    expect(plan.indexes[0]?.live.status).toBe('missing');
    expect(existsSync(project.ws.path('state/test'))).toBe(false);
    expect(await project.settle()).toMatchObject({ applied: { create: 3 }, strict_sync: { ok: true } });
    expect((await project.drift('--verify', 'content')).drift).toBe(false);
  });

  it('its data folder deleted: plan and drift say so, apply builds it again without embedding', async () => {
    await project.settle();
    await serverGone();
    rmSync(project.ws.path('state/test/chroma'), { recursive: true, maxRetries: 10 });
    const drift = await project.drift();
    expect(drift.indexes[0]?.classes.map((one) => [one.class, one.records])).toEqual([
      ['collection-missing', 9],
    ]);
    expect(existsSync(project.ws.path('state/test/chroma'))).toBe(false);
    const plan = await project.plan();
    expect(plan.indexes[0]?.index_actions).toEqual([{ action: 'create', reasons: ['missing-in-index'] }]);
    expect(plan.summary).toMatchObject({ repair: 3, withheld: 0, embed: { compute: 0 } });
    expect(await project.settle()).toMatchObject({ embedded: 0, applied: { repair: 3 } });
  });

  it('records deleted behind its back are found and put back', async () => {
    await project.settle();
    await withEmbedded(project.ws.path('state/test'), async (url) => {
      const collection = await chromaClient(url).getCollection({ name: 'docs' });
      await collection.delete({ where: { ingest_uri: 'docs/doc-001.md' } });
    });
    expect(gist(await project.plan())).toEqual(['repair docs/doc-001.md missing-in-index']);
    expect(await project.settle()).toMatchObject({ embedded: 0, applied: { repair: 1 } });
  });
});

/** The server of this state folder leaves two seconds after its last client. */
async function serverGone(): Promise<void> {
  for (;;) {
    const { stdout } = await project.run(['server', 'status', '--json']);
    if (stdout.includes('"running":false')) return;
  }
}
