/** Short histories, each for one promise, with documents of three batches: what no other test shows of it alone. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Killed } from '../support/intercepted-session.js';
import { MemoryChroma, type Write } from '../support/memory-chroma.js';
import { COLLECTION, Fate, Workspace } from '../support/memory-workspace.js';
import { idsByUri, NeverMissing, secondApplyDoesNothing, seenIn } from '../support/promises.js';

const CHUNKS = 10;
const BATCH = 4;

let work: Workspace;

beforeEach(() => {
  work = new Workspace({ chroma: new MemoryChroma({ maxBatch: BATCH }) });
});
afterEach(() => work.dispose());

const paragraph = (word: string, n: number): string =>
  `Paragraph ${n} about ${word} says something that no other paragraph of this corpus says, namely ${word} ${n}.`;

/** Each paragraph is a chunk of its own. */
function text(word: string, count = CHUNKS): string {
  return `${Array.from({ length: count }, (_, n) => paragraph(word, n)).join('\n\n')}\n`;
}

/** The process dies at the n-th write of this kind, before it takes effect. */
async function killedBefore(kind: Write['kind'], nth: number): Promise<void> {
  const fate = new Fate();
  let seen = 0;
  work.chroma.before = (write) => {
    if (write.kind !== kind || ++seen < nth) return;
    fate.dead = true;
    throw new Killed(`before ${kind} ${nth}`);
  };
  await work.apply({}, fate).catch((error: unknown) => {
    if (!fate.dead) throw error;
  });
  work.chroma.before = () => {};
  expect(fate.dead).toBe(true);
  work.chroma.writes.length = 0;
}

const sizesOf = (kind: Write['kind']): number[] =>
  work.chroma.writes.filter((write) => write.kind === kind).map((write) => write.ids.length);

describe('the run after a kill', () => {
  it('puts only what was not confirmed, also inside one document', async () => {
    work.write('a.md', text('first'));
    await killedBefore('put', 3);
    await work.applied();
    expect(sizesOf('put')).toEqual([CHUNKS - 2 * BATCH]);
    expect(work.contents()).toEqual(await work.fresh());
  });

  it('embeds nothing again of what was embedded and not yet put', async () => {
    work.write('a.md', text('first'));
    await killedBefore('put', 1);
    expect(await work.applied()).toMatchObject({ embedded: 0, cached: CHUNKS, upserted: CHUNKS });
  });

  it('counts on where the killed run stopped', async () => {
    work.write('a.md', text('first'));
    await killedBefore('put', 3);
    await work.applied();
    const totals = work.state((state) =>
      [...state.journal(undefined, 0)]
        .filter(({ type }) => type === 'UPSERT_BATCH_COMMITTED')
        .map(({ data }) => data['chunks_upserted_total']),
    );
    expect(totals).toEqual([BATCH, 2 * BATCH, CHUNKS]);
  });

  it('deletes what an update left of the version before, however far it came with that', async () => {
    for (const nth of [1, 2, 3]) {
      work.write('a.md', text('first'));
      await work.applied();
      work.write('a.md', text('second'));
      await killedBefore('delete', nth);
      await work.applied();
      expect(work.contents()).toEqual(await work.fresh());
    }
  });
});

it('the state knows of a document that it is unfinished until its last delete was confirmed', async () => {
  work.write('a.md', text('first'));
  await work.applied();
  work.write('a.md', text('second'));
  const unfinished: number[] = [];
  work.chroma.before = ({ kind }) => {
    if (kind !== 'delete') return;
    unfinished.push(unfinishedPuts());
  };
  await work.applied();
  expect(unfinished).toEqual([CHUNKS, CHUNKS, CHUNKS]);
  expect(unfinishedPuts()).toBe(0);
});

it('the state keeps a document that is gone until its deletion was confirmed', async () => {
  work.write('a.md', text('first'));
  work.write('gone.md', text('second'));
  await work.applied();
  work.remove('gone.md');
  await killedBefore('delete', 2);
  const recorded = work.state((state) => {
    const [index] = state.indexes();
    return index === undefined ? [] : [...state.documents(index.collection_id, 'docs')].map(({ uri }) => uri);
  });
  expect(recorded).toEqual(['h/a.md', 'h/gone.md']);
  expect(await work.applied()).toMatchObject({ applied: { delete: 1 }, upserted: 0 });
  expect(work.contents()).toEqual(await work.fresh());
});

function unfinishedPuts(): number {
  return work.state((state) => {
    const [index] = state.indexes();
    const intents = index === undefined ? [] : [...state.intents(index.collection_id, index.manifest_id)];
    return intents.filter((one) => one.operation === 'put' && one.status !== 'unsettled').length;
  });
}

it('a signal during a request: its batch is recorded, and no other is sent', async () => {
  work.write('a.md', text('first'));
  work.chroma.before = ({ kind }) => {
    if (kind === 'put') work.abort();
  };
  expect(await work.applied()).toMatchObject({ outcome: 'interrupted', upserted: BATCH });
  expect(sizesOf('put')).toEqual([BATCH]);
  expect(unfinishedPuts()).toBe(BATCH);
});

describe('whoever searches during an apply', () => {
  it('finds every document whole, in its old version or in its new one', async () => {
    work.write('edited.md', text('first'));
    work.write('moved.md', text('second'));
    work.write('shorter.md', text('third'));
    await work.applied();
    const before = idsByUri(await seenIn(work.chroma, COLLECTION));
    work.write('edited.md', text('fourth'));
    work.move('moved.md', 'elsewhere/moved.md');
    work.write('shorter.md', text('third', 2));
    const fresh = new Workspace({ docs: work.docs });
    await fresh.applied();
    const after = idsByUri(await seenIn(fresh.chroma, COLLECTION));
    fresh.dispose();
    const promise = new NeverMissing(before, after, new Map([['h/moved.md', 'h/elsewhere/moved.md']]));
    let looks = 0;
    const broken: string[] = [];
    const look = (): void => {
      looks++;
      broken.push(...promise.look(new Set(work.chroma.records(COLLECTION).keys())));
    };
    Object.assign(work.chroma, { before: look, after: look });
    await work.applied();
    expect(broken).toEqual([]);
    expect(looks).toBeGreaterThan(2 * CHUNKS);
  });
});

describe('a second apply', () => {
  it('plans nothing, embeds nothing, sends nothing and changes no row', async () => {
    work.write('a.md', `---\ntitle: one\n---\n${text('first')}`);
    work.write('b.md', text('second'));
    await work.applied();
    work.write('a.md', `---\ntitle: two\n---\n${text('first')}`);
    await work.applied();
    for (const verify of ['counts', 'content'] as const) {
      expect((await work.plan({ verify })).changes).toEqual([]);
      const rows = work.rows();
      work.chroma.writes.length = 0;
      const result = await work.applied({ verify });
      expect(secondApplyDoesNothing(result, work.chroma.writes.length, rows, work.rows())).toEqual([]);
    }
  });

  it('that mends one record writes to none that is as it should be', async () => {
    work.write('a.md', text('first'));
    await work.applied();
    const [lost = ''] = work.chroma.records(COLLECTION).keys();
    work.chroma.records(COLLECTION).delete(lost);
    work.chroma.writes.length = 0;
    await work.applied();
    expect(work.chroma.writes.flatMap((write) => write.ids)).toEqual([lost]);
  });
});
