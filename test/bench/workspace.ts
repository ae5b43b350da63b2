/** A folder with a manifest, documents and state, and what its Chroma is. */
import { rmSync } from 'node:fs';
import type { loadDesired } from '../../src/desired/load-desired.js';
import { launchTestChroma, type TestChroma } from '../support/chroma.js';
import { Workspace } from '../support/ingest-cli.js';
import { type CommandOptions, type Measured, measureProgram } from './measure.js';

export const COLLECTION = 'bench';

export interface BenchManifest {
  readonly embedding: string;
  /** Relative to the folder of the manifest, or absolute. */
  readonly root?: string;
}

export class BenchWorkspace {
  readonly files = new Workspace();

  constructor(manifest: BenchManifest) {
    this.files.manifest(
      [
        'apiVersion: ingest/v1',
        'kind: Index',
        `metadata: { manifest_id: ${COLLECTION} }`,
        'environments: { bench: { chroma: { url: "$' + '{CHROMA_URL}" } } }',
        `embedding: ${manifest.embedding}`,
        'chunking: { max_chars: 1200, min_chars: 200 }',
        `sources: [{ id: docs, root: ${JSON.stringify(manifest.root ?? '../docs')} }]`,
        '',
      ].join('\n'),
    );
  }

  get docs(): string {
    return this.files.path('docs');
  }

  plan(chroma: TestChroma): Promise<Measured> {
    return measureProgram(['plan', '--json'], this.#options(chroma));
  }

  apply(chroma: TestChroma): Promise<Measured> {
    return measureProgram(['apply', '--auto-approve', '--json'], this.#options(chroma));
  }

  /** For loading the manifest as the program does. */
  get loading(): Parameters<typeof loadDesired>[0] {
    const env = { CHROMA_URL: 'http://localhost' };
    return { paths: ['desired'], environment: undefined, env, cwd: this.files.root };
  }

  forgetStats(): void {
    for (const suffix of ['', '-journal']) {
      rmSync(this.files.path('state', 'cache', `stat.db${suffix}`), { force: true });
    }
  }

  /** What was recorded and every cache: the next apply is a first one. */
  forgetAll(): void {
    rmSync(this.files.path('state'), { recursive: true, force: true });
  }

  dispose(): Promise<void> {
    return this.files.dispose();
  }

  #options(chroma: TestChroma): CommandOptions {
    return { cwd: this.files.root, env: { CHROMA_URL: chroma.url } };
  }
}

/** An empty server of its own, so that nobody pays for what another left in it. */
export async function withChroma<T>(use: (chroma: TestChroma) => Promise<T>): Promise<T> {
  const chroma = await launchTestChroma();
  try {
    return await use(chroma);
  } finally {
    await chroma.stop();
  }
}

export interface ApplyFigures {
  readonly outcome: string;
  readonly embedded: number;
  readonly upserted: number;
  readonly relabelled: number;
  readonly deleted: number;
}

/** The last line of `apply --json`. @throws Error when it did not end well */
export function figuresOf({ stdout }: Measured): ApplyFigures {
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as ApplyFigures;
  if (last.outcome !== 'applied' && last.outcome !== 'no_changes') throw new Error(`apply: ${last.outcome}`);
  return last;
}

/** @throws Error when the plan found something to do */
export function assertNoChanges({ stdout }: Measured): void {
  const { outcome } = JSON.parse(stdout) as { readonly outcome: string };
  if (outcome !== 'no_changes') throw new Error(`the plan was to be a no-op: ${outcome}`);
}
