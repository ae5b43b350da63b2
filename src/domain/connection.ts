/** How a Chroma elsewhere is spoken to: certificates, patience, and what it takes in one request. */

export interface ConnectionSpec {
  readonly tls: TlsFiles | undefined;
  /** Milliseconds for one request with all its retries: after it the request can no longer be on its way. */
  readonly timeout_ms: number;
  readonly retries: RetrySpec;
  /** Where `limits` begin: at what a server of one's own takes, or at the quotas of Chroma Cloud. */
  readonly profile: 'server' | 'cloud';
  readonly limits: LimitsSpec;
}

/** Absolute paths of PEM files; read when the connection is opened, so that validate and status need none. */
export interface TlsFiles {
  readonly ca_file: string | undefined;
  readonly cert_file: string | undefined;
  readonly key_file: string | undefined;
}

/** How many more times a request is sent after a failure of each kind. Every other answer is final. */
export interface RetrySpec {
  /** No answer: no connection, a cut one, no answer in time. */
  readonly unreachable: number;
  /** 429; Retry-After is obeyed as far as the time of the request goes. */
  readonly rate_limit: number;
  /** 502, 503, 504. */
  readonly unavailable: number;
  /** 500, of which much will never pass; a query's is its verdict, and final. */
  readonly internal: number;
}

/** What is left out is as the profile says. Bytes are of UTF-8. */
export interface LimitsSpec {
  readonly write_records?: number;
  readonly write_bytes?: number;
  readonly read_records?: number;
  readonly document_bytes?: number;
  readonly id_bytes?: number;
  readonly metadata_keys?: number;
  readonly key_bytes?: number;
  readonly value_bytes?: number;
  readonly collection_value_bytes?: number;
}

/** Also that of an embedded Chroma. */
export const DEFAULT_CONNECTION: ConnectionSpec = {
  tls: undefined,
  timeout_ms: 60_000,
  retries: { unreachable: 3, rate_limit: 3, unavailable: 3, internal: 1 },
  profile: 'server',
  limits: {},
};
