import { cpSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StatCache } from '../../../src/domain/ports/source.js';
import { describeProvider } from '../../../src/embedding/create-provider.js';
import { hashModelFiles } from '../../../src/embedding/model-files.js';
import { openStatCache } from '../../../src/recorded/stat-cache.js';
import { embeddingSpec, temporaryFolder } from '../../support/embedding-fixtures.js';
import { realClock } from '../../support/real-clock.js';

const NOTHING: StatCache = { get: () => undefined, put: () => {}, flush: () => {}, close: () => {} };
const FILES = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'onnx/model.onnx',
  'onnx/model.onnx_data',
];

function model(): string {
  const folder = join(temporaryFolder(onTestFinished), 'model');
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  for (const name of [...FILES, 'onnx/model_fp16.onnx', 'README.md'])
    writeFileSync(join(folder, name), `of ${name}`);
  return folder;
}

describe('hashModelFiles', () => {
  it('is the same for the same files anywhere, whatever stands beside them', async () => {
    const folder = model();
    const hash = await hashModelFiles(folder, 'fp32', NOTHING);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const copy = join(temporaryFolder(onTestFinished), 'elsewhere');
    cpSync(folder, copy, { recursive: true });
    writeFileSync(join(copy, 'README.md'), 'another');
    writeFileSync(join(copy, 'onnx', 'model_fp16.onnx'), 'another');
    expect(await hashModelFiles(copy, 'fp32', NOTHING)).toBe(hash);
    expect(await hashModelFiles(copy, 'fp16', NOTHING)).not.toBe(hash);
  });

  it.each(FILES)('is another when %s is', async (name) => {
    const folder = model();
    const hash = await hashModelFiles(folder, 'fp32', NOTHING);
    writeFileSync(join(folder, name), 'another');
    expect(await hashModelFiles(folder, 'fp32', NOTHING)).not.toBe(hash);
  });

  it.each(FILES.slice(0, 4))('names %s when it is not there', async (name) => {
    const folder = model();
    rmSync(join(folder, name));
    await expect(hashModelFiles(folder, 'fp32', NOTHING)).rejects.toMatchObject({
      code: 'E306',
      message: expect.stringContaining(name),
    });
  });

  it('does not read again what has not changed since, and does when it has', async () => {
    const folder = model();
    const old = new Date(Date.now() - 60_000);
    for (const name of FILES) utimesSync(join(folder, name), old, old);
    const file = join(temporaryFolder(onTestFinished), 'stat.db');
    // What was changed in this moment is not remembered: the clock is a minute ahead.
    const cache = openStatCache(file, { ...realClock(), now: () => Date.now() + 60_000 });
    onTestFinished(() => cache.close());
    const read: string[] = [];
    const noting: StatCache = {
      ...NOTHING,
      get: (...key) => cache.get(...key),
      put: (root, path, ...rest) => {
        read.push(path);
        cache.put(root, path, ...rest);
      },
      flush: () => cache.flush(),
    };
    const hash = await hashModelFiles(folder, 'fp32', noting);
    expect(read).toEqual(FILES);
    expect(await hashModelFiles(folder, 'fp32', noting)).toBe(hash);
    expect(read).toHaveLength(FILES.length);
    writeFileSync(join(folder, 'onnx', 'model.onnx'), 'new weights of another size');
    expect(await hashModelFiles(folder, 'fp32', noting)).not.toBe(hash);
    expect(read.slice(FILES.length)).toEqual(['onnx/model.onnx']);
  });
});

describe('the fingerprint of a local model', () => {
  const local = { folder: '/models/a', dtype: 'fp32', pooling: 'mean', files_sha256: 'f1' } as const;
  const spec = embeddingSpec({ provider: 'transformers', model: 'org/e5', local });
  const of = (over: Parameters<typeof embeddingSpec>[0]): string =>
    describeProvider(embeddingSpec({ ...spec, ...over })).fingerprint;

  it('is that of its files and of how they are used, not of where they lie or how many texts go at once', () => {
    const fingerprint = of({});
    expect(of({ local: { ...local, folder: '/models/b' }, batch_size: 2, revision: 'ignored' })).toBe(
      fingerprint,
    );
    const others = [
      of({ model: 'org/e6' }),
      of({ passage_prefix: 'passage: ' }),
      of({ normalise: true }),
      of({ local: { ...local, files_sha256: 'f2' } }),
      of({ local: { ...local, dtype: 'q8' } }),
      of({ local: { ...local, pooling: 'cls' } }),
    ];
    expect(new Set([fingerprint, ...others]).size).toBe(others.length + 1);
  });

  it('is that of the server which same_as names', () => {
    const tei = { provider: 'tei', model: 'e5', revision: undefined, dimensions: undefined } as const;
    expect(of({ same_as: tei })).toBe(
      describeProvider(embeddingSpec({ provider: 'tei', model: 'e5' })).fingerprint,
    );
  });
});
