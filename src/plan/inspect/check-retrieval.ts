/** Asks the questions of a manifest's checks, as its readers do, and judges the answers. Changes nothing. */
import { judgeChecks, judgeQuery, type QueryAnswer, type UriKnowledge } from '../../diff/judge-checks.js';
import type { QueryCheck, RecordedCheck, RetrievalCheck } from '../../domain/checks.js';
import { IngestError } from '../../domain/errors.js';
import { structureHash } from '../../domain/hashing.js';
import type { ChecksSpec, Manifest } from '../../domain/manifest.js';
import type { StateReader } from '../../domain/ports/state.js';
import { isGlob, matcher } from '../scan/match-uris.js';
import { type Searchable, searchCollection } from './search-index.js';

export interface CheckTarget extends Searchable {
  readonly checks: ChecksSpec;
  readonly state: StateReader;
}

/** What cannot be embedded or asked is `not_run`, never failed. @throws the signal's reason, and our own bugs */
export async function checkRetrieval(target: CheckTarget): Promise<RetrievalCheck> {
  const { checks, manifest, collection, state, signal } = target;
  const before = lastJudged(state, manifest.manifest_id);
  const uris = knownUris(target);
  const queries: QueryCheck[] = [];
  try {
    for (const query of checks.queries) {
      signal.throwIfAborted();
      const nearest: QueryAnswer['nearest'] = await searchCollection(target, query.query, query.k);
      queries.push(judgeQuery({ query, nearest }, uris, before));
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof IngestError) || error.kind === 'bug') throw error;
    return notRun(manifest, checks, collection.name, state, error);
  }
  return {
    ...common(manifest, checks, collection.name, before),
    ...judgeChecks(queries, checks.thresholds),
    queries,
    error: null,
  };
}

export function notRun(
  manifest: Manifest,
  checks: ChecksSpec,
  collection: string,
  state: StateReader,
  { code, message, advice }: IngestError,
): RetrievalCheck {
  return {
    ...common(manifest, checks, collection, lastJudged(state, manifest.manifest_id)),
    status: 'not_run',
    passed: 0,
    failed: 0,
    recall: null,
    mrr: null,
    queries: [],
    error: { code, message, advice },
  };
}

/** Equal for equal checks, however the file is laid out. */
export function checksHash({ thresholds, queries }: ChecksSpec): string {
  return structureHash({
    thresholds: { recall: thresholds.recall, mrr: thresholds.mrr ?? null },
    queries: queries.map((query) => ({ ...query, contains: query.contains ?? null })),
  });
}

/** The latest that was recorded, whatever came of it. */
export function lastRecorded(state: StateReader, manifestId: string): RecordedCheck | undefined {
  for (const { data } of state.latestEvents('CHECKS_DONE', manifestId)) {
    return data as unknown as RecordedCheck;
  }
  return undefined;
}

/** The latest with a verdict on what searchers see: a collection that was held back is not that. */
function lastJudged(
  state: StateReader,
  manifestId: string,
): (RecordedCheck & { readonly run_id: string }) | undefined {
  for (const { data, run_id } of state.latestEvents('CHECKS_DONE', manifestId)) {
    const found = data as unknown as RecordedCheck;
    if (found.status !== 'not_run' && !found.swap_blocked) return { ...found, run_id };
  }
  return undefined;
}

function common(
  manifest: Manifest,
  { thresholds }: ChecksSpec,
  collection: string,
  before: (RetrievalCheck & { readonly run_id: string }) | undefined,
): Pick<RetrievalCheck, 'manifest_id' | 'collection' | 'thresholds' | 'before' | 'swap_blocked'> {
  return {
    manifest_id: manifest.manifest_id,
    collection,
    thresholds: { recall: thresholds.recall, mrr: thresholds.mrr ?? null },
    before:
      before === undefined
        ? null
        : {
            run_id: before.run_id,
            passed: before.passed,
            failed: before.failed,
            recall: before.recall ?? 0,
            mrr: before.mrr ?? 0,
          },
    swap_blocked: false,
  };
}

/** A name is taken as it is before it is taken for a glob: files may be called `[id].md`. */
function knownUris({ state, collection, manifest }: CheckTarget): UriKnowledge {
  const globs = new Map<string, (uri: string) => boolean>();
  const globOf = (pattern: string): ((uri: string) => boolean) => {
    const made = globs.get(pattern) ?? matcher(pattern);
    globs.set(pattern, made);
    return made;
  };
  return {
    matches: (pattern, uri) => uri === pattern.normalize('NFC') || (isGlob(pattern) && globOf(pattern)(uri)),
    indexed: (pattern) => {
      const name = pattern.normalize('NFC');
      if (state.document(collection.id, manifest.manifest_id, name) !== undefined) return true;
      return isGlob(pattern) ? null : false;
    },
  };
}
