/** What sources need of the world beyond the disk. */
import type { Clock } from '../domain/ports/clock.js';
import type { Environment } from '../platform/choose-proxy.js';
import type { PageCache } from './http/page-cache.js';

export interface SourceContext {
  /** Where proxies are named. */
  readonly env: Environment;
  readonly clock: Clock;
  /** Of the run: what waits for an answer stops when it is aborted. */
  readonly signal: AbortSignal;
  /** What is known of pages, opened when it is first asked for. */
  readonly pages: () => Promise<PageCache>;
}
