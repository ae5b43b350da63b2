/** What embedding tests share: a clock that does not wait, a spec with everything at rest, requests. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddingSpec } from '../../src/domain/embedding-spec.js';
import { textSha256 } from '../../src/domain/identity.js';
import type { Clock } from '../../src/domain/ports/clock.js';
import type { EmbedRequest } from '../../src/domain/ports/embedder.js';

/** Sleeping takes no time and moves the clock; what was slept is kept. Randomness is a fixed 0.5. */
export class InstantClock implements Clock {
  readonly slept: number[] = [];
  #elapsed = 0;

  now(): number {
    return Date.UTC(2026, 0, 1) + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  random(): number {
    return 0.5;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    this.#elapsed += ms;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
}

export function embeddingSpec(overrides: Partial<EmbeddingSpec> = {}): EmbeddingSpec {
  return {
    provider: 'openai-compatible',
    model: 'test-model',
    base_url: undefined,
    api_key: undefined,
    headers: {},
    dimensions: undefined,
    revision: undefined,
    query_prefix: '',
    passage_prefix: '',
    normalise: false,
    price_per_million_tokens: undefined,
    batch_size: undefined,
    timeout_ms: 30_000,
    requests_per_minute: undefined,
    tokens_per_minute: undefined,
    max_concurrency: undefined,
    same_as: undefined,
    local: undefined,
    ...overrides,
  };
}

export function requestsFor(texts: readonly string[]): EmbedRequest[] {
  return texts.map((text) => ({ text, text_sha256: textSha256(text) }));
}

export function numbered(count: number, prefix = 'text'): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix} ${i}`);
}

/** First 16 hex of SHA-256 of the vector's float32 bytes. */
export function vectorHash(vector: Float32Array): string {
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** A folder that is removed when the test is over. */
export function temporaryFolder(onFinished: (cleanUp: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-embedding-'));
  onFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
