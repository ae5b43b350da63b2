import { describe, expect, it } from 'vitest';
import { charParams, tokenParams } from '../../../src/chunking/chunk-params.js';
import { chunker } from '../../../src/chunking/chunkers.js';
import { loadGrammar } from '../../../src/chunking/code/grammars.js';
import { encodingTokenizer } from '../../../src/chunking/tokens/tokenizer.js';
import { frameHash } from '../../../src/domain/hashing.js';

/** A document with every kind of block, large enough to be cut at every kind of boundary. */
function sample(): string {
  const sentences = Array.from(
    { length: 60 },
    (_, i) => `Sentence ${i * 7919} tells of case ${i % 13}, e.g. ${i}.`,
  );
  const cjk = Array.from({ length: 40 }, (_, i) => `第${i * 31}条规则说明了情况${i % 7}的处理方式，请注意！`);
  const rows = Array.from({ length: 50 }, (_, i) => `| option-${i} | meaning of ${i * 104729} |`);
  const items = Array.from({ length: 30 }, (_, i) => `- item ${i * 1299709}\n  - nested ${i}`);
  const code = Array.from({ length: 80 }, (_, i) => `${i % 9 === 0 ? '\n' : ''}  call(${i * 15485863});`);
  const paragraphs = Array.from({ length: 20 }, (_, i) => sentences.slice(i * 3, i * 3 + 3).join(' '));
  return [
    '# Title {#t}',
    ...paragraphs,
    '## Long',
    sentences.join(' '),
    '## 规则',
    cjk.join(''),
    '## Blocks',
    `| a | b |\n|---|---|\n${rows.join('\n')}`,
    items.join('\n'),
    `\`\`\`js\n${code.join('\n')}\n\`\`\``,
    `<div>\n${'x'.repeat(900)}👩‍👩‍👧${'y'.repeat(900)}\n</div>`,
    '### Bare',
  ].join('\n\n');
}

// Indexes are pinned to a chunker's version. If this fails, boundaries moved for everybody: ship the
// change as a new version beside the old one instead of editing the hash.
describe('version 1 cuts as it always did', () => {
  it.each([
    ['markdown', 0, 'a981f7fdcb0165daf8e277bfe4fa38437e613d54ab03765767618bd91c504680'],
    ['markdown', 120, '35755d55367faa1bb556f60617c3cf0f85fde74125cc10dbf5db6181fceb3dd8'],
    ['text', 0, '907545366419aba5af5c3f51942e98ffb8b25d7f71a7d95ccea906731dceb25a'],
    ['text', 120, 'ec28273be659aa7d346582e4c5f4b0d0d970d6455a836e0d70abf049d4c9ce26'],
  ] as const)('%s with an overlap of %i', (name, overlap_chars, expected) => {
    const chunks = chunker(name, 1).chunk(
      sample(),
      charParams({ max_chars: 600, min_chars: 100, overlap_chars }),
      undefined,
    );
    expect(chunks.length).toBeGreaterThan(15);
    const flat = chunks.flatMap((c) => [c.text, c.first_line, c.last_line, ...c.heading_path]);
    expect(frameHash(...flat)).toBe(expected);
  });
});

/** Code of every kind of declaration that a grammar sees, and a table. */
const CODE: Readonly<Record<string, string>> = {
  typescript: `import a from 'a';\n\n/** Foo. */\n@dec\nexport class Foo<T> {\n${methods('  m', '(): void {', '  }')}\n}\n\nexport const x = () => {\n${lines(30)}\n};\n\ninterface I {\n${lines(5)}\n}\n`,
  python: `import os\n\n@cache\ndef f():\n${lines(30)}\n\n\nclass A:\n${methods('    def m', '(self):', '        pass')}\n`,
  java: `package a;\n\npublic class Foo {\n${methods('  void m', '() {', '  }')}\n}\n`,
  cpp: `#include <a>\n\nnamespace n {\nclass A {\n${methods('  void m', '() {', '  }')}\n};\n}\n`,
  rust: `use a;\n\n#[derive(Debug)]\nimpl A for B {\n${methods('  fn m', '(&self) {', '  }')}\n}\n`,
  go: `package a\n\n${methods('func m', '() {', '}')}\n`,
  php: `<?php\nclass A {\n${methods('  function m', '() {', '  }')}\n}\n`,
  json: `{\n${Array.from({ length: 9 }, (_, i) => `  "k${i}": {\n${lines(4 + i)}\n  }`).join(',\n')}\n}\n`,
  ruby: `${methods('def m', '', 'end')}\n`,
};

function lines(count: number): string {
  return Array.from({ length: count }, (_, i) => `    step${i}(${i * 31});${i % 7 === 6 ? '\n' : ''}`).join(
    '\n',
  );
}

function methods(before: string, behind: string, end: string): string {
  return Array.from({ length: 9 }, (_, i) => `${before}${i}${behind}\n${lines(3 + i * 3)}\n${end}`).join(
    '\n\n',
  );
}

// The versions of the grammars' libraries belong to the chunker's: an update that fails here moves boundaries.
describe('version 1 of code cuts as it always did', () => {
  it.each([
    ['typescript', '0bc50053546f09a0'],
    ['python', '0be538db3a2d9a26'],
    ['java', 'c98884d9cb690680'],
    ['cpp', 'a2b18363481def07'],
    ['rust', '30ae27c747bcd7a1'],
    ['go', '7024c31120a287bc'],
    ['php', 'd34866f0bf6962e0'],
    ['json', '2a749e1dfc9c3cf4'],
    ['ruby', 'e019e3cee1363ad3'],
  ])('%s', async (language, expected) => {
    const params = charParams({ max_chars: 600, min_chars: 100, overlap_chars: 0 });
    const chunks = chunker('code', 1).chunk(CODE[language] ?? '', params, await loadGrammar(language));
    expect(chunks.length).toBeGreaterThan(2);
    const flat = chunks.flatMap((c) => [c.text, c.first_line, c.last_line, ...c.heading_path]);
    expect(frameHash(...flat).slice(0, 16)).toBe(expected);
  });

  it('and rows', () => {
    const table = `a,b\n${Array.from({ length: 90 }, (_, i) => `${i},"x ""${i * 31}""${i % 5 === 0 ? '\nmore' : ''}"`).join('\n')}\n`;
    const chunks = chunker('rows', 1).chunk(
      table,
      charParams({ max_chars: 300, min_chars: 50, overlap_chars: 0 }),
      undefined,
    );
    expect(frameHash(...chunks.flatMap((c) => [c.text, c.first_line, c.last_line])).slice(0, 16)).toBe(
      '043eb57e70a18171',
    );
  });

  it('and Markdown in tokens', async () => {
    const measure = await encodingTokenizer('o200k_base').load();
    const params = tokenParams({ max_tokens: 150, min_tokens: 30, overlap_tokens: 20 }, measure);
    const chunks = chunker('markdown', 1).chunk(sample(), params, undefined);
    expect(frameHash(...chunks.flatMap((c) => [c.text, c.first_line, c.last_line])).slice(0, 16)).toBe(
      '08a8e48394e72b36',
    );
  });
});
