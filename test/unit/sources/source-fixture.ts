/** A files source over a throwaway folder. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { DocumentEntry, ListingEntry, ReadResult } from '../../../src/domain/document.js';
import type { Source } from '../../../src/domain/ports/source.js';
import { type FilesSource, FULL_SNAPSHOT } from '../../../src/domain/source-spec.js';
import { createFilesSource } from '../../../src/sources/files/files-source.js';
import type { PageCache } from '../../../src/sources/http/page-cache.js';
import type { SourceContext } from '../../../src/sources/source-context.js';
import { realClock } from '../../support/real-clock.js';

/** Removed when the test ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'ingest-sources-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeTree(root: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

const FORGETFUL: PageCache = { get: () => undefined, put: () => {}, close: () => {} };

/** Of the world beyond the disk. */
export function sourceContext(over: Partial<SourceContext> = {}): SourceContext {
  return {
    env: {},
    clock: realClock(),
    signal: new AbortController().signal,
    pages: async () => FORGETFUL,
    ...over,
  };
}

export function filesSource(root: string, differs: Partial<FilesSource> = {}): Source {
  const spec: FilesSource = {
    id: 'docs',
    type: 'files',
    root,
    include: [],
    exclude: [],
    contract: undefined,
    metadata: {},
    load: FULL_SNAPSHOT,
    ...differs,
  };
  return createFilesSource(spec);
}

export async function listAll(source: Source): Promise<ListingEntry[]> {
  const entries: ListingEntry[] = [];
  for await (const entry of source.list(new AbortController().signal)) entries.push(entry);
  return entries;
}

/** The listing as `kind uri`, with the reason of what is skipped. */
export async function listing(source: Source): Promise<string[]> {
  return (await listAll(source)).map((entry) =>
    entry.kind === 'skipped' ? `skipped ${entry.uri} ${entry.reason}` : `${entry.kind} ${entry.uri}`,
  );
}

export async function documentEntry(source: Source, uri: string): Promise<DocumentEntry> {
  for (const entry of await listAll(source)) {
    if (entry.kind === 'document' && entry.uri === uri) return entry;
  }
  throw new Error(`${uri} is not listed as a document`);
}

/** Writes one file, lists it and reads it. */
export async function readOne(content: string | Uint8Array, name = 'a.md'): Promise<ReadResult> {
  const root = tempFolder();
  writeTree(root, { [name]: content });
  const source = filesSource(root);
  return source.read(await documentEntry(source, `docs/${name}`));
}
