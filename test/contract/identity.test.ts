import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalJson, frameHash, structureHash } from '../../src/domain/hashing.js';
import {
  batchId,
  chunkId,
  chunkRecipe,
  contentSha256,
  documentUri,
  type EmbeddingIdentity,
  embeddingFingerprint,
  type GateInputs,
  gateRecipe,
  ID_SCHEME,
  SourceFingerprint,
  textSha256,
  vectorRecipe,
} from '../../src/domain/identity.js';
import { compareUtf8, normaliseText } from '../../src/domain/text.js';

interface Component {
  name: string;
  version: number;
}

interface Vectors {
  id_scheme: string;
  frames: { items: (string | number)[]; bytes_hex: string; sha256: string }[];
  canonical_json: { value: unknown; canonical: string; sha256: string }[];
  normalised_text: { name: string; text_utf16: string; normalised_utf16: string; sha256: string }[];
  order: { sorted: string[] };
  document_uri: { source_id: string; path: string; uri: string }[];
  chunk_id: {
    manifest_id: string;
    uri: string;
    text: string;
    text_sha256: string;
    occurrence: number;
    chunk_id: string;
  }[];
  source_fingerprint: { documents: { uri: string; content_sha256: string }[]; fingerprint: string }[];
  batch_id: { manifest_id: string; sources: { id: string; fingerprint: string }[]; batch_id: string }[];
  chunk_recipe: { parser: Component; chunker: Component; params: object; recipe: string }[];
  gate_recipe: { inputs: GateInputs; recipe: string }[];
  embedding: {
    identity: EmbeddingIdentity;
    embedding_fingerprint: string;
    vector_recipe: Record<string, string>;
  }[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../../contracts/identity.json', import.meta.url), 'utf8'),
) as Vectors;

/** From UTF-16 code units in big-endian hex. */
function fromUtf16(hex: string): string {
  const units = hex.match(/.{4}/g) ?? [];
  return units.map((unit) => String.fromCharCode(Number.parseInt(unit, 16))).join('');
}

describe('identity formats agree with contracts/identity.json', () => {
  it('has vectors for every format', () => {
    for (const list of Object.values(vectors)) expect(list.length ?? 1).toBeGreaterThan(0);
    expect(ID_SCHEME).toBe(vectors.id_scheme);
  });

  it.each(vectors.frames)('frames $items', ({ items, bytes_hex, sha256 }) => {
    const plain = createHash('sha256').update(Buffer.from(bytes_hex, 'hex')).digest('hex');
    expect(plain).toBe(sha256);
    expect(frameHash(...items)).toBe(sha256);
  });

  it.each(vectors.canonical_json)('canonical JSON $canonical', ({ value, canonical, sha256 }) => {
    expect(canonicalJson(value)).toBe(canonical);
    expect(structureHash(value)).toBe(sha256);
  });

  it.each(vectors.normalised_text)('normalised text: $name', ({ text_utf16, normalised_utf16, sha256 }) => {
    const text = normaliseText(fromUtf16(text_utf16));
    expect(text).toBe(fromUtf16(normalised_utf16));
    expect(contentSha256(text)).toBe(sha256);
    expect(textSha256(text)).toBe(sha256);
  });

  it('order is by UTF-8 bytes', () => {
    expect([...vectors.order.sorted].reverse().sort(compareUtf8)).toEqual(vectors.order.sorted);
    expect(compareUtf8('\u{1F600}', '\uFF5E')).toBeGreaterThan(0);
  });

  it.each(vectors.document_uri)('uri $uri', ({ source_id, path, uri }) => {
    expect(documentUri(source_id, path)).toBe(uri);
  });

  it.each(vectors.chunk_id)('chunk id $chunk_id', (vector) => {
    expect(textSha256(vector.text)).toBe(vector.text_sha256);
    expect(chunkId(vector.manifest_id, vector.uri, vector.text_sha256, vector.occurrence)).toBe(
      vector.chunk_id,
    );
  });

  it.each(vectors.source_fingerprint)('source fingerprint $fingerprint', ({ documents, fingerprint }) => {
    const hash = new SourceFingerprint();
    for (const document of documents) hash.add(document.uri, document.content_sha256);
    expect(hash.documents).toBe(documents.length);
    expect(hash.hex()).toBe(fingerprint);
  });

  it.each(vectors.batch_id)('batch id $batch_id', ({ manifest_id, sources, batch_id }) => {
    expect(batchId(manifest_id, sources)).toBe(batch_id);
  });

  it.each(vectors.chunk_recipe)('chunk recipe $recipe', ({ parser, chunker, params, recipe }) => {
    expect(chunkRecipe(parser, chunker, params)).toBe(recipe);
  });

  it.each(vectors.gate_recipe)('gate recipe $recipe', ({ inputs, recipe }) => {
    expect(gateRecipe(inputs)).toBe(recipe);
  });

  it.each(vectors.embedding)('embedding fingerprint $embedding_fingerprint', (vector) => {
    const fingerprint = embeddingFingerprint(vector.identity);
    expect(fingerprint).toBe(vector.embedding_fingerprint);
    for (const [space, recipe] of Object.entries(vector.vector_recipe)) {
      expect(vectorRecipe(fingerprint, space)).toBe(recipe);
    }
  });
});
