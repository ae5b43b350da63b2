/** Failures of a connection that are told apart by class and code, never by their words. */

/** The proxy gave an answer of its own, or none: nothing reached the server. */
export class ProxyFailure extends Error {
  /** Of its answer to CONNECT; undefined when it could not be reached. */
  readonly status: number | undefined;

  constructor(proxy: string, status: number | undefined, cause?: unknown) {
    const why =
      status === undefined ? `cannot be reached (${codeOf(cause) ?? 'no code'})` : `answers ${status}`;
    super(`the proxy ${proxy} ${why}`, cause === undefined ? undefined : { cause });
    this.name = 'ProxyFailure';
    this.status = status;
  }

  /** A gateway's 5xx passes; what a proxy forbids, or wants a password for, does not. */
  get isFinal(): boolean {
    return this.status !== undefined && this.status < 500 && this.status !== 429;
  }
}

/** What a server's certificate, or ours, can be refused for; the code is Node's, or OpenSSL's. */
const CERTIFICATES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate was revoked',
  CERT_UNTRUSTED: 'its certificate is not trusted',
  CERT_REJECTED: 'its certificate was rejected',
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
  CERT_CHAIN_TOO_LONG: 'the chain of its certificates is too long',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that is not known here',
  INVALID_CA: 'its certificate comes from one that may not sign certificates',
  HOSTNAME_MISMATCH: 'its certificate is for another host',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what answers there does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what answers there does not speak TLS',
  ERR_SSL_HTTP_REQUEST: 'what answers there does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks only a version of TLS that is no longer safe',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it refuses the version of TLS',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it asks for a client certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not accept the client certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it does not accept the client certificate',
  'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE': 'it does not accept the client certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'it says that the client certificate has expired',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'it does not accept the client certificate',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'it refuses the handshake, often for want of a client certificate',
};

/** Codes of failures in which nothing was sent. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export function isNotSent(code: string | undefined): boolean {
  return code !== undefined && NOT_SENT.has(code);
}

/** Why the certificate of either side is refused, by code: nothing was sent, and trying again cannot help. */
export function certificateFault(code: string | undefined): string | undefined {
  return code === undefined || !Object.hasOwn(CERTIFICATES, code)
    ? undefined
    : `${CERTIFICATES[code]} (${code})`;
}

/** fetch wraps what happened; a proxy's failure lies somewhere along the chain of causes. */
export function proxyFailureIn(error: unknown): ProxyFailure | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof ProxyFailure) return at;
  return undefined;
}

/** The first error with a code along the chain of causes; of several addresses that failed the first. */
export function codedError(error: unknown): (Error & { readonly code: string }) | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at as Error & { readonly code: string };
    if (at instanceof AggregateError && at.errors.length > 0) return codedError(at.errors[0]);
  }
  return undefined;
}

export function codeOf(error: unknown): string | undefined {
  return codedError(error)?.code;
}
