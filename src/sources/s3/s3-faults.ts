/** What went wrong with a bucket, in words for people. Told by codes, never by what a server writes. */
import { HttpFailure } from '../../platform/http.js';

export const CHANGED = 'it has changed since it was listed';

/** By S3's own error codes. */
const FAULTS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'the bucket does not exist',
  InvalidBucketName: 'no bucket can have this name',
  AccessDenied: 'access is denied: reading needs s3:ListBucket on the bucket and s3:GetObject on its objects',
  AllAccessDisabled: 'access to it is disabled',
  AccountProblem: 'something is wrong with the account',
  InvalidAccessKeyId: 'the access key is not known there',
  SignatureDoesNotMatch: 'the signature is refused: the secret key is wrong',
  ExpiredToken: 'the session token has expired',
  InvalidToken: 'the session token is refused',
  TokenRefreshRequired: 'the session token must be renewed',
  RequestTimeTooSkewed: 'the clock of this machine is too far off',
  CredentialsProviderError: 'no credentials were found in the environment or the AWS configuration',
  InvalidObjectState: 'it is archived; restore it first',
  SlowDown: 'the server asks to be asked less often',
  NoSuchKey: 'it has vanished since it was listed',
  NoSuchVersion: 'it has vanished since it was listed',
  PreconditionFailed: CHANGED,
};

/** Where the bucket lies in another region than was asked. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

interface ServiceFault {
  readonly name?: unknown;
  readonly Region?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

export function describeS3Fault(error: unknown): string {
  const fault = error as ServiceFault;
  const name = String(fault.name ?? '');
  const status = fault.$metadata?.httpStatusCode;
  if (ELSEWHERE.has(name) || status === 301) {
    const region = fault.$response?.headers?.['x-amz-bucket-region'] ?? fault.Region;
    return typeof region === 'string' && /^[a-z0-9-]{2,40}$/.test(region)
      ? `the bucket lies in another region: write region: ${region}`
      : 'the bucket lies in another region, or behind another endpoint';
  }
  const known = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
  if (known !== undefined) return known;
  const failure = httpFailureIn(error);
  if (failure !== undefined) return failure.message;
  if (status === 403) return FAULTS['AccessDenied'] ?? '';
  if (status === 412) return FAULTS['PreconditionFailed'] ?? '';
  const code = /^[A-Za-z0-9]{1,60}$/.test(name) ? name : 'no code';
  return status === undefined ? `no answer (${code})` : `the server answers ${status} (${code})`;
}

/** The connection's own failure, which the client wraps. */
export function httpFailureIn(error: unknown): HttpFailure | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof HttpFailure) return at;
  }
  return undefined;
}
