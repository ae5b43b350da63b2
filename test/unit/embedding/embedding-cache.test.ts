import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Warning } from '../../../src/domain/warning.js';
import { openEmbeddingCache } from '../../../src/embedding/embedding-cache.js';
import { openDatabase } from '../../../src/platform/sqlite.js';
import { temporaryFolder } from '../../support/embedding-fixtures.js';

function cacheAt(file: string) {
  const warnings: Warning[] = [];
  const cache = openEmbeddingCache(file, { onWarning: (warning) => warnings.push(warning) });
  onTestFinished(() => cache.close());
  return { cache, warnings };
}

const vector = (...numbers: number[]): Float32Array => Float32Array.from(numbers);
const newFile = (): string => join(temporaryFolder(onTestFinished), 'cache', 'embeddings.db');

describe('the embedding cache', () => {
  it('gives back what was put, bit for bit, also after opening again', () => {
    const file = newFile();
    const { cache } = cacheAt(file);
    const values = vector(0.1, -1e-38, 3.4e38, -0, 1 / 3);
    cache.put('f1', new Map([['a', values]]));
    expect(cache.get('f1', ['a', 'b'])).toEqual(new Map([['a', values]]));
    cache.close();
    expect(cacheAt(file).cache.get('f1', ['a'])).toEqual(new Map([['a', values]]));
  });

  it('does not mix fingerprints', () => {
    const { cache } = cacheAt(newFile());
    cache.put('f1', new Map([['a', vector(1)]]));
    cache.put('f2', new Map([['a', vector(2, 2)]]));
    expect(cache.get('f1', ['a']).get('a')).toEqual(vector(1));
    expect(cache.get('f2', ['a']).get('a')).toEqual(vector(2, 2));
    expect(cache.has('f3', ['a']).size).toBe(0);
  });

  it('stores a view into a larger buffer as what it shows', () => {
    const { cache } = cacheAt(newFile());
    cache.put('f', new Map([['a', vector(1, 2, 3, 4).subarray(1, 3)]]));
    expect(cache.get('f', ['a']).get('a')).toEqual(vector(2, 3));
  });

  it('answers for more keys than SQLite has variables', () => {
    const { cache } = cacheAt(newFile());
    const vectors = new Map(Array.from({ length: 40_000 }, (_, i) => [`key ${i}`, vector(i, 1)] as const));
    cache.put('f', vectors);
    const keys = [...vectors.keys(), ...Array.from({ length: 40_000 }, (_, i) => `absent ${i}`)];
    expect(cache.has('f', keys)).toEqual(new Set(vectors.keys()));
    expect(cache.get('f', keys).get('key 39999')).toEqual(vector(39_999, 1));
  });

  it('lets the last vector of a key win', () => {
    const { cache } = cacheAt(newFile());
    cache.put('f', new Map([['a', vector(1)]]));
    cache.put('f', new Map([['a', vector(2)]]));
    expect(cache.get('f', ['a']).get('a')).toEqual(vector(2));
  });

  it('remembers how fast a model was, the latest run most of all', () => {
    const file = newFile();
    const { cache } = cacheAt(file);
    expect(cache.throughput('f')).toBeUndefined();
    cache.noteThroughput('f', 1000, 2000);
    expect(cache.throughput('f')).toBe(500);
    cache.noteThroughput('f', 2000, 1000);
    // 500 + 2,000 tokens in 1,000 + 1,000 ms.
    expect(cache.throughput('f')).toBe(1250);
    expect(cache.throughput('g')).toBeUndefined();
    cache.close();
    expect(cacheAt(file).cache.throughput('f')).toBe(1250);
  });

  it('of the version before, which measured nothing, is brought up to date with its vectors', () => {
    const file = newFile();
    const { cache } = cacheAt(file);
    cache.put('f', new Map([['a', vector(1)]]));
    cache.close();
    const db = openDatabase(file);
    db.exec('DROP TABLE throughput; PRAGMA user_version = 1');
    db.close();
    const { cache: again, warnings } = cacheAt(file);
    expect(again.throughput('f')).toBeUndefined();
    again.noteThroughput('f', 1000, 2000);
    expect(again.throughput('f')).toBe(500);
    expect(again.get('f', ['a']).get('a')).toEqual(vector(1));
    expect(warnings).toEqual([]);
  });

  it('creates nothing when it is only asked', () => {
    const file = newFile();
    const { cache, warnings } = cacheAt(file);
    expect(cache.has('f', ['a']).size).toBe(0);
    expect(cache.get('f', ['a']).size).toBe(0);
    expect(existsSync(file)).toBe(false);
    expect(warnings).toEqual([]);
  });

  it.runIf(process.platform !== 'win32')('is readable by its owner only', () => {
    const file = newFile();
    const { cache } = cacheAt(file);
    cache.put('f', new Map([['a', vector(1)]]));
    for (const name of readdirSync(join(file, '..'))) {
      expect(statSync(join(file, '..', name)).mode & 0o777).toBe(0o600);
    }
  });

  it('leaves a single file when it is closed', () => {
    const file = newFile();
    const { cache } = cacheAt(file);
    cache.put('f', new Map([['a', vector(1)]]));
    cache.close();
    expect(readdirSync(join(file, '..'))).toEqual(['embeddings.db']);
  });

  it('takes calls after it was closed as misses', () => {
    const { cache, warnings } = cacheAt(newFile());
    cache.put('f', new Map([['a', vector(1)]]));
    cache.close();
    cache.close();
    cache.put('f', new Map([['b', vector(1)]]));
    expect(cache.get('f', ['a', 'b']).size).toBe(0);
    expect(warnings).toEqual([]);
  });
});

describe('a damaged cache', () => {
  it.each([
    ['truncated', "UPDATE vector SET data = substr(data, 1, 4) WHERE text_sha256 = 'a'"],
    ['torn', "UPDATE vector SET data = substr(data, 1, 5) WHERE text_sha256 = 'a'"],
    ['emptied', "UPDATE vector SET data = x'' WHERE text_sha256 = 'a'"],
    ['altered', "UPDATE vector SET data = x'00000000000000000000803f' WHERE text_sha256 = 'a'"],
    ['that of another text', "UPDATE vector SET data = (SELECT data FROM vector WHERE text_sha256 = 'b')"],
  ])('misses a vector that was %s, and keeps the others', (_, damage) => {
    const file = newFile();
    const first = cacheAt(file).cache;
    first.put(
      'f',
      new Map([
        ['a', vector(1, 2, 3)],
        ['b', vector(4, 5, 6)],
      ]),
    );
    first.close();
    const db = openDatabase(file);
    db.exec(damage);
    db.close();
    const { cache } = cacheAt(file);
    expect(cache.get('f', ['a', 'b'])).toEqual(new Map([['b', vector(4, 5, 6)]]));
    cache.put('f', new Map([['a', vector(1, 2, 3)]]));
    expect(cache.get('f', ['a']).get('a')).toEqual(vector(1, 2, 3));
  });

  it('is set aside when it is no database, with one warning, and starts anew', () => {
    const file = newFile();
    cacheAt(file).cache.put('f', new Map([['a', vector(1)]]));
    const other = join(temporaryFolder(onTestFinished), 'embeddings.db');
    writeFileSync(other, 'this is no database, and long enough to be looked at '.repeat(100));
    const { cache, warnings } = cacheAt(other);
    expect(cache.get('f', ['a']).size).toBe(0);
    cache.put('f', new Map([['a', vector(1)]]));
    expect(cache.get('f', ['a']).get('a')).toEqual(vector(1));
    expect(warnings.map((warning) => warning.key)).toEqual(['embedding-cache-damaged']);
    expect(readFileSync(`${other}.corrupt`, 'utf8')).toContain('this is no database');
  });

  it('is set aside when its pages are damaged, and what was being put is kept', () => {
    const file = newFile();
    const first = cacheAt(file).cache;
    first.put(
      'f',
      new Map(Array.from({ length: 200 }, (_, i) => [`key ${i}`, new Float32Array(1024).fill(i)])),
    );
    first.close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 16_384, bytes.length);
    writeFileSync(file, bytes);
    const { cache, warnings } = cacheAt(file);
    cache.put('f', new Map([['new', vector(7)]]));
    expect(cache.get('f', ['new', 'key 1'])).toEqual(new Map([['new', vector(7)]]));
    expect(warnings.map((warning) => warning.key)).toEqual(['embedding-cache-damaged']);
  });
});

describe('a cache that cannot be written', () => {
  it('is done without, with one warning, where its folder cannot be made', () => {
    const blocked = join(temporaryFolder(onTestFinished), 'file');
    writeFileSync(blocked, '');
    const { cache, warnings } = cacheAt(join(blocked, 'embeddings.db'));
    cache.put('f', new Map([['a', vector(1)]]));
    cache.put('f', new Map([['b', vector(1)]]));
    expect(cache.get('f', ['a', 'b']).size).toBe(0);
    expect(warnings.map((warning) => warning.key)).toEqual(['embedding-cache-off']);
  });

  it('written by a newer version is read if it can be, and not changed', () => {
    const file = newFile();
    const first = cacheAt(file).cache;
    first.put('f', new Map([['a', vector(1)]]));
    first.close();
    const db = openDatabase(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    const before = readFileSync(file);
    const { cache, warnings } = cacheAt(file);
    expect(cache.get('f', ['a']).get('a')).toEqual(vector(1));
    cache.put('f', new Map([['b', vector(1)]]));
    cache.close();
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(warnings.map((warning) => warning.key)).toEqual(['embedding-cache-read-only']);
  });

  it.runIf(process.platform !== 'win32' && process.getuid?.() !== 0)(
    'is still read in a read-only folder',
    () => {
      const file = newFile();
      const first = cacheAt(file).cache;
      first.put('f', new Map([['a', vector(1)]]));
      first.close();
      chmodSync(file, 0o400);
      chmodSync(join(file, '..'), 0o500);
      onTestFinished(() => chmodSync(join(file, '..'), 0o700));
      const { cache, warnings } = cacheAt(file);
      expect(cache.get('f', ['a']).get('a')).toEqual(vector(1));
      cache.put('f', new Map([['b', vector(1)]]));
      expect(cache.has('f', ['a', 'b'])).toEqual(new Set(['a']));
      expect(warnings.map((warning) => warning.key)).toEqual(['embedding-cache-read-only']);
    },
  );
});

describe('several at once', () => {
  it('two connections see what the other has put', () => {
    const file = newFile();
    const one = cacheAt(file).cache;
    const two = cacheAt(file).cache;
    one.put('f', new Map([['a', vector(1)]]));
    two.put('f', new Map([['b', vector(2)]]));
    one.close();
    two.put('f', new Map([['c', vector(3)]]));
    expect(two.has('f', ['a', 'b', 'c']).size).toBe(3);
  });

  it('ten processes that create, fill and close it at the same time lose nothing', async () => {
    const file = newFile();
    const script = new URL('./cache-writer.ts', import.meta.url);
    const children = Array.from({ length: 10 }, (_, i) =>
      fork(script, [file, String(i)], {
        execArgv: ['--import', 'tsx'],
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      }),
    );
    await Promise.all(children.map(ready));
    const ends = children.map(ended);
    for (const child of children) child.send('go');
    expect(await Promise.all(ends)).toEqual(children.map(() => ({ code: 0, warnings: '' })));
    const keys = children.flatMap((_, i) => Array.from({ length: 50 }, (_, j) => `${i} ${j}`));
    expect(cacheAt(file).cache.get('f', keys).size).toBe(500);
  });
});

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
}

function ended(child: ChildProcess): Promise<{ code: number | null; warnings: string }> {
  let warnings = '';
  child.stdout?.on('data', (data) => {
    warnings += String(data);
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, warnings })));
}
