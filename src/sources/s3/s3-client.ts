/** Listings and objects by the client of AWS, which is loaded with the first request. */
import type { ListObjectsV2CommandOutput, S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { IngestError } from '../../domain/errors.js';
import type { Secret } from '../../domain/secret.js';
import type { S3Source } from '../../domain/source-spec.js';
import { MAX_INPUT_BYTES } from '../parsing/input-bytes.js';
import type { SourceContext } from '../source-context.js';
import { type ListedObject, type ObjectStore, type ReadObject, StoreError } from './object-store.js';
import { CHANGED, describeS3Fault, httpFailureIn } from './s3-faults.js';
import { createWire } from './wire.js';

/** How often a request is sent before it is given up; the waits between grow. */
const ATTEMPTS = 4;

export function createS3Store(spec: S3Source, context: SourceContext): ObjectStore {
  let opening: Promise<S3Client> | undefined;
  const client = (): Promise<S3Client> => {
    opening ??= openClient(spec, context);
    return opening;
  };

  async function listPage(
    prefix: string,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<ListObjectsV2CommandOutput> {
    const { ListObjectsV2Command } = await import('@aws-sdk/client-s3');
    try {
      const command = new ListObjectsV2Command({
        Bucket: spec.bucket,
        Prefix: prefix,
        // Keys may hold what XML cannot.
        EncodingType: 'url',
        ContinuationToken: token,
      });
      return await (await client()).send(command, { abortSignal: signal });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof IngestError || error instanceof StoreError) throw error;
      throw new StoreError(describeS3Fault(error), { cause: error });
    }
  }

  async function* list(prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject> {
    for (let token: string | undefined; ; ) {
      const page = await listPage(prefix, token, signal);
      // Every listing says whether there is more. What does not, such as the page of a gateway, would be an empty bucket.
      if (page.IsTruncated === undefined)
        throw new StoreError('what answers is no listing of a bucket: is the endpoint right?');
      const encoded = page.EncodingType === 'url';
      for (const { Key: key, ETag: etag = null, Size: size = 0, LastModified: modified } of page.Contents ??
        []) {
        if (key === undefined) continue;
        yield { key: encoded ? decodeKey(key) : key, etag, size, modified: modified?.toISOString() ?? '' };
      }
      if (!page.IsTruncated) return;
      const next = page.NextContinuationToken;
      // Else the same page would come for ever, or the rest be taken for absent.
      if (next === undefined || next === token)
        throw new StoreError('the server says that there is more, and not where');
      token = next;
    }
  }

  async function read({ key, etag }: Pick<ListedObject, 'key' | 'etag'>): Promise<ReadObject> {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    try {
      const asListed = etag === null ? {} : { IfMatch: etag };
      const command = new GetObjectCommand({ Bucket: spec.bucket, Key: key, ...asListed });
      const found = await (await client()).send(command, { abortSignal: context.signal });
      // Some servers know no conditions, and answer with what is there now.
      if (etag !== null && found.ETag !== undefined && found.ETag !== etag) {
        return { kind: 'unreadable', message: CHANGED };
      }
      return { kind: 'bytes', bytes: Buffer.from((await found.Body?.transformToByteArray()) ?? []) };
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof IngestError) throw error;
      if (error instanceof StoreError) return { kind: 'unreadable', message: error.message };
      if (httpFailureIn(error)?.kind === 'too-large') return { kind: 'too-large' };
      return { kind: 'unreadable', message: describeS3Fault(error) };
    }
  }

  return { list, read };
}

async function openClient(spec: S3Source, context: SourceContext): Promise<S3Client> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  // Where signatures must name a region, and there is none to choose, all take this one.
  const region = spec.region ?? (spec.endpoint === undefined ? undefined : 'us-east-1');
  const client = new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(spec.endpoint === undefined ? {} : { endpoint: spec.endpoint }),
    ...credentialsOf(spec),
    forcePathStyle: spec.path_style,
    maxAttempts: ATTEMPTS,
    // What is unpacked on the way has another checksum than what is stored.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { ...createWire(spec.timeout_ms, MAX_INPUT_BYTES, context) },
  });
  try {
    await client.config.region();
  } catch (error) {
    throw new StoreError('the region is not known: write region: us-east-1, or set AWS_REGION', {
      cause: error,
    });
  }
  return client;
}

/** @throws IngestError E109 for a variable that is not set */
function credentialsOf({ credentials }: S3Source): Pick<S3ClientConfig, 'credentials' | 'signer'> {
  if (credentials === 'default') return {};
  if (credentials === 'none') {
    return {
      credentials: { accessKeyId: '', secretAccessKey: '' },
      signer: { sign: async (request) => request },
    };
  }
  // Variables read from files often end in a line break.
  const reveal = (secret: Secret): string => secret.reveal().trim();
  const { access_key_id, secret_access_key, session_token } = credentials;
  return {
    credentials: {
      accessKeyId: reveal(access_key_id),
      secretAccessKey: reveal(secret_access_key),
      ...(session_token === undefined ? {} : { sessionToken: reveal(session_token) }),
    },
  };
}

/** @throws StoreError for a key that is no text */
function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch (error) {
    throw new StoreError('the server lists a key that is not UTF-8', { cause: error });
  }
}
