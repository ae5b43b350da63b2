import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { charParams } from '../../../src/chunking/chunk-params.js';
import { CHUNKERS } from '../../../src/chunking/chunkers.js';
import { loadGrammar } from '../../../src/chunking/code/grammars.js';
import type { TextChunk } from '../../../src/domain/document.js';
import { newTexts } from './random-documents.js';

const params = charParams({ max_chars: 1200, min_chars: 200, overlap_chars: 0 });

async function cut(language: string, text: string, max = 1200): Promise<TextChunk[]> {
  return CHUNKERS.code.chunk(text, { ...params, max, min: Math.floor(max / 6) }, await loadGrammar(language));
}

function body(chunk: TextChunk): string {
  const path = chunk.heading_path.join(' > ');
  return path === '' ? chunk.text : chunk.text.slice(path.length + 2);
}

/** A body that does not fit beside another: each declaration becomes a chunk of its own. */
const filler = (comment: string, lines = 8): string =>
  Array.from({ length: lines }, (_, i) => `    ${comment} line ${i} of a body that is long enough`).join(
    '\n',
  );

describe('declarations', () => {
  it.each([
    [
      'typescript',
      `export class Foo {\n  one(): void {\n${filler('//')}\n  }\n\n  /** Two. */\n  @log\n  private async two() {\n${filler('//')}\n  }\n}\n\nexport interface Bar {\n${filler('//')}\n}\n\nexport const baz = () => {\n${filler('//')}\n};\n`,
      ['class Foo > method one', 'class Foo > method two', 'interface Bar', 'const baz'],
    ],
    [
      'javascript',
      `export default function main() {\n${filler('//')}\n}\n\nclass A {\n  #p() {\n${filler('//')}\n  }\n}\n`,
      ['function main', 'class A'],
    ],
    ['tsx', `export function View() {\n  return <p>\n${filler('text')}\n  </p>;\n}\n`, ['function View']],
    [
      'python',
      `@cache\ndef one():\n${filler('#')}\n    pass\n\n\nclass Foo(Bar):\n    def two(self):\n    ${filler('#')}\n        pass\n\n    async def three(self):\n    ${filler('#')}\n        pass\n`,
      ['def one', 'class Foo > def two', 'class Foo > def three'],
    ],
    [
      'java',
      `class Foo {\n  /** Says so. */\n  @Override\n  public void bar() {\n${filler('//')}\n  }\n\n  Foo() {\n${filler('//')}\n  }\n}\n`,
      ['class Foo > method bar', 'class Foo > constructor Foo'],
    ],
    [
      'cpp',
      `namespace n {\ntemplate <class T>\nclass A {\n public:\n  int f() {\n${filler('//')}\n  }\n};\n\nint *A::g() {\n${filler('//')}\n}\n}\n`,
      ['namespace n > class A', 'namespace n > function A::g'],
    ],
    [
      'c',
      `static int\nmain(void)\n{\n${filler('//')}\n}\n\nstruct s {\n${filler('//')}\n};\n`,
      ['function main', 'struct s'],
    ],
    [
      'rust',
      `#[derive(Debug)]\npub struct S {\n${filler('//')}\n}\n\nimpl<T> Tr<T> for S {\n    pub fn f(&self) {\n${filler('//')}\n    }\n\n    fn g() {\n${filler('//')}\n    }\n}\n`,
      ['struct S', 'impl <T> Tr<T> for S > fn f', 'impl <T> Tr<T> for S > fn g'],
    ],
    [
      'go',
      `package a\n\n// F says so.\nfunc F() {\n${filler('//')}\n}\n\nfunc (s *S) M(x int) error {\n${filler('//')}\n}\n\ntype S struct {\n${filler('//')}\n}\n`,
      ['func F', 'func (s *S) M(x int) error', 'type S'],
    ],
    [
      'php',
      `<?php\nnamespace A;\n\nclass C extends D {\n  public function f() {\n${filler('//')}\n  }\n\n  public function g() {\n${filler('//')}\n  }\n}\n`,
      ['class C > method f', 'class C > method g'],
    ],
    [
      'json',
      `{\n  "paths": {\n    "/users": {\n${filler('"x":')}\n    },\n    "/orders": {\n${filler('"x":')}\n    }\n  }\n}\n`,
      ['paths > /users', 'paths > /orders'],
    ],
  ])('of %s stand in the heading path', async (language, text, expected) => {
    const chunks = await cut(language, text, 420);
    const paths = chunks.map((chunk) => chunk.heading_path.join(' > '));
    expect(paths.filter((path) => expected.includes(path))).toEqual(expected);
    for (const chunk of chunks) {
      if (chunk.heading_path.length > 0)
        expect(chunk.text.startsWith(`${chunk.heading_path.join(' > ')}\n\n`)).toBe(true);
    }
  });

  it('keep their comments and decorators, and their lines', async () => {
    const text = `import { a, longer, names } from '../../somewhere/that/is/far/away.js';\n\n// About\n// Foo.\n@dec\nclass Foo {\n${filler('//')}\n}\n`;
    const chunks = await cut('typescript', text, 420);
    expect(chunks.map(({ first_line, last_line }) => [first_line, last_line])).toEqual([
      [1, 1],
      [3, 15],
    ]);
    expect(chunks[1] && body(chunks[1])).toBe(text.split('\n').slice(2, 15).join('\n'));
  });

  it('share a chunk while they are small', async () => {
    const text = Array.from({ length: 6 }, (_, i) => `function f${i}() {\n  return ${i};\n}\n`).join('\n');
    const chunks = await cut('javascript', text);
    expect(chunks).toHaveLength(1);
    expect(chunks[0]).toMatchObject({ text: text.trimEnd(), heading_path: [] });
  });

  it('that fit are never cut', async () => {
    const one = (name: string): string => `function ${name}() {\n${filler('//', 12)}\n}`;
    const names = Array.from({ length: 40 }, (_, i) => `f${i}`);
    const chunks = await cut('javascript', names.map(one).join('\n\n'));
    for (const name of names)
      expect(chunks.filter((chunk) => chunk.text.includes(one(name)))).toHaveLength(1);
  });

  it('that do not fit are cut at blank lines, under their path', async () => {
    const step = (i: number): string => `  step${i}();\n${filler('//', 3)}\n  done${i}();`;
    const chunks = await cut(
      'javascript',
      `function f() {\n${[0, 1, 2, 3, 4, 5].map(step).join('\n\n')}\n}\n`,
      420,
    );
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks) {
      expect(chunk.heading_path).toEqual(['function f']);
      expect(body(chunk)).toMatch(/^(?:function f\(\) \{\n)? {2}step\d/);
      expect(body(chunk)).toMatch(/done\d\(\);(?:\n\})?$/);
    }
  });

  it('are found in a file that is broken further on', async () => {
    const text = `class Foo {\n  bar() {\n${filler('//')}\n  }\n\n  baz() {\n${filler('//')}\n  }\n\n  oops( {\n`;
    const paths = (await cut('typescript', text, 420)).map((chunk) => chunk.heading_path.join(' > '));
    expect(paths).toContain('class Foo > method bar');
  });
});

describe('without a grammar', () => {
  // By paths, not by time: a grammar that went on to the end would take minutes, and find the function.
  it.each([
    ['tsx', 'function f() {', '}', '<\n'],
    ['javascript', 'function f() {', '}', '${\n'],
    ['javascript', 'function f() {', '}', 'class A {\n'],
    ['python', 'def f():', '    pass', '<\n'],
    ['php', '<?php\nfunction f() {', '}', '<?php\n'],
    ['go', 'package a\nfunc f() {', '}', '<\n'],
  ])(
    '%s followed by what its grammar cannot get over is cut without it: %j',
    async (language, open, close, piece) => {
      const code = `${open}\n${filler(language === 'python' ? '#' : '//', 40)}\n${close}\n\n`;
      const paths = async (text: string): Promise<string[][]> =>
        (await cut(language, text, 420)).map(({ heading_path }) => [...heading_path]);
      expect((await paths(code)).flat()).not.toEqual([]);
      expect((await paths(code + piece.repeat(20_000))).flat()).toEqual([]);
    },
  );

  it('blank lines and indentation decide', async () => {
    const one = (name: string): string => `def ${name}\n${filler('#', 3)}\n\n${filler('#', 3)}\nend`;
    const chunks = await cut('ruby', ['a', 'b', 'c', 'd'].map(one).join('\n\n'), 420);
    expect(chunks.map(body)).toEqual(['a', 'b', 'c', 'd'].map(one));
  });

  it('a minified file is cut, its declarations are not looked for', async () => {
    const text = `${'function a(){return 1};'.repeat(2_000)}\n`;
    const chunks = await cut('javascript', text);
    expect(chunks.length).toBeGreaterThan(20);
    for (const chunk of chunks) expect(chunk.text.length).toBeLessThanOrEqual(1200);
    expect(chunks.every((chunk) => chunk.heading_path.length === 0)).toBe(true);
  });
});

const word = fc.constantFrom(
  'load',
  'save',
  'open',
  'close',
  'plan',
  'apply',
  'index',
  'query',
  'state',
  'batch',
);
const statement = fc.tuple(word, word, fc.nat(999)).map(([a, b, n]) => `${a}(${b}${n});`);
const statements = fc.array(statement, { minLength: 1, maxLength: 25 });
const functionText = fc
  .tuple(word, fc.nat(99_999), statements)
  .map(([name, n, lines]) => `function ${name}${n}() {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`);
const method = fc
  .tuple(word, fc.nat(99_999), statements)
  .map(([name, n, lines]) => `  ${name}${n}() {\n${lines.map((line) => `    ${line}`).join('\n')}\n  }`);
const classText = fc
  .tuple(fc.nat(99_999), fc.array(method, { minLength: 1, maxLength: 8 }))
  .map(([n, methods]) => `class C${n} {\n${methods.join('\n\n')}\n}`);
const unit = fc.oneof(
  functionText,
  functionText,
  classText,
  statements.map((lines) => lines.join('\n')),
);

describe('whatever the code', () => {
  it.each(['javascript', 'none'])(
    'each line is in one chunk, in order, and none is too large (%s)',
    async (language) => {
      const grammar = await loadGrammar(language);
      fc.assert(
        fc.property(
          fc.array(unit, { minLength: 1, maxLength: 25 }),
          fc.integer({ min: 80, max: 900 }),
          (units, max) => {
            const text = units.join('\n\n');
            const chunks = CHUNKERS.code.chunk(text, { ...params, max, min: 40 }, grammar);
            const kept = chunks.map(body).join('\n').split('\n');
            const isText = (line: string): boolean => /\w/.test(line);
            expect(kept.filter(isText)).toEqual(text.split('\n').filter(isText));
            for (const chunk of chunks) {
              expect(body(chunk).length).toBeLessThanOrEqual(max);
              const lines = text.split('\n').slice(chunk.first_line - 1, chunk.last_line);
              expect(body(chunk)).toBe(lines.join('\n'));
            }
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  it.each(['javascript', 'none'])('an edit makes few new chunks (%s)', async (language) => {
    const grammar = await loadGrammar(language);
    const texts = (units: readonly string[]): string[] =>
      CHUNKERS.code.chunk(units.join('\n\n'), params, grammar).map((chunk) => chunk.text);
    fc.assert(
      fc.property(fc.array(unit, { minLength: 60, maxLength: 90 }), fc.nat(), unit, (units, at, other) => {
        const index = at % units.length;
        const before = texts(units);
        for (const after of [
          units.toSpliced(index, 0, other),
          units.toSpliced(index, 1),
          units.toSpliced(index, 1, other),
        ]) {
          // The chunks of what was put in itself, and a few around it.
          expect(newTexts(before, texts(after)).length).toBeLessThanOrEqual(10 + texts([other]).length);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('never throws, for any text and any grammar', async () => {
    const languages = [
      'javascript',
      'typescript',
      'tsx',
      'python',
      'java',
      'cpp',
      'rust',
      'go',
      'php',
      'json',
      'none',
    ];
    const grammars = await Promise.all(languages.map(loadGrammar));
    const pieces = fc.constantFrom(
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      '"',
      "'",
      '`',
      '/*',
      '*/',
      '//',
      '#',
      '\n',
      '\n\n',
      '  ',
      '\t',
      'class A',
      'function f()',
      'def f():',
      'fn f()',
      'impl',
      '<?php',
      '@',
      '=>',
      ':',
      ',',
      '\\',
      '\u2028',
      '😀',
      'end',
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 150 }),
        fc.nat(languages.length - 1),
        fc.integer({ min: 1, max: 80 }),
        (parts, which, max) => {
          const text = parts.join('');
          const small = { ...params, max, min: 1 };
          const chunks = CHUNKERS.code.chunk(text, small, grammars[which]);
          expect(CHUNKERS.code.chunk(text, small, grammars[which])).toEqual(chunks);
          for (const chunk of chunks) expect(chunk.first_line).toBeLessThanOrEqual(chunk.last_line);
        },
      ),
      { numRuns: 400 },
    );
  });

  it.each([
    ['javascript', '('.repeat(20_000)],
    ['javascript', '{\n'.repeat(20_000)],
    ['python', Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}if x:`).join('\n')],
    ['typescript', `${'class A {\n'.repeat(3_000)}${'}\n'.repeat(3_000)}`],
    ['json', `${'[\n'.repeat(20_000)}${']\n'.repeat(20_000)}`],
    ['none', Array.from({ length: 1_500 }, (_, i) => `${' '.repeat(i % 500)}word`).join('\n\n')],
  ])('deep nesting is cut too (%s)', async (language, text) => {
    const chunks = await cut(language, text);
    for (const chunk of chunks) expect(body(chunk).length).toBeLessThanOrEqual(1200);
  });
});
