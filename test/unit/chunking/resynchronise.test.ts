import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { charParams } from '../../../src/chunking/chunk-params.js';
import { CHUNKERS } from '../../../src/chunking/chunkers.js';
import { anyBlock, apply, bodyBlock, edit, newTexts, paragraph, sentence } from './random-documents.js';

const params = charParams({ max_chars: 1200, min_chars: 200, overlap_chars: 0 });
/** However long the document is. */
const BOUND = 10;

function texts(strategy: 'markdown' | 'text', document: string): string[] {
  return CHUNKERS[strategy].chunk(document, params).map((chunk) => chunk.text);
}

describe('an edit makes few new chunks', () => {
  it('in a long section of mixed blocks', () => {
    fc.assert(
      fc.property(
        fc.array(bodyBlock, { minLength: 60, maxLength: 120 }),
        edit(bodyBlock),
        (blocks, change) => {
          const before = texts('markdown', ['# Title', ...blocks].join('\n\n'));
          const after = texts('markdown', ['# Title', ...apply(blocks, change)].join('\n\n'));
          expect(newTexts(before, after).length).toBeLessThanOrEqual(BOUND);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('in a plain text of many paragraphs', () => {
    fc.assert(
      fc.property(
        fc.array(paragraph, { minLength: 80, maxLength: 160 }),
        edit(paragraph),
        (blocks, change) => {
          const before = texts('text', blocks.join('\n\n'));
          const after = texts('text', apply(blocks, change).join('\n\n'));
          expect(newTexts(before, after).length).toBeLessThanOrEqual(BOUND);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('in one line of many sentences', () => {
    fc.assert(
      fc.property(
        fc.array(sentence, { minLength: 100, maxLength: 250 }),
        edit(sentence),
        (sentences, change) => {
          const before = texts('text', sentences.join(' '));
          const after = texts('text', apply(sentences, change).join(' '));
          expect(newTexts(before, after).length).toBeLessThanOrEqual(BOUND);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('in one line without any sentence or space', () => {
    const character = fc.integer({ min: 0x4e00, max: 0x9fa5 }).map((point) => String.fromCodePoint(point));
    const run = fc.array(character, { minLength: 10, maxLength: 40 }).map((list) => list.join(''));
    fc.assert(
      fc.property(fc.array(run, { minLength: 400, maxLength: 500 }), edit(run), (runs, change) => {
        const before = texts('text', runs.join(''));
        const after = texts('text', apply(runs, change).join(''));
        expect(before.length).toBeGreaterThan(2);
        expect(newTexts(before, after).length).toBeLessThanOrEqual(BOUND);
      }),
      { numRuns: 60 },
    );
  });

  it('and none in another section', () => {
    const section = fc.array(bodyBlock, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(section, section, edit(bodyBlock), section, (first, edited, change, last) => {
        const document = (middle: readonly string[]) =>
          ['# A', '## one', ...first, '## two', ...middle, '## three', ...last].join('\n\n');
        const before = texts('markdown', document(edited));
        const after = texts('markdown', document(apply(edited, change)));
        for (const text of newTexts(before, after)) expect(text).toMatch(/^A > two(\n|$)/);
      }),
      { numRuns: 100 },
    );
  });

  it('whatever is edited in a document with headings', () => {
    fc.assert(
      fc.property(fc.array(bodyBlock, { minLength: 20, maxLength: 60 }), edit(anyBlock), (blocks, change) => {
        const leaf = blocks.map((block, index) =>
          index % 5 === 0 ? `#### part ${index}\n\n${block}` : block,
        );
        const before = texts('markdown', leaf.join('\n\n'));
        const after = texts('markdown', apply(leaf, change).join('\n\n'));
        // A new h1 to h3 in front changes the paths of what stands below it only where they had none above.
        const bound =
          change.kind !== 'delete' && /^#{1,3} /.test(change.block) ? before.length + BOUND : BOUND;
        expect(newTexts(before, after).length).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 100 },
    );
  });

  it('also among equal blocks', () => {
    const blocks = Array.from({ length: 400 }, () => 'The same paragraph, again and again, word by word.');
    const before = texts('text', blocks.join('\n\n'));
    const after = texts('text', blocks.toSpliced(7, 0, 'One that is different.').join('\n\n'));
    expect(before.length).toBeGreaterThan(15);
    expect(newTexts(before, after).length).toBeLessThanOrEqual(BOUND);
  });
});
