/** The caches that environments share: opened when they are first asked for, deletable at any time. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../domain/ports/clock.js';
import type { EmbeddingCache } from '../../domain/ports/embedder.js';
import type { StatCache } from '../../domain/ports/source.js';
import type { Warning } from '../../domain/warning.js';
import type { PageCache } from '../../sources/http/page-cache.js';

export interface CachesOptions {
  readonly folder: string;
  /** A cache that is there is of use; where there is none, none is left behind. */
  readonly temporary: boolean;
  readonly clock: Clock;
  readonly onWarning: (warning: Warning) => void;
}

export class Caches {
  readonly #options: CachesOptions;
  #temporary: string | undefined;
  #embeddings: EmbeddingCache | undefined;
  #stats: StatCache | undefined;
  #pages: PageCache | undefined;

  constructor(options: CachesOptions) {
    this.#options = options;
  }

  async embeddings(): Promise<EmbeddingCache> {
    if (this.#embeddings === undefined) {
      const { openEmbeddingCache } = await import('../../embedding/embedding-cache.js');
      const { onWarning } = this.#options;
      this.#embeddings = openEmbeddingCache(this.#file('embeddings.db'), { onWarning });
    }
    return this.#embeddings;
  }

  async stats(): Promise<StatCache> {
    if (this.#stats === undefined) {
      const { openStatCache } = await import('../../recorded/stat-cache.js');
      this.#stats = openStatCache(this.#file('stat.db'), this.#options.clock);
    }
    return this.#stats;
  }

  async pages(): Promise<PageCache> {
    if (this.#pages === undefined) {
      const { openPageCache } = await import('../../sources/http/page-cache.js');
      this.#pages = openPageCache(this.#file('pages.db'));
    }
    return this.#pages;
  }

  /** Each is closed, and what is temporary removed, also when another fails to. */
  close(): void {
    // Never throws.
    this.#pages?.close();
    this.#pages = undefined;
    try {
      this.#stats?.close();
    } finally {
      try {
        this.#embeddings?.close();
      } finally {
        if (this.#temporary !== undefined) rmSync(this.#temporary, { recursive: true, force: true });
      }
    }
    this.#stats = undefined;
    this.#embeddings = undefined;
    this.#temporary = undefined;
  }

  #file(name: string): string {
    const { folder, temporary } = this.#options;
    if (!temporary || existsSync(folder)) return join(folder, name);
    this.#temporary ??= mkdtempSync(join(tmpdir(), 'ingest-cache-'));
    return join(this.#temporary, name);
  }
}
