import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { documentEntry, filesSource, listAll, listing, tempFolder, writeTree } from './source-fixture.js';

const posix = process.platform !== 'win32';
const root0 = process.getuid?.() === 0;

describe.runIf(posix)('symbolic links', () => {
  test('to a file inside the root is a document of its own', async () => {
    const root = tempFolder();
    writeTree(root, { 'real/a.md': 'text' });
    symlinkSync('real/a.md', join(root, 'b.md'));
    const source = filesSource(root);
    expect(await listing(source)).toEqual(['document docs/b.md', 'document docs/real/a.md']);
    const [link, real] = await listAll(source);
    // The stat is the target's: an edit of the target must not go unseen behind the link.
    expect(link).toMatchObject({ stat: real?.kind === 'document' ? real.stat : undefined });
    const entry = await documentEntry(source, 'docs/b.md');
    expect(await source.read(entry)).toMatchObject({ kind: 'text', parsed: { text: 'text' } });
  });

  test('out of the root are skipped, whether to a file or to a folder', async () => {
    const root = tempFolder();
    const outside = tempFolder();
    writeTree(outside, { 'secret.md': '', 'folder/x.md': '' });
    writeTree(root, { 'a.md': '' });
    symlinkSync(join(outside, 'secret.md'), join(root, 'b.md'));
    symlinkSync(join(outside, 'folder'), join(root, 'c'));
    symlinkSync(join(outside, 'secret.md'), join(root, 'd.png'));
    expect(await listing(filesSource(root, { include: ['**/*.md'] }))).toEqual([
      'document docs/a.md',
      'skipped docs/b.md outside-root',
      'skipped docs/c outside-root',
    ]);
  });

  test('that lead out of the root after the listing are not read', async () => {
    const root = tempFolder();
    const outside = tempFolder();
    writeTree(outside, { 'secret.md': 'secret' });
    writeTree(root, { 'a.md': 'mine', 'sub/b.md': 'mine' });
    const source = filesSource(root);
    const [a, b] = await listAll(source);
    rmSync(join(root, 'a.md'));
    symlinkSync(join(outside, 'secret.md'), join(root, 'a.md'));
    renameSync(join(root, 'sub'), join(root, 'was'));
    writeTree(outside, { 'sub/b.md': 'secret' });
    symlinkSync(join(outside, 'sub'), join(root, 'sub'));
    for (const entry of [a, b]) {
      if (entry?.kind !== 'document') throw new Error('not a document');
      const unreadable = { message: 'it now leads out of the root' };
      expect(await source.read(entry)).toMatchObject({ kind: 'unreadable', ...unreadable });
      expect(await source.hash(entry)).toEqual({ unreadable: unreadable.message });
    }
  });

  test('to a folder inside the root are skipped, also when they close a circle', async () => {
    const root = tempFolder();
    writeTree(root, { 'real/a.md': '' });
    symlinkSync('real', join(root, 'alias'));
    symlinkSync('..', join(root, 'real', 'up'));
    expect(await listing(filesSource(root))).toEqual([
      'skipped docs/alias not-a-file',
      'document docs/real/a.md',
      'skipped docs/real/up not-a-file',
    ]);
  });

  test('that lead nowhere are unreadable, not absent, where they could be documents', async () => {
    const root = tempFolder();
    symlinkSync('missing.md', join(root, 'broken.md'));
    symlinkSync('missing.png', join(root, 'broken.png'));
    symlinkSync('self.md', join(root, 'self.md'));
    expect(await listAll(filesSource(root))).toMatchObject([
      { kind: 'unreadable', uri: 'docs/broken.md', message: expect.stringContaining('ENOENT') },
      { kind: 'skipped', uri: 'docs/broken.png', reason: 'unsupported-type' },
      { kind: 'unreadable', uri: 'docs/self.md', message: expect.stringContaining('ELOOP') },
    ]);
    expect(await listing(filesSource(root, { include: ['*.txt'] }))).toEqual([]);
  });

  test('to the root itself are followed', async () => {
    const folder = tempFolder();
    writeTree(folder, { 'real/a.md': 'text' });
    symlinkSync('real', join(folder, 'root'));
    const source = filesSource(join(folder, 'root'));
    const entry = await documentEntry(source, 'docs/a.md');
    expect(await source.read(entry)).toMatchObject({ kind: 'text' });
    expect(await source.exists('docs/gone.md')).toBe(false);
  });
});

describe.runIf(posix)('pipes and sockets', () => {
  test('are skipped where they are declared, and never opened', async () => {
    const root = tempFolder();
    writeTree(root, { 'a.md': 'text' });
    execFileSync('mkfifo', [join(root, 'pipe.md')]);
    const server = createServer().listen(join(root, 'socket.md'));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await listing(filesSource(root))).toEqual([
      'document docs/a.md',
      'skipped docs/pipe.md not-a-file',
      'skipped docs/socket.md not-a-file',
    ]);
    expect(await listing(filesSource(root, { include: ['a.*'] }))).toEqual(['document docs/a.md']);
  });

  test('devices are skipped as well, and one without an end is not read where a file was', async (context) => {
    const root = tempFolder();
    writeTree(root, { 'a.md': 'text' });
    const source = filesSource(root);
    const entry = await documentEntry(source, 'docs/a.md');
    rmSync(join(root, 'a.md'));
    try {
      // What /dev/zero is.
      execFileSync('mknod', [join(root, 'a.md'), 'c', '1', '5'], { stdio: 'ignore' });
    } catch {
      return context.skip('this user may make no devices here');
    }
    expect(await listing(source)).toEqual(['skipped docs/a.md not-a-file']);
    for (const read of [source.read(entry), source.hash(entry)]) {
      expect(JSON.stringify(await read)).toContain('it is no longer a file');
    }
  });

  test('that take the place of a listed file do not hang the run', async () => {
    const root = tempFolder();
    writeTree(root, { 'a.md': 'text' });
    const source = filesSource(root);
    const entry = await documentEntry(source, 'docs/a.md');
    rmSync(join(root, 'a.md'));
    execFileSync('mkfifo', [join(root, 'a.md')]);
    expect(await source.read(entry)).toEqual({ kind: 'unreadable', message: 'it is no longer a file' });
  });
});

describe('what cannot be listed', () => {
  test('a root that is missing, or is a file, is one unreadable entry', async () => {
    const folder = tempFolder();
    writeTree(folder, { 'file.md': '' });
    for (const name of ['missing', 'file.md']) {
      const source = filesSource(join(folder, name));
      expect(await listing(source)).toEqual(['unreadable docs/']);
      // Nothing can be said about what it held.
      expect(await source.exists('docs/a.md')).toBe(true);
    }
  });

  test('an empty root is a complete listing of nothing', async () => {
    expect(await listing(filesSource(tempFolder()))).toEqual([]);
  });

  test('a file that vanishes while its folder is listed is unreadable, not absent', async () => {
    const root = tempFolder();
    const names = Array.from({ length: 100 }, (_, i) => `${String(i).padStart(3, '0')}.md`);
    writeTree(root, Object.fromEntries(names.map((name) => [name, ''])));
    const uris: string[] = [];
    for await (const entry of filesSource(root).list(new AbortController().signal)) {
      if (uris.length === 0) {
        rmSync(join(root, '099.md'));
        rmSync(join(root, '098.md'));
        mkdirSync(join(root, '098.md'));
      }
      uris.push(`${entry.kind} ${entry.uri}`);
    }
    expect(uris).toHaveLength(100);
    expect(uris.slice(-3)).toEqual([
      'document docs/097.md',
      'unreadable docs/098.md',
      'unreadable docs/099.md',
    ]);
  });

  test('a folder that vanishes while the tree is listed is unreadable, not empty', async () => {
    const root = tempFolder();
    writeTree(root, { 'a/1.md': '', 'b/2.md': '', 'c.md': '' });
    const uris: string[] = [];
    for await (const entry of filesSource(root).list(new AbortController().signal)) {
      rmSync(join(root, 'b'), { recursive: true, force: true });
      uris.push(`${entry.kind} ${entry.uri}`);
    }
    expect(uris).toEqual(['document docs/a/1.md', 'unreadable docs/b/', 'document docs/c.md']);
  });

  // Permissions mean nothing to the superuser; a path that is too long stops everybody.
  test.runIf(process.platform === 'linux')(
    'a folder too deep to be named is unreadable, the rest is listed',
    async () => {
      const root = tempFolder();
      const other = tempFolder();
      const long = Array.from({ length: 12 }, () => 'd'.repeat(200)).join('/');
      mkdirSync(join(root, long), { recursive: true });
      mkdirSync(join(other, long), { recursive: true });
      writeTree(root, { 'e.md': '' });
      const top = join(other, 'd'.repeat(200));
      renameSync(top, join(root, long, 'graft'));
      // Back again before the folders are removed, which would fail for the same reason.
      onTestFinished(() => renameSync(join(root, long, 'graft'), top));

      const entries = await listAll(filesSource(root));
      expect(entries.map((entry) => entry.kind)).toEqual(['unreadable', 'document']);
      expect(entries[0]?.uri).toMatch(/^docs\/d.*d\/$/);
      expect(entries[0]).toMatchObject({ message: 'the path is too long (ENAMETOOLONG)' });
    },
  );

  test.skipIf(root0 || !posix)('a folder without permission is unreadable (not as superuser)', async () => {
    const root = tempFolder();
    writeTree(root, { 'a/1.md': '', 'b/2.md': '' });
    chmodSync(join(root, 'a'), 0);
    onTestFinished(() => chmodSync(join(root, 'a'), 0o755));
    expect(await listing(filesSource(root))).toEqual(['unreadable docs/a/', 'document docs/b/2.md']);
  });

  test('an excluded folder is not even looked into', async () => {
    const root = tempFolder();
    writeTree(root, { 'a.md': '', 'z/1.md': '' });
    const seen: string[] = [];
    for await (const entry of filesSource(root, { exclude: ['z'] }).list(new AbortController().signal)) {
      // Reading it would report that it vanished.
      rmSync(join(root, 'z'), { recursive: true });
      seen.push(`${entry.kind} ${entry.uri}`);
    }
    expect(seen).toEqual(['document docs/a.md']);
  });
});

describe('exists', () => {
  test('tells an excluded file from one that is gone', async () => {
    const root = tempFolder();
    writeTree(root, { 'drafts/a.md': '', 'b.md': '' });
    const source = filesSource(root, { exclude: ['drafts/**'] });
    expect(await source.exists('docs/drafts/a.md')).toBe(true);
    expect(await source.exists('docs/b.md')).toBe(true);
    expect(await source.exists('docs/drafts/gone.md')).toBe(false);
    expect(await source.exists('docs/b.md/below.md')).toBe(false);
    expect(await source.exists('docs/drafts')).toBe(false);
    expect(await source.exists('other/b.md')).toBe(false);
  });

  test('does not look outside of the root', async () => {
    const folder = tempFolder();
    writeTree(folder, { 'root/a.md': '', 'b.md': '' });
    const source = filesSource(join(folder, 'root'));
    expect(await source.exists('docs/../b.md')).toBe(false);
    expect(await source.exists('docs/./a.md')).toBe(false);
    expect(await source.exists('docs/')).toBe(false);
  });
});

test('a file name may hold anything that a folder can hold', async () => {
  const root = tempFolder();
  const names = posix ? ['a\\b.md', 'new\nline.md', 'q?.md', '*.md', ' .md'] : [' a.md', "it's.md"];
  for (const name of names) writeFileSync(join(root, name), name);
  const source = filesSource(root, { include: ['**/*.md'] });
  const entries = await listAll(source);
  expect(entries).toHaveLength(names.length);
  for (const entry of entries) {
    if (entry.kind !== 'document') throw new Error('not a document');
    expect(await source.read(entry)).toMatchObject({ parsed: { text: entry.path } });
  }
});
