/** The landing store over the whole path, with faults at every boundary; Chroma is a memory double. */
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceSpec } from '../../../src/domain/source-spec.js';
import { openLandingStore } from '../../../src/recorded/landing-store.js';
import { COLLECTION, manifestOf, Workspace } from '../../support/memory-workspace.js';

let ws: Workspace;

beforeEach(() => {
  ws = new Workspace();
  switchLanding(true);
  for (const name of ['a', 'b', 'c']) ws.write(`${name}.md`, article(name));
});
afterEach(() => ws.dispose());

const article = (topic: string): string => `# ${topic}\n\nWhat is to be said of ${topic}, in full.\n`;

function switchLanding(on: boolean): void {
  const manifest = manifestOf(ws.docs);
  const sources = manifest.sources.map(
    (source): SourceSpec => ({ ...source, ...(on ? { landing: true } : {}) }),
  );
  ws.manifests.splice(0, 1, { ...manifest, sources });
}

const store = () => openLandingStore(ws.stateDir);
const files = () => [...store().files()];
const batchId = (): string => ws.state((state) => state.batches('docs')[0]?.batch_id ?? '');
const replayOf = (batch_id: string) => ({ input: { verb: 'replay', batch_id } as const });

/** Every row names bytes that are there and intact. */
async function expectWhole(): Promise<void> {
  const rows = ws.state((state) =>
    state.landedBatches().flatMap((one) => [...state.landed(one.manifest_id, one.batch_id)]),
  );
  for (const { blob, uri } of rows) {
    expect({ uri, kind: (await store().get(blob)).kind }).toEqual({ uri, kind: 'bytes' });
  }
}

describe('what is landed', () => {
  it('is what was read, once for equal bytes, and names the batch that brought it', async () => {
    ws.write('copy.md', article('a'));
    await ws.applied();
    expect(files()).toHaveLength(3);
    const rows = ws.state((state) => [...state.landed('docs', batchId())]);
    expect(rows.map(({ uri, form }) => [uri, form])).toEqual(
      ['h/a.md', 'h/b.md', 'h/c.md', 'h/copy.md'].map((uri) => [uri, 'raw']),
    );
    const found = await store().get(rows[0]?.blob ?? '');
    expect(found.kind === 'bytes' ? found.bytes.toString() : found.message).toBe(article('a'));
  });

  it('is only what a later batch brings, and a no-op lands nothing', async () => {
    await ws.applied();
    ws.write('b.md', article('b again'));
    await ws.applied();
    const before = ws.rows(['landed', 'batches']);
    expect((await ws.applied()).outcome).toBe('no_changes');
    expect(ws.rows(['landed', 'batches'])).toEqual(before);
    expect(ws.state((state) => state.landedBatches().map(({ inputs }) => inputs))).toEqual([1, 3]);
  });

  it('has no row without its bytes wherever the run is killed, and a re-run converges', async () => {
    for (let at = 1; ; at++) {
      ws.dispose();
      ws = new Workspace();
      switchLanding(true);
      for (const name of ['a', 'b', 'c']) ws.write(`${name}.md`, article(name));
      const died = await ws.killed(at);
      if (!died) {
        expect(at).toBeGreaterThan(5);
        return;
      }
      await expectWhole();
      await ws.applied();
      await expectWhole();
      expect(ws.contents()).toEqual(await ws.fresh());
      expect(ws.state((state) => [...state.landed('docs', batchId())].length)).toBe(3);
      expect((await ws.clean()).outcome).toBe('nothing_to_clean');
    }
  });
});

describe('bytes that are not what their name says', () => {
  it.each([
    ['torn', (path: string) => truncateSync(path, 20), 'torn or damaged'],
    ['changed by hand', (path: string) => writeFileSync(path, gzipSync('# other')), 'was changed'],
    ['gone', (path: string) => rmSync(path), 'is not in the landing store'],
  ])('%s: are named and not used; what can be read is mended', async (_, damage, said) => {
    await ws.applied();
    const { blob = '' } = ws.state((state) => [...state.landed('docs', batchId())][1]) ?? {};
    damage(files().find((file) => file.blob === blob)?.path ?? '');
    rmSync(ws.docs, { recursive: true });
    ws.chroma.records(COLLECTION).clear();
    const { index } = await ws.plan(replayOf(batchId()));
    const [warning] = index.warnings.filter(({ key }) => key === 'unreadable');
    expect(warning?.message).toContain('h/b.md');
    expect(warning?.detail).toContain(blob.slice(0, 12));
    expect(warning?.detail).toContain(said);
    expect(index.coverage.failed).toBe(1);
    const result = await ws.applied(replayOf(batchId()));
    expect(result.applied.repair).toBe(2);
  });

  it('are written again when the input comes again', async () => {
    await ws.applied();
    const [first] = files();
    truncateSync(first?.path ?? '', 20);
    await ws.applied({ force: ['h/**'] });
    await expectWhole();
  });
});

describe('a landing store that cannot be written', () => {
  it('ends the run in words, with nothing of the document in Chroma', async () => {
    await ws.applied({ only: ['nothing'] });
    writeFileSync(join(ws.stateDir, 'landing'), 'a file where the folder would be');
    const result = await ws.applied();
    expect(result.outcome).toBe('failed');
    expect(result.reason).toContain('E509');
    expect(ws.contents()).toEqual([]);
    rmSync(join(ws.stateDir, 'landing'));
    expect((await ws.applied()).outcome).toBe('applied');
    expect(ws.contents()).toEqual(await ws.fresh());
  });
});

describe('a disk that is full', () => {
  /** From the input after this one on. */
  function fullAfter(inputs: number): void {
    let kept = 0;
    ws.onLanding = () => {
      if (++kept > inputs)
        throw Object.assign(new Error('ENOSPC: no space left on device'), {
          code: 'ENOSPC',
          syscall: 'write',
        });
    };
  }
  const roomAgain = (): void => {
    ws.onLanding = () => {};
  };

  it.each([0, 1, 2])(
    'after %i inputs: the run ends in words, what came before is written, and a re-run does the rest',
    async (inputs) => {
      fullAfter(inputs);
      const result = await ws.applied();
      expect(result).toMatchObject({ outcome: 'failed', applied: { create: inputs } });
      expect(result.reason).toMatch(/^E509 .*the disk is full \(ENOSPC\)$/);
      expect(result.advice).toContain('Make room');
      expect(ws.status().documents).toBe(inputs);
      expect(files()).toHaveLength(inputs);
      await expectWhole();
      expect(ws.status().ways.find(({ way }) => way === 'replay')?.reason).toBe(
        'unavailable, no batch is in the landing store yet',
      );
      roomAgain();
      const after = await ws.applied();
      expect(after).toMatchObject({ outcome: 'applied', applied: { create: 3 - inputs } });
      await expectWhole();
      expect(ws.contents()).toEqual(await ws.fresh());
      expect((await ws.clean()).outcome).toBe('nothing_to_clean');
    },
  );

  it('while it is switched on leaves the index as it was, and the next apply lands the rest', async () => {
    switchLanding(false);
    await ws.applied();
    const before = ws.contents();
    switchLanding(true);
    fullAfter(1);
    expect((await ws.applied()).reason).toContain('E509');
    expect(ws.contents()).toEqual(before);
    roomAgain();
    expect((await ws.applied()).outcome).toBe('applied');
    expect(ws.state((state) => [...state.landed('docs', batchId())].length)).toBe(3);
    await expectWhole();
    expect(ws.contents()).toEqual(before);
  });

  it('ends it the same way at a refused document, which is news once there is room', async () => {
    const contract = join(ws.root, 'contract.json');
    writeFileSync(contract, JSON.stringify({ properties: { owner: { const: 'ana' } } }));
    const [manifest] = ws.manifests;
    if (manifest === undefined) throw new Error('no manifest');
    ws.manifests.splice(0, 1, {
      ...manifest,
      sources: manifest.sources.map((source) => ({ ...source, contract })),
    });
    ws.write('d.md', `---\nowner: bo\n---\n${article('d')}`);
    fullAfter(3);
    expect(await ws.applied()).toMatchObject({ outcome: 'failed', applied: { create: 3 } });
    expect(ws.state((state) => [...state.rejects('docs')])).toEqual([]);
    roomAgain();
    expect(await ws.applied()).toMatchObject({ outcome: 'partial', rejected: 1 });
    expect(ws.state((state) => [...state.rejects('docs')].map(({ uri }) => uri))).toEqual(['h/d.md']);
    expect(files()).toHaveLength(4);
    await expectWhole();
  });
});

describe('under PII rules', () => {
  const SECRET = 'ana.secret@example.com';

  function rules(action: 'redact' | 'deny'): void {
    const [manifest] = ws.manifests;
    if (manifest === undefined) throw new Error('no manifest');
    const pii = {
      detectors: [{ name: 'email', action }],
      patterns: [],
      allow: [],
      hash_key: undefined,
    } as const;
    ws.manifests.splice(0, 1, { ...manifest, policy: { ...manifest.policy, pii } });
  }

  /** Every byte of the store, unpacked. */
  async function landed(): Promise<string> {
    const texts: string[] = [];
    for (const { blob = '' } of files()) {
      const found = await store().get(blob);
      texts.push(found.kind === 'bytes' ? found.bytes.toString() : found.message);
    }
    return texts.join('\n');
  }

  it('nothing that is redacted is in the store, and a replay makes the same records of what is', async () => {
    rules('redact');
    ws.write(
      'a.md',
      `---\nowner: ${SECRET}\n---\n${article('a')}\n<!-- ${SECRET} -->\n\nWrite to ${SECRET}.\n`,
    );
    await ws.applied();
    expect(await landed()).toContain('What is to be said of a');
    expect(await landed()).not.toContain(SECRET);
    const before = ws.contents();
    rmSync(ws.docs, { recursive: true });
    ws.chroma.records(COLLECTION).clear();
    const result = await ws.applied(replayOf(batchId()));
    expect(result.applied.repair).toBe(3);
    expect(ws.contents()).toEqual(before);
  });

  it('what was landed before the rules came goes with the next apply and gc', async () => {
    ws.write('a.md', `${article('a')}\nWrite to ${SECRET}.\n`);
    await ws.applied();
    expect(await landed()).toContain(SECRET);
    rules('redact');
    await ws.applied();
    await ws.clean();
    expect(await landed()).not.toContain(SECRET);
    await expectWhole();
  });

  it('what is denied is not kept, nor what was kept of it before', async () => {
    ws.write('a.md', `${article('a')}\nWrite to ${SECRET}.\n`);
    await ws.applied();
    rules('deny');
    expect((await ws.applied()).rejected).toBe(1);
    await ws.clean();
    expect(await landed()).not.toContain(SECRET);
    await expectWhole();
  });
});

describe('cleaning', () => {
  it('deletes what no row names, and nothing else, and again nothing', async () => {
    await ws.applied();
    await store().put(Buffer.from('left by a crash'));
    writeFileSync(files()[0]?.path.replace(/[^/\\]*$/, '.half.tmp') ?? '', 'half');
    expect(files()).toHaveLength(5);
    const report = await ws.clean();
    expect(report).toMatchObject({ outcome: 'cleaned', files: 2, batches: 0, backup: null });
    expect(files()).toHaveLength(3);
    await expectWhole();
    expect((await ws.clean()).outcome).toBe('nothing_to_clean');
  });

  it('forgets old batches but for what a document would be mended from, and says which cannot be replayed', async () => {
    await ws.applied();
    const first = batchId();
    ws.write('a.md', article('a again'));
    await ws.applied();
    const report = await ws.clean({ keepBatches: 1 });
    expect(report).toMatchObject({ outcome: 'cleaned', batches: 1, inputs: 1, needed: 2, files: 1 });
    expect(readFileSync(report.backup ?? '').length).toBeGreaterThan(0);
    const rows = ws.state((state) => [...state.landed('docs', first)].map(({ uri }) => uri));
    expect(rows).toEqual(['h/b.md', 'h/c.md']);
    const old = ws.state((state) => state.batches('docs').find(({ batch_id }) => batch_id === first));
    expect(old?.sources.map(({ landed }) => landed)).toEqual([false]);
    expect((await ws.clean({ keepBatches: 1 })).outcome).toBe('nothing_to_clean');
    // Still enough to mend the whole index.
    const before = ws.contents();
    rmSync(ws.docs, { recursive: true });
    ws.chroma.records(COLLECTION).clear();
    expect((await ws.applied(replayOf(batchId()))).applied.repair).toBe(3);
    expect(ws.contents().length).toBe(before.length);
  });

  it('survives a kill anywhere: rows go first, and what is left is found the next time', async () => {
    for (let at = 1; ; at++) {
      ws.dispose();
      ws = new Workspace();
      switchLanding(true);
      ws.write('a.md', article('a'));
      await ws.applied();
      ws.write('a.md', article('a again'));
      await ws.applied();
      const died = await ws.killedCleaning(at, { keepBatches: 1 });
      await expectWhole();
      await ws.clean({ keepBatches: 1 });
      await ws.clean();
      expect(files()).toHaveLength(1);
      await expectWhole();
      if (!died) return;
    }
  });

  it('asks first', async () => {
    await ws.applied();
    await store().put(Buffer.from('left by a crash'));
    expect((await ws.clean({ approve: false })).outcome).toBe('declined');
    expect(files()).toHaveLength(4);
  });
});
