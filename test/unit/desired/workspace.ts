/** A throwaway folder with manifests; each test writes only what differs. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import { type LoadOptions, loadDesired } from '../../../src/desired/load-desired.js';
import { type Fault, ManifestFaults } from '../../../src/domain/errors.js';

const open: string[] = [];

afterEach(async () => {
  for (const folder of open.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** Writes the files (a name ending in / is a folder) and an empty `docs/`. */
export async function workspace(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'ingest-desired-'));
  open.push(root);
  await mkdir(path.join(root, 'docs'));
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name);
    await mkdir(name.endsWith('/') ? file : path.dirname(file), { recursive: true });
    if (!name.endsWith('/')) await writeFile(file, content);
  }
  return root;
}

export const MINIMAL = `apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: support-docs }
environments:
  dev: { chroma: embedded }
embedding: { provider: lexical-hash }
sources: [{ id: handbook, root: ../docs }]
`;

export function options(cwd: string, over: Partial<LoadOptions> = {}): LoadOptions {
  return { paths: ['desired'], environment: undefined, env: {}, cwd, ...over };
}

/** The faults of one manifest, as `line:column CODE message` with the advice behind an arrow. */
export async function faultsOf(yaml: string, over: Partial<LoadOptions> = {}): Promise<string[]> {
  const cwd = await workspace({ 'desired/a.yaml': yaml });
  return (await faultsIn(options(cwd, over))).map(shortly);
}

export async function faultsIn(load: LoadOptions): Promise<readonly Fault[]> {
  try {
    await loadDesired(load);
    return [];
  } catch (error) {
    if (error instanceof ManifestFaults) return error.faults;
    throw error;
  }
}

export function shortly({ position, code, message, advice }: Fault): string {
  return `${position.line}:${position.column} ${code} ${message} -> ${advice}`;
}
