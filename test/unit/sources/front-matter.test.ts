import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMarkdown } from '../../../src/sources/parsing/parse-markdown.js';
import { PARSERS, parserFor, parserNamed } from '../../../src/sources/parsing/parsers.js';

describe('front matter', () => {
  test('becomes metadata; the text starts behind it, on the line that the file gives it', () => {
    expect(parseMarkdown('---\ntitle: T\ntags: [a, b]\nby: { name: N }\n---\n\n# H\n')).toEqual({
      text: '\n# H\n',
      first_line: 6,
      metadata: { title: 'T', tags: ['a', 'b'], by: { name: 'N' } },
      warnings: [],
    });
  });

  test.each([
    ['is empty', '---\n---\nbody', {}, 3],
    ['holds only a comment', '---\n# nothing\n---\nbody', {}, 4],
    ['ends with dots', '---\na: 1\n...\nbody', { a: 1 }, 4],
    ['has spaces behind its lines', '--- \na: 1\n---\t\nbody', { a: 1 }, 4],
  ])('is read when it %s', (_, text, metadata, first_line) => {
    expect(parseMarkdown(text)).toEqual({ text: 'body', first_line, metadata, warnings: [] });
  });

  test('may be the whole file', () => {
    expect(parseMarkdown('---\na: 1\n---')).toEqual({
      text: '',
      first_line: 4,
      metadata: { a: 1 },
      warnings: [],
    });
  });

  test('dates stay text, large integers keep their digits, what JSON cannot say becomes text', () => {
    expect(
      parseMarkdown('---\nd: 2024-05-06\nn: 12345678901234567890\nx: .inf\ny: [.nan]\n---\n').metadata,
    ).toEqual({
      d: '2024-05-06',
      n: '12345678901234567890',
      x: 'Infinity',
      y: ['NaN'],
    });
  });

  test('a key called __proto__ is a key', () => {
    const { metadata } = parseMarkdown('---\n__proto__: { polluted: 1 }\n---\n');
    expect(Object.keys(metadata)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each([
    ['is broken YAML', '---\na: 1\nb: [\n---\nbody', /^line \d+: /],
    ['is a list', '---\n- a\n---\nbody', /mapping/],
    ['is prose between two rules', '---\nSome prose.\n---\nbody', /mapping/],
    ['has a key twice', '---\na: 1\na: 2\n---\nbody', /^line 3: a key stands twice$/],
    ['has a tag', '---\na: !!js/function x\n---\nbody', /^line 2: unknown tag$/],
    ['has an alias without anchor', '---\na: *b\n---\nbody', /^line 2: /],
    ['is never closed', '---\ntitle: T\n\nbody', /never closed/],
  ])('that %s is a warning, and the file is text as a whole', (_, text, detail) => {
    expect(parseMarkdown(text)).toEqual({
      text,
      first_line: 1,
      metadata: {},
      warnings: [
        expect.objectContaining({ key: 'front-matter-malformed', detail: expect.stringMatching(detail) }),
      ],
    });
  });

  test('cannot exhaust memory or stack', () => {
    const bomb = [
      'a0: &a0 x',
      ...Array.from(
        { length: 12 },
        (_, i) => `a${i + 1}: &a${i + 1} [${Array(12).fill(`*a${i}`).join(', ')}]`,
      ),
    ];
    for (const yaml of [
      bomb.join('\n'),
      `a: ${'['.repeat(50_000)}`,
      `a: ${'['.repeat(500)}${']'.repeat(500)}`,
    ]) {
      const parsed = parseMarkdown(`---\n${yaml}\n---\nbody`);
      expect(parsed.warnings.map((warning) => warning.key)).toEqual(['front-matter-malformed']);
    }
  });

  test.each([
    ['a rule on the first line', '---\n\nprose\n'],
    ['a rule alone', '---'],
    ['a rule below a heading', '# H\n---\na: 1\n---\n'],
    ['a blank line before it', '\n---\na: 1\n---\nbody'],
    ['four dashes', '----\na: 1\n----\n'],
    ['TOML', '+++\na = 1\n+++\nbody'],
    ['MDX imports', 'import X from "x"\n\n<X />\n'],
  ])('%s is text', (_, text) => {
    expect(parseMarkdown(text)).toEqual({ text, first_line: 1, metadata: {}, warnings: [] });
  });

  test('text and first line always fit together', () => {
    const line = fc.constantFrom('---', '...', 'a: 1', 'b: [', '# H', '', 'prose', '--- ');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), (lines) => {
        const file = lines.join('\n');
        const { text, first_line } = parseMarkdown(file);
        expect(
          file
            .split('\n')
            .slice(first_line - 1)
            .join('\n'),
        ).toBe(text);
      }),
    );
  });
});

describe('parsers', () => {
  test('are found by extension in any case', () => {
    expect(parserFor('a/B.MD')).toMatchObject({ name: 'markdown', version: 1 });
    expect(parserFor('a.md/b.txt')).toMatchObject({ name: 'text', version: 1 });
    for (const path of ['a.png', 'md', '.md', 'a.md/b', 'a.', 'a.log'])
      expect(parserFor(path)).toBeUndefined();
  });

  test('have a version by name, and share no extension', () => {
    expect(parserNamed('markdown')).toBe(parserFor('a.md'));
    expect(() => parserNamed('no-such')).toThrow('no parser is called no-such');
    const extensions = PARSERS.flatMap((parser) => parser.extensions);
    expect(new Set(extensions).size).toBe(extensions.length);
  });
});
