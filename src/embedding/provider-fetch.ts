/** How providers reach their servers: through the proxy that the environment names for each, if any. */
import { openOutbound } from '../platform/outbound.js';

export function providerFetch(
  env: Readonly<Record<string, string | undefined>>,
): (url: string) => Promise<typeof fetch> {
  return async (url) => (await openOutbound({ url, env, tls: undefined })).fetch;
}
