/**
 * Whether an answer with status 200 is one of Chroma's: a sign-in page or another program may stand at the url.
 * What is not understood is no answer; it must be taken neither for an empty collection nor for a confirmation.
 */
import { IngestError } from '../domain/errors.js';
import type { ServerName } from './failures.js';

export function isCount(answer: unknown): boolean {
  return typeof answer === 'number' && Number.isSafeInteger(answer) && answer >= 0;
}

/** Of `get`: ids, and each column that was asked for with one value an id. */
export function isPage(
  answer: unknown,
  columns: readonly ('documents' | 'metadatas' | 'embeddings')[],
): boolean {
  if (typeof answer !== 'object' || answer === null) return false;
  const page = answer as Readonly<Record<string, unknown>>;
  const { ids } = page;
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) return false;
  return columns.every((column) => {
    const values = page[column];
    return Array.isArray(values) && values.length === ids.length;
  });
}

/** Of `query` with one vector: lists of one list each. */
export function isHits(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null) return false;
  const hits = answer as Readonly<Record<string, unknown>>;
  return ['ids', 'distances', 'documents', 'metadatas'].every((column) => {
    const values = hits[column];
    return Array.isArray(values) && Array.isArray(values[0]);
  });
}

/** chromadb's client reads an answer before we can look at it; what it throws then is about the answer. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof SyntaxError || error instanceof TypeError;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export function notChroma(server: ServerName, cause?: unknown): IngestError {
  return new IngestError('E401', `${server.title} cannot be reached: what answers there is not Chroma`, {
    kind: 'world',
    advice: server.adviceWhenGone,
    cause,
  });
}
