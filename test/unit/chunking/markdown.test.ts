import { describe, expect, it } from 'vitest';
import { charParams } from '../../../src/chunking/chunk-params.js';
import { CHUNKERS } from '../../../src/chunking/chunkers.js';
import { codePointLength } from '../../../src/domain/text.js';

const params = { max_chars: 1200, min_chars: 200, overlap_chars: 0 };

function chunk(text: string, limits: Partial<typeof params> = {}) {
  return CHUNKERS.markdown.chunk(text, charParams({ ...params, ...limits }));
}

function texts(text: string, limits: Partial<typeof params> = {}): string[] {
  return chunk(text, limits).map((piece) => piece.text);
}

const filler = (name: string, size: number) => `${name} `.repeat(Math.ceil(size / (name.length + 1))).trim();

describe('sections', () => {
  it('puts the heading path in front and gives the lines of the body', () => {
    expect(chunk('# Guide\n\nHello.\n\n## Install\n\nRun it.\nTwice.\n')).toEqual([
      { text: 'Guide\n\nHello.', first_line: 3, last_line: 3, heading_path: ['Guide'] },
      {
        text: 'Guide > Install\n\nRun it.\nTwice.',
        first_line: 7,
        last_line: 8,
        heading_path: ['Guide', 'Install'],
      },
    ]);
  });

  it('never joins across headings, however small', () => {
    expect(texts('## A\n\na\n\n## B\n\nb')).toEqual(['A\n\na', 'B\n\nb']);
  });

  it('text in front of the first heading has no path', () => {
    expect(chunk('Hello.\n\n# A\n\na')[0]).toMatchObject({ text: 'Hello.', heading_path: [] });
  });

  it('knows setext headings, and none in fences or HTML', () => {
    expect(texts('Title\n=====\n\na\n\n```sh\n# not a heading\n```\n\n<pre>\n# nor this\n</pre>')).toEqual([
      'Title\n\na\n\n```sh\n# not a heading\n```\n\n<pre>\n# nor this\n</pre>',
    ]);
  });

  it('a deeper heading leaves the path when a higher one comes, also where levels are skipped', () => {
    const paths = chunk('# A\n\n#### D\n\nd\n\n## B\n\nb\n\n# C\n\nc').map((piece) => piece.heading_path);
    expect(paths).toEqual([['A', 'D'], ['A', 'B'], ['C']]);
  });

  it('a bare heading is a chunk only where nothing stands below it', () => {
    expect(chunk('# Log\n\n## Added\n\n## Fixed\n\nA bug.\n')).toEqual([
      { text: 'Log > Added', first_line: 3, last_line: 3, heading_path: ['Log', 'Added'] },
      { text: 'Log > Fixed\n\nA bug.', first_line: 7, last_line: 7, heading_path: ['Log', 'Fixed'] },
    ]);
  });

  it('a section that holds only a rule is a bare heading', () => {
    expect(texts('# A\n\n---\n\n# B\n\nb')).toEqual(['A', 'B\n\nb']);
  });

  it('shows titles as a reader sees them, without markup and anchors', () => {
    const [piece] = chunk(
      '## The `ref` of [Vue](https://vuejs.org) \\<a> <sup class="x">3.4+</sup> {#ref}\n\na',
    );
    expect(piece?.heading_path).toEqual(['The ref of Vue <a> 3.4+']);
  });

  it('an anchor that changes makes no new chunk', () => {
    expect(texts('# A {#a}\n\nx')).toEqual(texts('# A {#b}\n\nx'));
  });

  it('a paragraph above a rule without a blank line stays body text', () => {
    const long = filler('word', 300);
    expect(texts(`${long}\n---\n\nrest`)).toEqual([`${long}\n---\n\nrest`]);
  });

  it('keeps lines without a token of their own: link definitions', () => {
    expect(texts('a\n\n[docs]: https://example.org\n\nb')).toEqual(['a\n\n[docs]: https://example.org\n\nb']);
  });

  it('counts lines by LF, CRLF and lone CR alike', () => {
    for (const eol of ['\n', '\r\n', '\r']) {
      expect(chunk(['# A', '', 'a', '', '# B', '', 'b'].join(eol)).map((piece) => piece.first_line)).toEqual([
        3, 7,
      ]);
    }
  });

  it('an empty document has no chunk', () => {
    for (const text of ['', '\n\n', '  \t\n', '---\n', '***']) expect(texts(text)).toEqual([]);
  });
});

describe('large sections', () => {
  it('packs whole blocks and joins small ones', () => {
    const blocks = [filler('alpha', 500), 'Short.', filler('beta', 500), filler('gamma', 600)];
    const pieces = texts(blocks.join('\n\n'));
    expect(pieces.length).toBe(2);
    expect(pieces.join('\n\n')).toBe(blocks.join('\n\n'));
  });

  it('keeps an announcement with the fence that it announces', () => {
    const fence = `\`\`\`js\n${filler('code', 500)}\n\`\`\``;
    const document = [
      filler('alpha', 400),
      filler('beta', 300),
      'Like this:',
      fence,
      filler('gamma', 300),
    ].join('\n\n');
    const pieces = texts(document);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.some((piece) => piece.includes(`Like this:\n\n${fence}`))).toBe(true);
  });

  it('never splits a fence or table that fits', () => {
    const fence = `\`\`\`\n${'line of code\n'.repeat(80)}\`\`\``;
    const table = `| a | b |\n|---|---|\n${'| row | cell |\n'.repeat(60)}`.trim();
    const pieces = texts(
      [filler('alpha', 700), fence, filler('beta', 700), table, filler('gamma', 700)].join('\n\n'),
    );
    expect(pieces.filter((piece) => piece.includes(fence))).toHaveLength(1);
    expect(pieces.filter((piece) => piece.includes(table))).toHaveLength(1);
  });

  it('never splits a fence that fits, also inside a list item that does not', () => {
    const fence = `  \`\`\`js\n${'  line of code\n'.repeat(60)}  \`\`\``;
    const pieces = texts(`- ${filler('alpha', 900)}\n\n${fence}\n\n  ${filler('beta', 600)}\n- next`);
    expect(pieces.filter((piece) => piece.includes(fence))).toHaveLength(1);
  });

  it('splits a larger fence by lines, each piece a fence of its own', () => {
    const lines = Array.from({ length: 200 }, (_, i) => `const value${i} = compute(${i});`);
    const pieces = chunk(`# A\n\n~~~~js title\n${lines.join('\n')}\n~~~~\n`);
    expect(pieces.length).toBeGreaterThan(4);
    const kept = pieces.flatMap((piece) => {
      const body = piece.text.slice('A\n\n'.length);
      expect(body.startsWith('~~~~js title\n')).toBe(true);
      expect(body.endsWith('\n~~~~')).toBe(true);
      expect(codePointLength(body)).toBeLessThanOrEqual(1200);
      return body.split('\n').slice(1, -1);
    });
    expect(kept).toEqual(lines);
    expect(pieces[0]?.first_line).toBe(3);
    expect(pieces.at(-1)?.last_line).toBe(204);
  });

  it('closes a fence that the author left open', () => {
    const pieces = texts(`\`\`\`\n${'some line of text\n'.repeat(150)}`);
    expect(pieces.length).toBeGreaterThan(1);
    for (const piece of pieces.slice(0, -1)) expect(piece).toMatch(/^```\n[\s\S]*\n```$/);
  });

  it('splits a larger table by rows and repeats its header', () => {
    const rows = Array.from({ length: 120 }, (_, i) => `| option-${i} | what number ${i} does |`);
    const header = '| name | meaning |\n|------|---------|';
    const pieces = texts(`${header}\n${rows.join('\n')}`);
    expect(pieces.length).toBeGreaterThan(2);
    const kept = pieces.flatMap((piece) => {
      expect(piece.startsWith(`${header}\n`)).toBe(true);
      return piece.split('\n').slice(2);
    });
    expect(kept).toEqual(rows);
  });

  it('splits a long list between its top-level items', () => {
    const items = Array.from({ length: 60 }, (_, i) => `- item ${i} ${filler('text', 40)}\n  - nested ${i}`);
    for (const piece of texts(items.join('\n'))) expect(piece).toMatch(/^- item [\s\S]* nested \d+$/);
  });

  it('splits a long paragraph between sentences', () => {
    const sentences = Array.from({ length: 80 }, (_, i) => `Sentence number ${i} says a little, e.g. this.`);
    const pieces = texts(sentences.join(' '));
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) expect(piece).toMatch(/^Sentence number .* this\.$/);
  });

  it('the heading path is the same for all pieces of a section', () => {
    const pieces = chunk(
      `# A\n\n## B\n\n${Array.from({ length: 30 }, (_, i) => filler(`w${i}`, 200)).join('\n\n')}`,
    );
    expect(pieces.length).toBeGreaterThan(3);
    for (const piece of pieces) expect(piece.heading_path).toEqual(['A', 'B']);
  });
});

describe('overlap', () => {
  const sentences = Array.from({ length: 40 }, (_, i) => `This is the sentence with number ${i}.`);
  const paragraphs = Array.from({ length: 10 }, (_, i) => sentences.slice(i * 4, i * 4 + 4).join(' '));

  it('repeats the end of the piece before from a sentence on, within the section only', () => {
    const pieces = texts(`# A\n\n${paragraphs.join('\n\n')}\n\n# B\n\nb`, {
      max_chars: 500,
      overlap_chars: 90,
    });
    const plain = texts(`# A\n\n${paragraphs.join('\n\n')}\n\n# B\n\nb`, { max_chars: 500 });
    expect(pieces.length).toBe(plain.length);
    expect(pieces.at(-1)).toBe('B\n\nb');
    pieces.slice(1, -1).forEach((piece, index) => {
      const own = plain[index + 1]?.slice('A\n\n'.length) ?? '';
      const repeated = piece.slice('A\n\n'.length, piece.length - own.length).trimEnd();
      expect(piece.endsWith(own)).toBe(true);
      expect(repeated).toMatch(/^This is .*\.$/);
      expect(repeated.length).toBeLessThanOrEqual(90);
      expect(plain[index]?.endsWith(repeated)).toBe(true);
    });
  });

  it('leaves the lines as they are without it', () => {
    const lines = (overlap_chars: number) =>
      chunk(paragraphs.join('\n\n'), { max_chars: 500, overlap_chars }).map((piece) => [
        piece.first_line,
        piece.last_line,
      ]);
    expect(lines(100)).toEqual(lines(0));
  });

  it('never repeats a part of a fence', () => {
    const fence = `\`\`\`\n${'some line of code\n'.repeat(20)}\`\`\``;
    const pieces = texts([paragraphs[0], fence, paragraphs[1], paragraphs[2]].join('\n\n'), {
      max_chars: 400,
      overlap_chars: 60,
    });
    for (const piece of pieces) expect((piece.match(/```/g)?.length ?? 0) % 2).toBe(0);
  });
});
