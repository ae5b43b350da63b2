/** A search index that a kill damaged may refuse to give vectors back, while texts and counts are exact. */
import { afterEach, describe, expect, inject, it } from 'vitest';
import { FlakyChroma } from '../integration/live/flaky-chroma.js';
import { Project } from '../support/project.js';

const chromaUrl = inject('chromaUrl');

describe.skipIf(chromaUrl === '')('an index whose vectors cannot be read', () => {
  const flaky = new FlakyChroma(chromaUrl);
  let project: Project;

  afterEach(async () => {
    flaky.misbehave = () => false;
    await flaky.stop();
    await project.dispose();
  });

  /** Tries again after a moment, once: what is tested is what is found, not how long one waits for it. */
  const start = async (): Promise<void> => {
    project = new Project(await flaky.start(), true);
    const chroma = [`url: \${CHROMA_URL}`, `collection: ${project.name}`];
    project.manifest({ chroma: [...chroma, 'retries: { unreachable: 1, internal: 0 }'] });
  };

  it('is called unsearchable by plan and by drift, which do not fail on it', async () => {
    await start();
    project.docs(3);
    await project.settle();
    // As it was seen of a Chroma 1.0.5 that was killed while it wrote its index.
    flaky.misbehave = ({ path, body, response }) => {
      if (!path.endsWith('/get') || !body.toString().includes('embeddings')) return false;
      response.writeHead(500, { 'content-type': 'application/json' });
      const message = 'Error executing plan: Internal error: Error getting embedding';
      response.end(JSON.stringify({ error: 'InternalError', message }));
      return true;
    };
    const plan = await project.plan();
    expect(plan.indexes[0]?.live).toMatchObject({ status: 'unsearchable', canaries: { passed: 0 } });
    const drift = await project.drift();
    expect(drift.indexes[0]?.classes.map((found) => found.class)).toEqual(['unsearchable']);
  });

  it('that ends Chroma whenever it is read is built anew; one that ends once is looked at again', async () => {
    await start();
    project.docs(3);
    await project.settle();
    const { id } = await project.collection();
    // As it was seen: Chroma 1.0.5 dies of a segmentation fault while it searches, and a service manager starts it.
    let deaths = 1;
    flaky.misbehave = ({ path, cut }) => {
      if (!path.includes(id) || !/\/(?:get|count|query)$/.test(path) || deaths <= 0) return false;
      deaths--;
      cut();
      return true;
    };
    expect(await project.plan()).toMatchObject({
      outcome: 'no_changes',
      indexes: [{ live: { status: 'ok' } }],
    });
    deaths = Number.POSITIVE_INFINITY;
    const plan = await project.plan();
    expect(plan.indexes[0]?.live).toMatchObject({
      status: 'unsearchable',
      count: null,
      escalated: 'Chroma ends whenever it reads the collection',
    });
    const drift = await project.drift();
    expect(drift.indexes[0]?.classes.map((found) => found.class)).toEqual(['wedged']);
    expect(await project.settle()).toMatchObject({ outcome: 'applied', embedded: 0, upserted: 9 });
    expect((await project.collection()).id).not.toBe(id);
    expect((await project.plan()).outcome).toBe('no_changes');
  });

  it('that Chroma cannot even count is built anew from what is cached, without reading it', async () => {
    await start();
    project.docs(3);
    await project.settle();
    const { id } = await project.collection();
    // As it was seen: every read and count of this one collection fails, the rest of the server is well.
    flaky.misbehave = ({ path, response }) => {
      if (!path.includes(id) || !/\/(?:get|count|query)$/.test(path)) return false;
      response.writeHead(500, { 'content-type': 'application/json' });
      const message = 'Error executing plan: Failed to apply logs to the hnsw segment writer';
      response.end(JSON.stringify({ error: 'InternalError', message }));
      return true;
    };
    const plan = await project.plan();
    expect(plan.indexes[0]?.live).toMatchObject({
      status: 'unsearchable',
      count: null,
      escalated: 'Chroma fails to read the collection',
    });
    expect(plan.indexes[0]?.index_actions).toEqual([
      { action: 'replace', reasons: ['unsearchable'], keeps_none: true },
    ]);
    const drift = await project.drift();
    expect(drift.indexes[0]?.classes.map((found) => found.class)).toEqual(['wedged']);
    expect(await project.settle()).toMatchObject({ outcome: 'applied', embedded: 0, upserted: 9 });
    expect((await project.collection()).id).not.toBe(id);
    expect((await project.plan()).outcome).toBe('no_changes');
  });

  it('that Chroma can read and not write any more is built anew by the run after the one that met it', async () => {
    await start();
    project.docs(3);
    await project.settle();
    const { id } = await project.collection();
    flaky.misbehave = ({ path, response }) => {
      if (!path.includes(id) || !/\/(?:upsert|update|delete)$/.test(path)) return false;
      response.writeHead(500, { 'content-type': 'application/json' });
      const message = 'Error in compaction: Failed to apply logs to the hnsw segment writer';
      response.end(JSON.stringify({ error: 'InternalError', message }));
      return true;
    };
    project.doc('doc-001.md', '# Changed\n\nAnother text altogether.\n');
    const failed = await project.call(['apply', '--auto-approve']);
    expect({ code: failed.code, said: failed.stdout.includes('E414') }).toEqual({ code: 1, said: true });
    const plan = await project.plan();
    expect(plan.indexes[0]?.live).toMatchObject({
      status: 'unsearchable',
      escalated: 'Chroma fails to write to the collection',
    });
    expect(await project.settle()).toMatchObject({ outcome: 'applied', failed: 0 });
    expect((await project.collection()).id).not.toBe(id);
    expect((await project.plan('--verify', 'content')).outcome).toBe('no_changes');
  });
});
