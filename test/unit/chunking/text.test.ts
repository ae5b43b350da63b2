import { describe, expect, it } from 'vitest';
import { charParams } from '../../../src/chunking/chunk-params.js';
import { CHUNKERS } from '../../../src/chunking/chunkers.js';
import { cutSentences } from '../../../src/chunking/cut-sentences.js';

function texts(text: string, max_chars: number, min_chars = 1): string[] {
  return CHUNKERS.text
    .chunk(text, charParams({ max_chars, min_chars, overlap_chars: 0 }))
    .map((chunk) => chunk.text);
}

function sentences(text: string): string[] {
  const starts = [0, ...cutSentences(text, 0, text.length)];
  return starts.map((start, index) => text.slice(start, starts[index + 1] ?? text.length).trim());
}

describe('text strategy', () => {
  it('gives one chunk for a small text, headings or not', () => {
    expect(
      CHUNKERS.text.chunk('# A\n\nb\n', charParams({ max_chars: 1200, min_chars: 200, overlap_chars: 0 })),
    ).toEqual([{ text: '# A\n\nb', first_line: 1, last_line: 3, heading_path: [] }]);
  });

  it('cuts at paragraphs before lines, and at lines before sentences', () => {
    expect(texts('first one\nsecond\n\nthird one\nfourth', 20)).toEqual([
      'first one\nsecond',
      'third one\nfourth',
    ]);
    expect(texts('A first line. With two.\nA second line, longer.', 30)).toEqual([
      'A first line. With two.',
      'A second line, longer.',
    ]);
  });

  it('cuts between characters only where nothing else is left, and never inside one', () => {
    const family = '👨‍👩‍👧‍👦';
    const pieces = texts(family.repeat(60), 50);
    expect(pieces.length).toBeGreaterThan(8);
    expect(pieces.join('')).toBe(family.repeat(60));
    for (const piece of pieces) expect(piece.length % family.length).toBe(0);
    for (const piece of texts('e\u0301'.repeat(200), 20)) expect(piece.startsWith('e')).toBe(true);
    for (const piece of texts('🇩🇪🇫🇷'.repeat(50), 15)) expect([...piece].length % 2).toBe(0);
  });

  it('repeats the paragraph before where the overlap has room for it', () => {
    const paragraphs = ['one two three', 'four five six', 'seven eight nine'];
    const limits = charParams({ max_chars: 20, min_chars: 1, overlap_chars: 20 });
    expect(CHUNKERS.text.chunk(paragraphs.join('\n\n'), limits).map((chunk) => chunk.text)).toEqual([
      'one two three',
      'one two three\n\nfour five six',
      'four five six\n\nseven eight nine',
    ]);
  });

  it('numbers lines within a text that starts with blank ones', () => {
    const [chunk] = CHUNKERS.text.chunk(
      '\n\n  a\nb\n\n',
      charParams({ max_chars: 100, min_chars: 1, overlap_chars: 0 }),
    );
    expect(chunk).toMatchObject({ text: '  a\nb', first_line: 3, last_line: 4 });
  });
});

describe('sentences', () => {
  it('end at a stop in front of space, with closing quotes', () => {
    expect(sentences('He said "it all works fine." Then he went home! Did he really? Yes he did.')).toEqual([
      'He said "it all works fine."',
      'Then he went home!',
      'Did he really? Yes he did.', // a short answer stays with its question
    ]);
  });

  it('do not end at abbreviations, initials, decimals, versions or list numbers', () => {
    for (const text of [
      'Use a splitter, e.g. this one, with care',
      'As Dr. Smith and J. R. Tolkien wrote of it',
      'It grew by 3.14 percent in version 2.0.1 alone',
      'See node.js and example.org for the rest',
      '12. The twelfth item of this list',
    ]) {
      expect(sentences(text)).toEqual([text]);
    }
  });

  it('end at CJK stops without space, closing brackets kept', () => {
    expect(
      sentences(
        '响应式系统会自动追踪依赖的变化并且更新视图。他说：「这一切都运行得非常好而且很快！」然后我们继续讨论下一个话题；它同样重要。',
      ),
    ).toEqual([
      '响应式系统会自动追踪依赖的变化并且更新视图。',
      '他说：「这一切都运行得非常好而且很快！」',
      '然后我们继续讨论下一个话题；它同样重要。',
    ]);
  });
});

describe('hostile input', () => {
  // Quadratic work on any of these would take hours, not seconds.
  const cases: Record<string, () => string> = {
    'one line of sentences': () => 'A sentence of some words here. '.repeat(200_000),
    'one line without spaces': () => 'QmFzZTY0'.repeat(500_000),
    'paragraphs of one character': () => 'a\n\n'.repeat(200_000),
    'only stops': () => '. '.repeat(500_000),
    'only closers': () => '."'.repeat(500_000),
    'one long gap': () => `a${' '.repeat(1_000_000)}b`,
  };
  for (const [name, make] of Object.entries(cases)) {
    it(`is chunked in linear work: ${name}`, () => {
      const text = make();
      for (const strategy of ['text', 'markdown'] as const) {
        const chunks = CHUNKERS[strategy].chunk(
          text,
          charParams({ max_chars: 1200, min_chars: 200, overlap_chars: 0 }),
        );
        for (const chunk of chunks) expect(chunk.text.length).toBeLessThanOrEqual(1200);
      }
    });
  }

  const markdown: Record<string, () => string> = {
    'nested quotes': () => `${'> '.repeat(20_000)}a\n`.repeat(3),
    'nested lists': () => Array.from({ length: 2_000 }, (_, i) => `${'  '.repeat(i)}- a`).join('\n'),
    'open brackets': () => '[a'.repeat(300_000),
    'an endless tag': () => '<a b="c" '.repeat(300_000),
    'headings without text': () => '# a\n\n'.repeat(50_000),
    'an open fence': () => `\`\`\`\n${'x = 1\n'.repeat(100_000)}`,
    'an endless table': () => `|a|b|\n|-|-|\n${'|x|y|\n'.repeat(100_000)}`,
  };
  for (const [name, make] of Object.entries(markdown)) {
    it(`is chunked in linear work: ${name}`, () => {
      const text = make();
      const chunks = CHUNKERS.markdown.chunk(
        text,
        charParams({ max_chars: 1200, min_chars: 200, overlap_chars: 0 }),
      );
      expect(chunks.length).toBeGreaterThan(0);
    });
  }
});
