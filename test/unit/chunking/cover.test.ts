import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { charParams } from '../../../src/chunking/chunk-params.js';
import { CHUNKERS } from '../../../src/chunking/chunkers.js';
import type { TextChunk } from '../../../src/domain/document.js';
import { codePointLength, normaliseText } from '../../../src/domain/text.js';
import { anyBlock, bodyBlock, paragraph, tokens } from './random-documents.js';

const params = charParams({ max_chars: 600, min_chars: 100, overlap_chars: 0 });

function body(chunk: TextChunk): string {
  const path = chunk.heading_path.join(' > ');
  return path === '' ? chunk.text : chunk.text.slice(path.length + 2);
}

describe('chunks cover the text', () => {
  it('each is exactly its lines, and every line of text is in one of them', () => {
    // Blocks below max, so that nothing is cut inside a line or repeated.
    const small = bodyBlock.filter((block) => codePointLength(block) <= 250);
    const heading = fc.constantFrom('# One', '## Two', 'Setext\n---', '### Three `code`');
    const block = fc.oneof({ weight: 6, arbitrary: small }, { weight: 1, arbitrary: heading });
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 60 }), (blocks) => {
        const document = blocks.join('\n\n');
        const lines = document.split('\n');
        const covered = new Set<number>();
        let last = 0;
        for (const chunk of CHUNKERS.markdown.chunk(document, params)) {
          expect(chunk.first_line).toBeGreaterThan(last);
          last = chunk.last_line;
          for (let line = chunk.first_line; line <= last; line++) covered.add(line);
          const isHeadingAlone = chunk.text === chunk.heading_path.join(' > ');
          if (!isHeadingAlone) expect(body(chunk)).toBe(lines.slice(chunk.first_line - 1, last).join('\n'));
        }
        lines.forEach((line, index) => {
          const isHeading = /^#|^Setext$|^---$/.test(line);
          if (line !== '' && !isHeading) expect(covered.has(index + 1), line).toBe(true);
        });
      }),
    );
  });

  it('plain text keeps every word in order, whatever had to be cut', () => {
    const block = fc.oneof(paragraph, fc.string({ unit: 'binary', maxLength: 300 }), fc.constant('!?'));
    fc.assert(
      fc.property(fc.array(block, { maxLength: 30 }), fc.integer({ min: 20, max: 400 }), (blocks, max) => {
        const document = normaliseText(blocks.join('\n\n'));
        const chunks = CHUNKERS.text.chunk(document, { ...params, max, min: 10 });
        const kept = chunks.map((chunk) => chunk.text).join('');
        const letters = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '');
        expect(letters(kept)).toBe(letters(document));
      }),
    );
  });

  it('Markdown keeps every word in order; a torn fence or table only repeats its opening', () => {
    fc.assert(
      fc.property(fc.array(bodyBlock, { minLength: 1, maxLength: 40 }), (blocks) => {
        const document = blocks.join('\n\n');
        const own = (text: string) => tokens(text).filter((token) => /^[a-z]+\.?$/.test(token));
        const kept = CHUNKERS.markdown.chunk(document, { ...params, max: 200 }).flatMap((chunk) => {
          return own(chunk.text.replaceAll('| name | use |', '').replaceAll('```js', ''));
        });
        expect(kept).toEqual(own(document.replaceAll('| name | use |', '').replaceAll('```js', '')));
      }),
    );
  });

  it('no body is larger than max, and never a lone surrogate', () => {
    const block = fc.oneof(anyBlock, fc.string({ unit: 'grapheme', minLength: 50, maxLength: 400 }));
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 30 }),
        fc.integer({ min: 80, max: 500 }),
        fc.constantFrom('markdown' as const, 'text' as const),
        (blocks, max, strategy) => {
          const document = normaliseText(blocks.join('\n\n'));
          for (const chunk of CHUNKERS[strategy].chunk(document, { ...params, max, min: 40 })) {
            expect(chunk.text.isWellFormed()).toBe(true);
            const isHeadingAlone = chunk.text === chunk.heading_path.join(' > ');
            // A run of combining characters stays together, at the cost of a few code points.
            if (!isHeadingAlone) expect(codePointLength(body(chunk))).toBeLessThanOrEqual(max + 16);
          }
        },
      ),
    );
  });

  it('never throws and is deterministic, for any text at all', () => {
    const hostile = fc.array(
      fc.oneof(
        fc.constantFrom(
          '#',
          '>',
          '- ',
          '```',
          '|',
          '---',
          '\n',
          '\n\n',
          '<div',
          '<!--',
          '[',
          ']:',
          '\t',
          '1.',
          '\r',
        ),
        fc.string({ maxLength: 5 }),
      ),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 60 }), (parts, max) => {
        const text = parts.join('');
        for (const strategy of ['markdown', 'text'] as const) {
          const small = { ...params, max, min: 1, overlap: max >> 1 };
          const chunks = CHUNKERS[strategy].chunk(text, small);
          expect(CHUNKERS[strategy].chunk(text, small)).toEqual(chunks);
          for (const chunk of chunks) expect(chunk.first_line).toBeLessThanOrEqual(chunk.last_line);
        }
      }),
      { numRuns: 500 },
    );
  });
});
