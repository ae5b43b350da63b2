/**
 * Which paths a files source declares. Globs match the path below the root; one that begins with the source's
 * own id and a slash matches as a uri too. Excluding a folder excludes all that is in it, as git does.
 */
import picomatch from 'picomatch/posix.js';
import { IngestError } from '../../domain/errors.js';
import type { FilesSource } from '../../domain/source-spec.js';

export interface PathMatcher {
  /** Whether a file at this path (NFC, forward slashes, below the root) is declared. */
  declares(path: string): boolean;
  /** Whether something below this folder may be declared; false only when nothing can be. */
  mayDeclareBelow(folder: string): boolean;
}

/** Patterns are compiled to regular expressions; nobody writes longer ones by hand. Characters. */
const MAX_PATTERN_LENGTH = 1_024;
/** Folders and files of tools: what nobody wrote to be read. */
const EXCLUDED_BY_DEFAULT = [
  '.git',
  'node_modules',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
];
/** No `!pattern`: it would match almost every path. Exclusions have their own list. */
const OPTIONS = { dot: true, nonegate: true };

/** @throws IngestError E103 for a pattern that is too long */
export function createPathMatcher(spec: Pick<FilesSource, 'id' | 'include' | 'exclude'>): PathMatcher {
  const include = patterns(spec.include, spec.id);
  const exclude = patterns(spec.exclude, spec.id);
  const hidden = new Set(EXCLUDED_BY_DEFAULT.filter((name) => !include.some((glob) => names(glob, name))));
  const included = include.length === 0 ? () => true : picomatch(include, OPTIONS);
  const excluded = exclude.length === 0 ? () => false : picomatch(exclude, OPTIONS);
  const reaches = include.map(reachOf);

  const hides = (path: string): boolean => hidden.has(path.slice(path.lastIndexOf('/') + 1));
  return {
    declares: (path) => !hides(path) && included(path) && !excluded(path),
    mayDeclareBelow: (folder) =>
      !hides(folder) &&
      !excluded(folder) &&
      !excluded(`${folder}/`) &&
      (reaches.length === 0 || reaches.some((reach) => reach(folder))),
  };
}

/** Each glob as it applies to paths: as it is, and without the source id that makes it a uri. */
function patterns(globs: readonly string[], sourceId: string): string[] {
  const prefix = `${sourceId}/`;
  return globs.flatMap((glob) => {
    if (glob.length > MAX_PATTERN_LENGTH) {
      throw new IngestError('E103', `a glob of source ${sourceId} has ${glob.length} characters`, {
        kind: 'input',
        advice: `Globs may have ${MAX_PATTERN_LENGTH} characters; write several shorter ones.`,
      });
    }
    const pattern = glob.normalize('NFC').replace(/^(?:\.\/)+/, '');
    const below = pattern.startsWith(prefix) ? pattern.slice(prefix.length) : '';
    return [pattern, below].filter((text) => text !== '');
  });
}

/** Whether a glob has this name literally as a segment, also inside braces or parentheses. */
function names(glob: string, name: string): boolean {
  return glob.split(/[/{},()|]/).includes(name);
}

/** A cheap test of whether a glob can match anything below a folder. */
function reachOf(glob: string): (folder: string) => boolean {
  // Escapes make the literal part of a glob differ from the paths that it matches.
  if (glob.includes('\\')) return () => true;
  const base = picomatch.scan(glob).base.replace(/(?<!\/)\/+$/, '');
  // Without a globstar, a brace, a class or a group, each segment of the glob matches one of the path.
  const depth = /\*\*|[{[(]/.test(glob) ? Number.POSITIVE_INFINITY : glob.split('/').length;
  return (folder) =>
    folder.split('/').length < depth &&
    (base === '' || base === folder || base.startsWith(`${folder}/`) || folder.startsWith(`${base}/`));
}
