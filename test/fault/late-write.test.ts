/** A put that lands after its run was killed and another run has written the document anew. */
import { afterEach, describe, expect, inject, it } from 'vitest';
import { changesOf, InterruptRig, paragraphs } from '../cli/interrupt-rig.js';
import { HeldChroma } from './held-chroma.js';
import { applyImpatiently } from './impatient-apply.js';

const chromaUrl = inject('chromaUrl');
const MINUTE = 60_000;

describe.skipIf(chromaUrl === '')('a late write', () => {
  let rig: InterruptRig;
  let chroma: HeldChroma;

  afterEach(async () => {
    await rig.stop();
    await chroma.stop();
  });

  it.each([
    { when: 'while its time-out runs', later: 0 },
    { when: 'also when its time-out has passed meanwhile', later: 2 * MINUTE },
  ])('of a killed run is found by the next plan and mended, $when', async ({ later }) => {
    chroma = new HeldChroma(chromaUrl);
    rig = await InterruptRig.start(chromaUrl, await chroma.start());
    rig.workspace.write('docs/page.txt', paragraphs('old', 40));
    chroma.hold = (path) => path.endsWith('/upsert');
    const killed = rig.apply();
    const put = await chroma.next(killed);
    killed.kill('SIGKILL');
    await killed.finished;
    chroma.hold = () => false;

    rig.workspace.write('docs/page.txt', paragraphs('new', 40));
    await rig.applied();
    expect((await rig.records()).size).toBe(40);
    expect((await put.forward()).status).toBeLessThan(300);
    expect((await rig.records()).size).toBe(80);

    const plan = await rig.plan();
    expect(changesOf(plan)).toMatchObject([
      { action: 'repair', uri: 'notes/page.txt', reasons: ['orphan-in-index'], chunks: { delete: 40 } },
    ]);
    const mended = await applyImpatiently(rig.workspace.root, rig.env, { later });
    expect(mended).toMatchObject({ outcome: 'applied', embedded: 0, upserted: 0, deleted: 40 });
    await rig.checkConverged();
  });
});
