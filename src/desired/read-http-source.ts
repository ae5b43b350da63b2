/** A source of type `http` as it is declared -> as the rest works with it. */
import type { HttpSource } from '../domain/source-spec.js';
import { DEFAULTS } from './defaults.js';
import { lazySecret, type Variables } from './interpolate.js';
import type { RawHttpSource } from './raw-manifest.js';

export function readHttpSource(
  raw: RawHttpSource,
  env: Variables,
): Omit<HttpSource, 'id' | 'contract' | 'metadata' | 'load'> {
  const { urls = [], sitemap, hosts = [], include = [], exclude = [], headers = {} } = raw;
  const secrets = Object.entries(headers).map(
    ([name, value]) => [name, lazySecret(value, env, 'E109', `header ${name} of source ${raw.id}`)] as const,
  );
  const { timeout_ms, max_concurrency, delay_ms } = { ...DEFAULTS.remoteSource, ...DEFAULTS.http };
  return {
    type: 'http',
    urls,
    sitemap,
    hosts,
    include,
    exclude,
    headers: Object.fromEntries(secrets),
    max_concurrency: raw.max_concurrency ?? max_concurrency,
    delay_ms: raw.delay_ms ?? delay_ms,
    timeout_ms: raw.timeout_ms ?? timeout_ms,
  };
}
