/** Follows links, and says whether the end of the way still lies inside the source's root. */
import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';

export interface ResolvedPath {
  /** Absolute, without links. */
  readonly path: string;
  readonly inside: boolean;
}

/**
 * @param realRoot absolute path without links
 * @throws the system's error when the way cannot be followed to its end
 */
export async function resolveInside(realRoot: string, path: string): Promise<ResolvedPath> {
  const real = await realpath(path);
  const below = relative(realRoot, real);
  const outside = below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below);
  return { path: real, inside: !outside };
}
