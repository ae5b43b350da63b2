/**
 * A server of objects at the level of the protocol, as far as sources use it: ListObjectsV2 in pages, GetObject with
 * If-Match, Signature Version 4, and the answers with which S3 refuses. It is not S3: what it cannot say, S3 might.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { type Breakdown, breaksDown, listenLocally, stopServer } from './local-server.js';

export interface StoredObject {
  readonly body: Buffer;
  readonly modified: Date;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface S3Fault {
  readonly status: number;
  readonly code: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Below <Error>. */
  readonly xml?: string;
  /** In place of <Error>. */
  readonly body?: string;
}

export const KEYS = {
  id: 'AKTESTACCESSKEY',
  secret: 'a-very-secret-key/with+signs',
  token: 'a-session-token',
};

export class S3Server {
  readonly bucket = 'docs';
  readonly objects = new Map<string, StoredObject>();
  /** `list`, `list <token>` and `get <key>` in the order in which they came, refused ones too. */
  readonly requests: string[] = [];
  url = '';
  pageSize = 1000;
  signed = true;
  /** Whether If-Match means anything to it. */
  conditions = true;
  /** Instead of an answer. */
  fault: (request: string) => S3Fault | Breakdown | undefined = () => undefined;
  /** Lists in this order instead of that of UTF-8 bytes. */
  order: (a: string, b: string) => number = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  readonly #server = createServer((request, response) => this.#answer(request, response));
  #saved = Date.parse('2026-01-01T00:00:00Z');

  static async start(): Promise<S3Server> {
    const server = new S3Server();
    server.url = await listenLocally(server.#server);
    return server;
  }

  put(key: string, content: string | Buffer, headers: Readonly<Record<string, string>> = {}): void {
    const body = Buffer.from(content);
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    this.#saved += 1000;
    this.objects.set(key, { body, modified: new Date(this.#saved), etag, headers });
  }

  /** What was asked for since the last call. */
  asked(): string[] {
    return this.requests.splice(0);
  }

  stop(): Promise<void> {
    return stopServer(this.#server);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const [, bucket = '', ...rest] = path.split('/');
    const key = rest.map(decodeURIComponent).join('/');
    const parameters = new URLSearchParams(query);
    const token = parameters.get('continuation-token');
    const asked = key === '' ? `list${token === null ? '' : ` ${token}`}` : `get ${key}`;
    this.requests.push(asked);
    const fault = this.fault(asked);
    if (breaksDown(fault, response)) return;
    const problem = fault ?? this.#refuse(request, path, query, bucket);
    if (problem !== undefined) refuse(response, problem);
    else if (key === '') this.#list(parameters, response);
    else this.#get(key, request, response);
  }

  #refuse(request: IncomingMessage, path: string, query: string, bucket: string): S3Fault | undefined {
    if (bucket !== this.bucket) return { status: 404, code: 'NoSuchBucket' };
    return this.signed ? verify(request, path, query) : undefined;
  }

  #list(parameters: URLSearchParams, response: ServerResponse): void {
    const prefix = parameters.get('prefix') ?? '';
    const from = Number(parameters.get('continuation-token') ?? 0);
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort(this.order);
    const page = keys.slice(from, from + this.pageSize);
    const more = from + page.length < keys.length;
    // As S3 does it: a space is a plus, a slash stays.
    const encode = (key: string): string =>
      encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
    const contents = page.map((key) => {
      const { body, etag, modified } = this.objects.get(key) as StoredObject;
      return `<Contents><Key>${encode(key)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>${etag.replaceAll('"', '&quot;')}</ETag><Size>${body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
    });
    const next = more ? `<NextContinuationToken>${from + page.length}</NextContinuationToken>` : '';
    sendXml(
      response,
      200,
      `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${this.bucket}</Name><EncodingType>url</EncodingType><KeyCount>${page.length}</KeyCount><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
    );
  }

  #get(key: string, request: IncomingMessage, response: ServerResponse): void {
    const found = this.objects.get(key);
    if (found === undefined) {
      refuse(response, { status: 404, code: 'NoSuchKey' });
      return;
    }
    const wanted = request.headers['if-match'];
    if (this.conditions && wanted !== undefined && wanted !== found.etag) {
      refuse(response, { status: 412, code: 'PreconditionFailed' });
      return;
    }
    response.writeHead(200, { 'content-length': found.body.length, etag: found.etag, ...found.headers });
    response.end(found.body);
  }
}

/** Stopped when the test ends. */
export async function s3Server(): Promise<S3Server> {
  const server = await S3Server.start();
  onTestFinished(() => server.stop());
  return server;
}

function refuse(response: ServerResponse, { status, code, headers = {}, xml = '', body }: S3Fault): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  sendXml(
    response,
    status,
    body ?? `<Error><Code>${code}</Code><Message>key ${KEYS.id} ${KEYS.secret}</Message>${xml}</Error>`,
  );
}

function sendXml(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
}

/** Signature Version 4 as the AWS documentation describes it, in as many steps. */
function verify(request: IncomingMessage, path: string, query: string): S3Fault | undefined {
  const { authorization = '', 'x-amz-date': date, 'x-amz-content-sha256': payload } = request.headers;
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (parts === null) return { status: 403, code: 'AccessDenied' };
  const [, id, day = '', region = '', names = '', signature = ''] = parts;
  if (id !== KEYS.id) return { status: 403, code: 'InvalidAccessKeyId' };
  const token = request.headers['x-amz-security-token'];
  if (token !== undefined && token !== KEYS.token) return { status: 400, code: 'InvalidToken' };
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const sorted = query.split('&').filter(Boolean).sort().join('&');
  const canonical = [request.method, path, sorted, headers.join(''), names, payload].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join(
    '\n',
  );
  const hmac = (key: string | Buffer, data: string): Buffer =>
    createHmac('sha256', key).update(data).digest();
  const signing = [region, 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${KEYS.secret}`, day));
  return timingSafeEqual(hmac(signing, text), Buffer.from(signature, 'hex'))
    ? undefined
    : { status: 403, code: 'SignatureDoesNotMatch' };
}
