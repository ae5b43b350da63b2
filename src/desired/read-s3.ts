/** A source of type `s3` as it is declared -> as the rest works with it. */
import type { S3Credentials, S3Source } from '../domain/source-spec.js';
import { DEFAULTS } from './defaults.js';
import { lazySecret, type Variables } from './interpolate.js';
import type { RawS3Source } from './raw-manifest.js';

export function readS3(
  raw: RawS3Source,
  env: Variables,
): Omit<S3Source, 'id' | 'contract' | 'metadata' | 'load'> {
  const { bucket, endpoint, region, include = [], exclude = [] } = raw;
  const folder = (raw.prefix ?? '').replace(/^\/+|\/+$/g, '');
  return {
    type: 's3',
    bucket,
    prefix: folder === '' ? '' : `${folder}/`,
    endpoint,
    region,
    // What is not Amazon's seldom has a host name for each bucket.
    path_style: raw.path_style ?? endpoint !== undefined,
    include,
    exclude,
    credentials: raw.anonymous === true ? 'none' : (readKeys(raw, env) ?? 'default'),
    timeout_ms: raw.timeout_ms ?? DEFAULTS.remoteSource.timeout_ms,
  };
}

function readKeys(raw: RawS3Source, env: Variables): S3Credentials | undefined {
  const { access_key_id, secret_access_key, session_token } = raw;
  if (access_key_id === undefined || secret_access_key === undefined) return undefined;
  const secret = (text: string, key: string) => lazySecret(text, env, 'E109', `${key} of source ${raw.id}`);
  return {
    access_key_id: secret(access_key_id, 'access_key_id'),
    secret_access_key: secret(secret_access_key, 'secret_access_key'),
    session_token: session_token === undefined ? undefined : secret(session_token, 'session_token'),
  };
}
