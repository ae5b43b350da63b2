import fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ChunkParams, tokenParams } from '../../../src/chunking/chunk-params.js';
import { CHUNKERS } from '../../../src/chunking/chunkers.js';
import type { Measure } from '../../../src/chunking/measure.js';
import { encodingTokenizer, fileTokenizer } from '../../../src/chunking/tokens/tokenizer.js';
import { anyBlock, apply, edit, newTexts, paragraph } from './random-documents.js';

let o200k: Measure;
beforeAll(async () => {
  o200k = await encodingTokenizer('o200k_base').load();
});

function sizes(max_tokens: number, min_tokens = 10, overlap_tokens = 0): ChunkParams {
  return tokenParams({ max_tokens, min_tokens, overlap_tokens }, o200k);
}

/** As the vendor counts the text that is sent. */
const real = (text: string): number => countTokens(text, { disallowedSpecial: new Set() });

describe('counting', () => {
  it('agrees with the encoding for ordinary text', () => {
    for (const text of [
      '',
      'a',
      'The quick brown fox.\n\n- jumps',
      '日本語テキスト',
      'const a = { b: 1 };\n\treturn a;',
    ]) {
      expect(o200k.size(text)).toBe(real(text));
    }
  });

  it('what looks like a special token is text', async () => {
    expect(o200k.size('<|endoftext|>')).toBeGreaterThan(1);
    const cl100k = await encodingTokenizer('cl100k_base').load();
    expect(cl100k.size('<|endoftext|> <|im_start|>')).toBeGreaterThan(2);
  });

  it('long runs are counted in parts: nearly the same number, in a bounded time', () => {
    for (const piece of ['a', ' ', '=', '漢', '\n', '😀']) {
      const size = o200k.size(piece.repeat(200_000));
      expect(size).toBeGreaterThan(1_000);
    }
    const run = 'antidisestablishmentarianism'.repeat(40);
    expect(Math.abs(o200k.size(run) - real(run))).toBeLessThan(20);
  });
});

describe('sizes in tokens', () => {
  const hostile = fc.oneof(
    { weight: 5, arbitrary: anyBlock },
    fc.string({ unit: 'grapheme', minLength: 20, maxLength: 400 }),
    fc.string({ unit: 'binary', minLength: 20, maxLength: 300 }),
    fc.constantFrom(
      '<|endoftext|>',
      'x'.repeat(900),
      '\u0301'.repeat(300),
      '😀👩‍👩‍👧'.repeat(60),
      '- '.repeat(200),
      '漢字かな'.repeat(90),
    ),
  );

  it.each(['markdown', 'text', 'code', 'rows'] as const)('no body of %s has more than max', (strategy) => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 12 }), fc.integer({ min: 16, max: 200 }), (blocks, max) => {
        const text = blocks.join('\n\n').toWellFormed();
        for (const chunk of CHUNKERS[strategy].chunk(text, sizes(max), undefined)) {
          const path = chunk.heading_path.join(' > ');
          if (chunk.text === path) continue;
          const body = path === '' ? chunk.text : chunk.text.slice(path.length + 2);
          expect(real(body)).toBeLessThanOrEqual(max);
          expect(body.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('chunks come near to max: sizes are not guessed', () => {
    const text = fc.sample(paragraph, { numRuns: 120, seed: 7 }).join('\n\n');
    const found = CHUNKERS.text.chunk(text, sizes(120)).map((chunk) => real(chunk.text));
    expect(found.length).toBeGreaterThan(10);
    expect(found.reduce((sum, size) => sum + size) / found.length).toBeGreaterThan(55);
  });

  it('an edit makes few new chunks', () => {
    fc.assert(
      fc.property(
        fc.array(paragraph, { minLength: 60, maxLength: 90 }),
        edit(paragraph),
        (blocks, change) => {
          const texts = (all: readonly string[]): string[] =>
            CHUNKERS.text.chunk(all.join('\n\n'), sizes(300, 50)).map((chunk) => chunk.text);
          expect(newTexts(texts(blocks), texts(apply(blocks, change))).length).toBeLessThanOrEqual(10);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('an overlap repeats at most so many tokens', () => {
    const text = fc.sample(paragraph, { numRuns: 60, seed: 3 }).join('\n\n');
    const plain = CHUNKERS.text.chunk(text, sizes(120, 40));
    const overlapping = CHUNKERS.text.chunk(text, sizes(120, 40, 30));
    expect(overlapping.length).toBe(plain.length);
    let repeated = 0;
    overlapping.forEach((chunk, index) => {
      const own = plain[index]?.text ?? '';
      expect(chunk.text.endsWith(own)).toBe(true);
      const more = chunk.text.slice(0, chunk.text.length - own.length).trimEnd();
      expect(real(more)).toBeLessThanOrEqual(30);
      if (more !== '') repeated++;
    });
    expect(repeated).toBeGreaterThan(5);
  });
});

const WORD_PIECE = JSON.stringify({
  version: '1.0',
  added_tokens: [
    {
      id: 0,
      content: '[UNK]',
      special: true,
      normalized: false,
      lstrip: false,
      rstrip: false,
      single_word: false,
    },
  ],
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: null,
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[UNK]': 0, hello: 1, world: 2, '##s': 3, '.': 4 },
  },
});

describe('a tokenizer.json', () => {
  const file = { name: 'tokenizer.json', sha256: 'abc', json: WORD_PIECE };

  it('counts as the model does', async () => {
    const measure = await fileTokenizer(file).load();
    expect(measure.size('Hello worlds.')).toBe(4);
    expect(measure.size('[CLS] hello')).toBeGreaterThan(1);
  });

  it('bounds what the model calls one word, or nothing', async () => {
    const measure = await fileTokenizer(file).load();
    for (const text of ['x'.repeat(10_000), ' '.repeat(10_000)])
      expect(measure.size(text)).toBeGreaterThan(100);
  });

  it('is known by its content, wherever it lies', () => {
    expect(fileTokenizer({ ...file, name: 'other.json' }).name).toBe(fileTokenizer(file).name);
    expect(fileTokenizer({ ...file, sha256: 'def' }).name).not.toBe(fileTokenizer(file).name);
  });

  it.each(['', 'null', '{}', '[]', '{"model": 1}', '{"model": {"type": "Nonsense"}}', '\u0000PNG'])(
    'that is none is an error with advice: %j',
    async (json) => {
      await expect(fileTokenizer({ ...file, json }).load()).rejects.toMatchObject({ code: 'E119' });
    },
  );
});
