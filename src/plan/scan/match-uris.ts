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
  const only = anyOf(options.only);
  const force = anyOf(options.force);
  const approvals = options.allow_delete.map((glob) => ({ glob, matches: matcher(glob) }));
  return {
    inScope: (uri) => options.only.length === 0 || only(uri),
    forced: force,
    approves: (uri) => approvals.find((approval) => approval.matches(uri))?.glob,
  };
}

/** Plain uris are looked up, however many there are. */
function anyOf(globs: readonly string[]): (uri: string) => boolean {
  const plain = new Set(globs.filter((glob) => !MAGIC.test(glob)).map((glob) => glob.normalize('NFC')));
  const matchers = globs.filter((glob) => MAGIC.test(glob)).map(matcher);
  return (uri) => plain.has(uri) || matchers.some((matches) => matches(uri));
}

/** What a glob may mean otherwise than literally. */
const MAGIC = /[\\*?[\](){}!+@|^$]/;

/** The glob that only this uri matches. */
export function exactly(uri: string): string {
  return uri.replaceAll(new RegExp(MAGIC, 'g'), '\\$&');
}

export function isGlob(pattern: string): boolean {
  return picomatch.scan(pattern).isGlob;
}

export function matcher(glob: string): (uri: string) => boolean {
  const matches = picomatch(glob.normalize('NFC'), { dot: true });
  return (uri) => matches(uri);
}
