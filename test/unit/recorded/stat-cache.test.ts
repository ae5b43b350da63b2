import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileStat } from '../../../src/domain/document.js';
import type { Clock } from '../../../src/domain/ports/clock.js';
import { openStatCache } from '../../../src/recorded/stat-cache.js';
import { closing, temporaryFolder } from './state-fixture.js';

const NOW_MS = 1_700_000_000_000;
const clock: Clock = { now: () => NOW_MS, monotonic: () => 0, random: () => 0, sleep: async () => {} };
const content = { content_sha256: 'abc', empty_for: null };
const inode = '2305843009213693953';

/** Written so many milliseconds before now, on a file system with a fine clock. */
function stat(ageMs: number, more: Partial<FileStat> = {}): FileStat {
  const written = String(BigInt(NOW_MS - ageMs) * 1_000_000n + 123n);
  return { size: 10, mtime_ns: written, ctime_ns: written, inode, ...more };
}

const cache = (file: string) => closing(openStatCache(file, clock));

describe('the stat cache', () => {
  it('remembers across openings, and only for exactly this stat', () => {
    const file = join(temporaryFolder(), 'cache', 'stat.db');
    const old = stat(60_000);
    const first = cache(file);
    first.put('/docs', 'a.md', old, { content_sha256: 'abc', empty_for: 'r1' });
    first.close();
    const second = cache(file);
    expect(second.get('/docs', 'a.md', old)).toEqual({ content_sha256: 'abc', empty_for: 'r1' });
    expect(second.get('/other', 'a.md', old)).toBeUndefined();
    for (const other of [
      { size: 11 },
      { mtime_ns: '1' },
      { ctime_ns: '1' },
      { inode: '2305843009213693952' },
    ]) {
      expect(second.get('/docs', 'a.md', { ...old, ...other })).toBeUndefined();
    }
  });

  it('leaves nothing behind where it was asked of no file', () => {
    const folder = temporaryFolder();
    const unused = cache(join(folder, 'cache', 'stat.db'));
    unused.flush();
    unused.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('forgets the older stat of a file', () => {
    const file = join(temporaryFolder(), 'stat.db');
    const first = cache(file);
    first.put('/docs', 'a.md', stat(60_000), content);
    first.put('/docs', 'a.md', stat(50_000), { content_sha256: 'new', empty_for: null });
    first.flush();
    expect(first.get('/docs', 'a.md', stat(60_000))).toBeUndefined();
    expect(first.get('/docs', 'a.md', stat(50_000))?.content_sha256).toBe('new');
  });

  it('does not trust a file that was written so shortly before that its stat may not show the next write', () => {
    const racy = cache(join(temporaryFolder(), 'stat.db'));
    const wholeSecond = String(BigInt(NOW_MS - 1000) * 1_000_000n);
    const files: Record<string, FileStat> = {
      fresh: stat(5),
      future: stat(-5000),
      'ctime only': { ...stat(60_000), ctime_ns: stat(5).ctime_ns },
      'coarse clock': stat(0, { mtime_ns: wholeSecond, ctime_ns: wholeSecond }),
      aged: stat(1000),
    };
    for (const [path, of] of Object.entries(files)) racy.put('/docs', path, of, content);
    racy.flush();
    const trusted = Object.entries(files).filter(([path, of]) => racy.get('/docs', path, of) !== undefined);
    expect(trusted.map(([path]) => path)).toEqual(['aged']);
  });

  it('is made anew when it is damaged or another version’s', () => {
    for (const bytes of ['not a database '.repeat(100), undefined]) {
      const file = join(temporaryFolder(), 'stat.db');
      if (bytes === undefined) {
        const whole = cache(file);
        for (let n = 0; n < 2000; n++) whole.put('/docs', `${n}.md`, stat(60_000), content);
        whole.close();
        writeFileSync(file, readFileSync(file).fill(0xff, 4096));
        const damaged = cache(file);
        expect(damaged.get('/docs', '7.md', stat(60_000))).toBeUndefined();
        damaged.close();
      } else writeFileSync(file, bytes);
      const mended = cache(file);
      mended.put('/docs', 'a.md', stat(60_000), content);
      mended.flush();
      expect(mended.get('/docs', 'a.md', stat(60_000))).toEqual(content);
    }
  });

  it('does nothing, without an error, where it cannot be written', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'cache'), 'a file where the folder should be');
    mkdirSync(join(folder, 'stat.db'));
    for (const file of [join(folder, 'cache', 'stat.db'), join(folder, 'stat.db')]) {
      const none = cache(file);
      none.put('/docs', 'a.md', stat(60_000), content);
      none.flush();
      expect(none.get('/docs', 'a.md', stat(60_000))).toBeUndefined();
      none.close();
    }
    expect(readdirSync(folder).sort()).toEqual(['cache', 'stat.db']);
  });

  it('serves several processes at once', () => {
    const file = join(temporaryFolder(), 'stat.db');
    const [one, two] = [cache(file), cache(file)];
    one.put('/docs', 'a.md', stat(60_000), content);
    one.flush();
    two.put('/docs', 'b.md', stat(60_000), content);
    two.flush();
    expect(one.get('/docs', 'b.md', stat(60_000))).toEqual(content);
    expect(two.get('/docs', 'a.md', stat(60_000))).toEqual(content);
  });
});
