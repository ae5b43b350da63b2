/** Across manifests: one owner for each manifest_id, one vector recipe for each collection. */
import { embeddingIdentity } from '../domain/embedding-identity.js';
import type { Manifest } from '../domain/manifest.js';
import type { ManifestDocument } from './manifest-document.js';

export interface LoadedManifest {
  readonly document: ManifestDocument;
  readonly manifest: Manifest;
}

/** The same manifest under two file names would index every document twice. */
export function checkManifestIds(documents: readonly ManifestDocument[]): void {
  const first = new Map<string, ManifestDocument>();
  for (const document of documents) {
    const id = document.manifestId;
    if (id === undefined) continue;
    const before = first.get(id);
    if (!before) {
      first.set(id, document);
      continue;
    }
    const range = before.yaml.valueRange(['metadata', 'manifest_id']);
    const line = range ? before.source.excerpt(range).position.line : 1;
    document.faultAt(
      ['metadata', 'manifest_id'],
      'E108',
      `manifest_id "${id}" is declared by ${before.file}:${line} and by ${document.file}`,
      'give one of them another id, or remove the copy',
    );
  }
}

export function checkSharedCollections(loaded: readonly LoadedManifest[]): void {
  const first = new Map<string, LoadedManifest>();
  for (const one of loaded) {
    const key = collectionKey(one.manifest);
    const before = first.get(key);
    if (!before) {
      first.set(key, one);
      continue;
    }
    for (const [name, mine] of Object.entries(vectorRecipeOf(one.manifest))) {
      const theirs = vectorRecipeOf(before.manifest)[name];
      if (mine === theirs) continue;
      const { manifest, document } = one;
      const path =
        name === 'space' ? ['environments', manifest.environment, 'chroma', 'space'] : ['embedding', name];
      document.faultAt(
        path,
        'E111',
        `${before.manifest.manifest_id} (${before.document.file}) and ${manifest.manifest_id} (${document.file}) share the collection ${manifest.target.collection}, but ${name} is ${shown(theirs)} there and ${shown(mine)} here`,
        'make them equal, or give one of them a collection of its own',
      );
    }
  }
}

function shown(value: unknown): string {
  return value === null ? 'not set' : JSON.stringify(value);
}

function collectionKey({ target }: Manifest): string {
  return target.kind === 'embedded'
    ? JSON.stringify([target.kind, target.collection])
    : JSON.stringify([target.kind, target.url, target.tenant, target.database, target.collection]);
}

/** What must be equal for two vectors to be comparable. */
function vectorRecipeOf({ embedding, target }: Manifest): Readonly<Record<string, unknown>> {
  return { ...embeddingIdentity(embedding), space: target.space };
}
