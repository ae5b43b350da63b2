/** A document whose new version was begun, interrupted, and then refused: the old version is what stays. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COLLECTION, Workspace } from '../../support/memory-workspace.js';

const text = (topic: string, word: string): string =>
  `---\ntopic: ${topic}\n---\n${[0, 1, 2]
    .map(
      (i) =>
        `# Chapter ${i}\n\nWhat chapter ${i} says of ${word}, at some length, so that it stands alone.\n`,
    )
    .join('\n')}`;

test('keeps the records of the old version and takes those of the new one back', async () => {
  let resumed = 0;
  for (let boundary = 4; ; boundary++) {
    const workspace = new Workspace();
    try {
      const contract = join(workspace.root, 'contract.json');
      writeFileSync(contract, JSON.stringify({ type: 'object', properties: { topic: { enum: ['fine'] } } }));
      const [manifest] = workspace.manifests;
      if (manifest === undefined) throw new Error('no manifest');
      const sources = manifest.sources.map((source) => ({ ...source, contract }));
      workspace.manifests[0] = { ...manifest, sources };
      workspace.write('a.md', text('fine', 'apples'));
      await workspace.applied();
      const texts = (): unknown[] =>
        [...workspace.chroma.records(COLLECTION).values()].map((r) => r.text).sort();
      const before = texts();

      workspace.write('a.md', text('fine', 'pears'));
      const died = await workspace.killed(boundary);
      if (!died || (await workspace.plan()).changes.length === 0) break;
      workspace.write('a.md', text('not fine', 'plums'));
      const { changes } = await workspace.plan();
      const resumes = changes.some(({ action, resume }) => action === 'reject' && resume);
      const old = texts().filter((one) => before.includes(one)).length === before.length;
      const result = await workspace.applied();
      if (!resumes || !old) continue;
      resumed++;
      expect(result).toMatchObject({ rejected: 1, failed: 0, strict_sync: { ok: true } });
      expect(texts(), `killed at ${boundary}`).toEqual(before);
      const next = await workspace.plan({ verify: 'content' });
      expect(next.changes).toEqual([]);
      expect(next.index.live).toMatchObject({ status: 'ok', missing: 0, orphan: 0, tampered: 0 });
    } finally {
      workspace.dispose();
    }
  }
  expect(resumed).toBeGreaterThan(2);
});
