import envPaths from 'env-paths';

/** Where a fetched Chroma binding is kept: the user's cache folder, shared by all projects. */
export function userCacheDir(): string {
  return envPaths('chroma-ingest', { suffix: '' }).cache;
}
