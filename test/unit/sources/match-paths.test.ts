import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPathMatcher } from '../../../src/sources/files/match-paths.js';
import { filesSource, listing, tempFolder, writeTree } from './source-fixture.js';

const TREE = {
  'a.md': '',
  'guides/b.md': '',
  'guides/deep/c.md': '',
  'guides/drafts/d.md': '',
  'logo.PNG': '',
  Makefile: '',
  '.hidden/e.md': '',
  '.git/description.md': '',
  'node_modules/pkg/readme.md': '',
  'sub/node_modules/pkg/readme.md': '',
};

async function listed(include: string[], exclude: string[] = []): Promise<string[]> {
  const root = tempFolder();
  writeTree(root, TREE);
  return listing(filesSource(root, { include, exclude }));
}

describe('what is declared', () => {
  test('by default: everything but .git and node_modules, and what has no parser is counted', async () => {
    expect(await listed([])).toEqual([
      'document docs/.hidden/e.md',
      'skipped docs/Makefile unsupported-type',
      'document docs/a.md',
      'document docs/guides/b.md',
      'document docs/guides/deep/c.md',
      'document docs/guides/drafts/d.md',
      'skipped docs/logo.PNG unsupported-type',
    ]);
  });

  test('with an include: only what it matches, and a matched file without a parser is counted', async () => {
    expect(await listed(['guides/**', '*.PNG'])).toEqual([
      'document docs/guides/b.md',
      'document docs/guides/deep/c.md',
      'document docs/guides/drafts/d.md',
      'skipped docs/logo.PNG unsupported-type',
    ]);
  });

  test('a glob may be a whole uri', async () => {
    expect(await listed(['docs/guides/*.md'])).toEqual(['document docs/guides/b.md']);
    expect(await listed(['**/*.md'], ['docs/guides/**'])).toEqual([
      'document docs/.hidden/e.md',
      'document docs/a.md',
    ]);
  });

  test('a wildcard never stands for the source id', async () => {
    expect(await listed(['*/*.md'])).toEqual(['document docs/.hidden/e.md', 'document docs/guides/b.md']);
  });

  test('an excluded folder is excluded with all that is in it', async () => {
    const expected = ['document docs/guides/b.md', 'document docs/guides/deep/c.md'];
    expect(await listed(['guides/**'], ['**/drafts/**'])).toEqual(expected);
    expect(await listed(['guides/**'], ['guides/drafts'])).toEqual(expected);
    expect(await listed(['guides/**'], ['guides/drafts/'])).toEqual(expected);
  });

  test('node_modules is listed when an include names it, and .git stays out', async () => {
    expect(await listed(['node_modules/**'])).toEqual(['document docs/node_modules/pkg/readme.md']);
    expect(await listed(['**/{node_modules,guides}/*/*.md'])).toEqual([
      'document docs/guides/deep/c.md',
      'document docs/guides/drafts/d.md',
      'document docs/node_modules/pkg/readme.md',
      'document docs/sub/node_modules/pkg/readme.md',
    ]);
    expect(await listed(['**/*.md', '.git/*.md'])).toContain('document docs/.git/description.md');
  });

  test('a root inside node_modules is listed', async () => {
    const root = tempFolder();
    writeTree(root, { 'node_modules/pkg/docs/a.md': '' });
    expect(await listing(filesSource(`${root}/node_modules/pkg`))).toEqual(['document docs/docs/a.md']);
  });

  test('a glob in decomposed Unicode matches names in composed', async () => {
    const matcher = createPathMatcher({ id: 'docs', include: ['cafe\u0301/*'], exclude: [] });
    expect(matcher.declares('caf\u00E9/a.md')).toBe(true);
  });

  test('a glob that is absurdly long is refused', () => {
    const create = () => createPathMatcher({ id: 'docs', include: ['*'.repeat(1_025)], exclude: [] });
    expect(create).toThrow(expect.objectContaining({ code: 'E103' }));
  });

  test('types are counted by their lower-case extension, or by the name without one', async () => {
    const root = tempFolder();
    writeTree(root, { 'logo.PNG': '', Makefile: '', '.gitignore': '', 'a.tar.gz': '' });
    const types: string[] = [];
    for await (const entry of filesSource(root).list(new AbortController().signal)) {
      if (entry.kind === 'skipped') types.push(entry.type);
    }
    expect(types).toEqual(['.gitignore', 'Makefile', '.gz', '.png']);
  });
});

describe('pruning', () => {
  const glob = fc
    .array(
      fc.constantFrom(
        'a',
        'b',
        '*',
        '**',
        'a*',
        '?',
        '{a,b}',
        '{a/b,c}',
        '[ab]',
        '@(a|b)',
        '!(a)',
        '+(a|b)',
        'c{/a,/b}',
        '\\a',
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((parts) => parts.join('/'));
  const path = fc.array(fc.constantFrom('a', 'b', 'c', 'ab'), { minLength: 2, maxLength: 5 });

  test('never hides a folder below which an include matches', () => {
    fc.assert(
      fc.property(fc.array(glob, { minLength: 1, maxLength: 2 }), path, (include, segments) => {
        const matcher = createPathMatcher({ id: 'docs', include, exclude: [] });
        fc.pre(matcher.declares(segments.join('/')));
        for (let depth = 1; depth < segments.length; depth++) {
          expect(matcher.mayDeclareBelow(segments.slice(0, depth).join('/'))).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('leaves out folders that no include can reach', () => {
    const matcher = createPathMatcher({
      id: 'docs',
      include: ['guides/**/*.md', '*.txt', 'x/*/y.md'],
      exclude: [],
    });
    const folders = ['guides', 'guides/deep/er', 'x', 'x/1', 'other', 'guidesx', 'x/1/2'];
    expect(folders.filter((folder) => matcher.mayDeclareBelow(folder))).toEqual([
      'guides',
      'guides/deep/er',
      'x',
      'x/1',
    ]);
  });
});
