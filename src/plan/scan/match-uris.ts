/** Globs over uris: --only, --force and --allow-delete. */
import picomatch from 'picomatch';

export interface UriScope {
  /** True without --only. */
  inScope(uri: string): boolean;
  forced(uri: string): boolean;
  /** The glob that approves deleting this uri, or undefined. */
  approves(uri: string): string | undefined;
}

export function createScope(options: {
  readonly only: readonly string[];
  readonly force: readonly string[];
  readonly allow_delete: readonly string[];
}): UriScope {
  const only = options.only.map(matcher);
  const force = options.force.map(matcher);
  const approvals = options.allow_delete.map((glob) => ({ glob, matches: matcher(glob) }));
  return {
    inScope: (uri) => only.length === 0 || only.some((matches) => matches(uri)),
    forced: (uri) => force.some((matches) => matches(uri)),
    approves: (uri) => approvals.find((approval) => approval.matches(uri))?.glob,
  };
}

export function isGlob(pattern: string): boolean {
  return picomatch.scan(pattern).isGlob;
}

export function matcher(glob: string): (uri: string) => boolean {
  const matches = picomatch(glob.normalize('NFC'), { dot: true });
  return (uri) => matches(uri);
}
