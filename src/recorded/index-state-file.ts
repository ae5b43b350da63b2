/**
 * The completed-state contract that other programs read: `index_state.<run_id>.json` of every successful
 * run, and `LATEST`, which names the newest. Both appear whole or not at all, the state before its name.
 * Schema: contracts/index_state.schema.json.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../platform/write-file-atomic.js';

export const INDEX_STATE_FORMAT = '1.1';

export interface IndexStateDocument {
  readonly format_version: string;
  readonly manifest_id: string;
  readonly environment: string;
  readonly collection: string;
  readonly collection_id: string;
  /** How the target is identified in recorded state; no credentials. */
  readonly target: string;
  readonly lineage: string;
  readonly run_id: string;
  /** Null when the run is known from live alone. */
  readonly trace_id: string | null;
  readonly batch_id: string;
  /** ISO 8601 with zone. */
  readonly finished_at: string;
  readonly vector_recipe: string;
  readonly embedding_fingerprint: string;
  readonly documents: number;
  readonly chunks: number;
  readonly sources: readonly {
    readonly source_id: string;
    readonly type: string;
    readonly fingerprint: string;
    readonly documents: number;
  }[];
  readonly pins: Readonly<Record<string, number>>;
  /** Documents that the gate keeps out, or of which it keeps the last good version. */
  readonly refused: { readonly rejected: number; readonly quarantined: number };
}

const LATEST = 'LATEST';
const FILE_NAME = /^index_state\.[0-9A-Za-z-]+\.json$/;

/** @param dir `<state>/<env>/<manifest_id>`; made when it does not exist. @throws what the file system throws */
export function writeIndexState(dir: string, document: IndexStateDocument): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const name = `index_state.${document.run_id}.json`;
  writeFileAtomic(join(dir, name), `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
  writeFileAtomic(join(dir, LATEST), `${name}\n`, { mode: 0o600 });
}

/** There is no index any more; what older runs completed stays as evidence. */
export function forgetIndexState(dir: string): void {
  rmSync(join(dir, LATEST), { force: true });
}

/**
 * What LATEST names; undefined when there is none, or when it cannot be read as what this version writes
 * (it is derived from the recorded state, so the next apply writes it again).
 */
export function readLatest(dir: string): IndexStateDocument | undefined {
  try {
    const name = readFileSync(join(dir, LATEST), 'utf8').trim();
    // The name is data: it must not lead out of the folder.
    if (!FILE_NAME.test(name)) return undefined;
    const found = JSON.parse(readFileSync(join(dir, name), 'utf8')) as Partial<IndexStateDocument> | null;
    return found?.format_version === INDEX_STATE_FORMAT ? (found as IndexStateDocument) : undefined;
  } catch {
    return undefined;
  }
}
