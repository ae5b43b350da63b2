import { describe, expect, it } from 'vitest';
import { CHUNKERS, chunker, chunkerVersion, resolveStrategy } from '../../../src/chunking/chunkers.js';
import { type ChunkOrigin, identifyChunks } from '../../../src/chunking/prepare-chunks.js';
import type { TextChunk } from '../../../src/domain/document.js';
import { IngestError } from '../../../src/domain/errors.js';
import { structureHash } from '../../../src/domain/hashing.js';

function piece(text: string, first_line = 1): TextChunk {
  return { text, first_line, last_line: first_line, heading_path: ['A', 'B'] };
}

function identify(chunks: readonly TextChunk[], differs: Partial<ChunkOrigin> = {}) {
  return identifyChunks({
    manifestId: 'docs',
    uri: 'handbook/a.md',
    chunks,
    place: { first_line: 1 },
    documentMetadata: { title: 'T', 'owner.team': 'docs' },
    contentSha256: 'c'.repeat(64),
    chunkRecipe: 'r'.repeat(32),
    gateRecipe: 'g'.repeat(32),
    version: undefined,
    ...differs,
  });
}

describe('identifyChunks', () => {
  it('gives every chunk the same reserved keys beside the user metadata, and hashes what it stores', () => {
    const [chunk] = identify([piece('hello', 3)], { place: { first_line: 5 } });
    expect(chunk?.metadata).toEqual({
      title: 'T',
      'owner.team': 'docs',
      ingest_manifest_id: 'docs',
      ingest_uri: 'handbook/a.md',
      ingest_content_sha256: 'c'.repeat(64),
      ingest_text_sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      ingest_chunk_recipe: 'r'.repeat(32),
      ingest_gate_recipe: 'g'.repeat(32),
      ingest_ordinal: 0,
      ingest_n_chunks: 1,
      ingest_line_start: 7,
      ingest_line_end: 7,
      ingest_heading_path: 'A > B',
    });
    expect(chunk?.metadata_sha256).toBe(structureHash(chunk?.metadata));
  });

  it('has an empty heading path, not a missing one, where there is none', () => {
    const [chunk] = identify([{ text: 'a', first_line: 1, last_line: 1, heading_path: [] }]);
    expect(chunk?.metadata['ingest_heading_path']).toBe('');
  });

  it('a chunk that moves keeps its id and gets other metadata', () => {
    const before = identify([piece('one', 1), piece('two', 3)]);
    const after = identify([piece('zero', 1), piece('one', 3), piece('two', 5)]);
    expect(after[1]?.id).toBe(before[0]?.id);
    expect(after[2]?.id).toBe(before[1]?.id);
    expect(after[1]?.metadata_sha256).not.toBe(before[0]?.metadata_sha256);
  });

  it('equal texts of one document have different ids', () => {
    const chunks = identify([piece('same'), piece('same'), piece('same')]);
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(3);
    expect(new Set(chunks.map((chunk) => chunk.text_sha256)).size).toBe(1);
  });

  it('equal texts of other documents and manifests have other ids', () => {
    const ids = [
      identify([piece('same')]),
      identify([piece('same')], { uri: 'handbook/b.md' }),
      identify([piece('same')], { manifestId: 'other' }),
    ].map((chunks) => chunks[0]?.id);
    expect(new Set(ids).size).toBe(3);
  });

  it('chunks without a token are not made and not counted', () => {
    const silent = ['', ' \n', '---', '* * *', '…——！？', '```\n```', '|---|\n|---|', '\u200b\ufeff'];
    const chunks = identify([
      ...silent.map((text) => piece(text)),
      piece('a'),
      piece('好'),
      piece('→'),
      piece('🎉'),
    ]);
    expect(chunks.map((chunk) => chunk.text)).toEqual(['a', '好', '→', '🎉']);
    expect(chunks.map((chunk) => chunk.metadata['ingest_n_chunks'])).toEqual([4, 4, 4, 4]);
    expect(chunks.map((chunk) => chunk.ordinal)).toEqual([0, 1, 2, 3]);
  });
});

describe('chunker registry', () => {
  it('auto takes what fits the parser, a declared strategy stands for all', () => {
    expect(resolveStrategy('auto', 'markdown')).toBe('markdown');
    expect(resolveStrategy('auto', 'text')).toBe('text');
    expect(resolveStrategy('text', 'markdown')).toBe('text');
    expect(resolveStrategy('markdown', 'text')).toBe('markdown');
  });

  it('finds every chunker by the name and version that an index pins', () => {
    for (const name of ['markdown', 'text'] as const) {
      expect(chunker(name, chunkerVersion(name))).toBe(CHUNKERS[name]);
      expect(chunker(name, 1)).toMatchObject({ name, version: 1 });
    }
  });

  it('refuses a version that it does not have, with advice', () => {
    expect(() => chunker('markdown', 99)).toThrow(IngestError);
    expect(() => chunker('markdown', 99)).toThrow(/markdown version 99/);
  });
});
