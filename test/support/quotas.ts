/** The documented quotas of Chroma Cloud, enforced in front of a real Chroma. It shares no code with the program. */
import type { Misbehaviour } from '../integration/live/flaky-chroma.js';

export interface Quotas {
  /** What was refused, and why. */
  readonly refused: string[];
  /** Records of each write that was let through. */
  readonly writes: number[];
  readonly enforce: Misbehaviour;
}

interface Body {
  readonly ids?: readonly string[] | null;
  readonly documents?: readonly (string | null)[] | null;
  readonly metadatas?: readonly (Readonly<Record<string, unknown>> | null)[] | null;
  readonly limit?: number | null;
  readonly n_results?: number;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
  readonly new_metadata?: Readonly<Record<string, unknown>> | null;
}

export function cloudQuotas(token: string): Quotas {
  const refused: string[] = [];
  const writes: number[] = [];
  return {
    refused,
    writes,
    enforce: ({ path, body, response }) => {
      const answer = (status: number, error: string, message: string): true => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error, message }));
        return true;
      };
      if (response.req.headers['x-chroma-token'] !== token) return answer(401, 'AuthError', 'who are you?');
      const operation = path.split('/').at(-1) ?? '';
      const sent = body.length === 0 ? {} : (JSON.parse(body.toString('utf8')) as Body);
      const why = broken(operation, sent);
      if (why !== undefined) {
        refused.push(`${operation}: ${why}`);
        return answer(422, 'QuotaError', why);
      }
      if (['upsert', 'update', 'delete'].includes(operation)) writes.push(sent.ids?.length ?? 0);
      return false;
    },
  };
}

const bytes = (text: string): number => Buffer.byteLength(text);

function broken(operation: string, sent: Body): string | undefined {
  const { ids, documents, metadatas, limit } = sent;
  if ((ids?.length ?? 0) > 300) return `${ids?.length} records`;
  if (operation === 'get' && ids === undefined && (limit ?? Number.POSITIVE_INFINITY) > 300)
    return `limit ${limit}`;
  if ((sent.n_results ?? 0) > 300) return `${sent.n_results} results`;
  if (ids?.some((id) => bytes(id) > 128)) return 'an id';
  if (documents?.some((text) => text !== null && bytes(text) > 16_384)) return 'a document';
  for (const [key, value] of Object.entries(sent.metadata ?? sent.new_metadata ?? {})) {
    if (bytes(key) > 36 || (typeof value === 'string' && bytes(value) > 256))
      return `collection metadata ${key}`;
  }
  for (const metadata of metadatas ?? []) {
    const entries = Object.entries(metadata ?? {}).filter(([, value]) => value !== null);
    if (entries.length > 32) return `${entries.length} metadata keys`;
    for (const [key, value] of entries) {
      if (bytes(key) > 36) return `metadata key ${key}`;
      if (typeof value === 'string' && bytes(value) > 8_182) return `metadata value of ${key}`;
    }
  }
  return undefined;
}
