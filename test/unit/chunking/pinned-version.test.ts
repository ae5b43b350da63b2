import { describe, expect, it } from 'vitest';
import { charParams } from '../../../src/chunking/chunk-params.js';
import { chunker } from '../../../src/chunking/chunkers.js';
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
