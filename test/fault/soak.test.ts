/** The soak, short: the long one is `npm run soak`. Its judgement is judged too. */
import { rmSync } from 'node:fs';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { chromaClient } from '../support/project.js';
import { checkConverged } from './soak/check-converged.js';
import { Corpus } from './soak/corpus.js';
import { seeded } from './soak/random.js';
import { COLLECTION, SoakRig } from './soak/rig.js';
import { soak } from './soak/soak.js';
import { summarise } from './soak/summarise.js';

/** Its three rounds have every kind of interruption, Chroma killed while it writes its search index among them. */
const SEED = 187;

// They start a Chroma of their own, where one can run.
describe.skipIf(inject('chromaUrl') === '')('the soak', { timeout: 300_000 }, () => {
  let rig: SoakRig | undefined;

  afterEach(async () => {
    await rig?.stop();
    rig = undefined;
  });

  it('kills the program and its Chroma over 3,000 records, and finds nothing lost', async () => {
    const { violations, hits } = summarise(SEED, await soak({ seed: SEED, rounds: 3, records: 3100 }));
    expect(violations).toEqual([]);
    expect(Object.values(hits).reduce((sum, n) => sum + n, 0)).toBeGreaterThan(0);
  });

  it('sees what is missing, foreign, altered, left over and damaged', async () => {
    rig = await SoakRig.start();
    const { workspace } = rig;
    new Corpus(
      { write: (path, text) => workspace.write(`docs/${path}`, text), remove: () => {} },
      200,
      seeded(1),
    );
    expect((await rig.apply().finished).code).toBe(0);
    expect((await checkConverged(rig, seeded(2))).violations).toEqual([]);

    const collection = await chromaClient(rig.chroma.url).getCollection({ name: COLLECTION });
    const three = await collection.get({ limit: 3, include: ['embeddings'] });
    const [missing = '', altered = '', shifted = ''] = three.ids;
    const vector = [...(three.embeddings[1] ?? [])];
    await collection.delete({ ids: [missing] });
    await collection.update({ ids: [altered], documents: ['something else'], embeddings: [vector] });
    await collection.update({ ids: [shifted], embeddings: [Array.from({ length: 64 }, (_, i) => i)] });
    workspace.write('state/test/ingest.db.tmp', '');
    const found = (await checkConverged(rig, seeded(2))).violations.join('\n');
    expect(found).toContain(`${missing} is missing`);
    expect(found).toContain(`${altered} differs in document`);
    expect(found).toContain(`${shifted} differs in embedding`);
    expect(found).toContain('chunks are recorded');
    expect(found).toContain('the next plan is changes');
    expect(found).toContain('state/test/ingest.db.tmp is left over');

    rmSync(workspace.path('state', 'test', 'ingest.db.tmp'));
    await chromaClient(rig.chroma.url).deleteCollection({ name: COLLECTION });
    expect((await checkConverged(rig, seeded(2))).violations.join('\n')).toContain(
      'reading all records failed',
    );
  });
});
