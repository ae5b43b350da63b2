/** Where the state of each environment lies: in a folder, or nowhere, and then it is read from Chroma. */
import { isAbsolute, join, relative, resolve } from 'node:path';

/** As --state: nothing is recorded in a folder, and what is known is read from Chroma. */
export const LIVE = 'live';
const DEFAULT_STATE = 'state';

export class StatePlace {
  readonly isLive: boolean;
  /** Where the embedded Chroma and the caches lie also when nothing is recorded in a folder. */
  readonly root: string;
  readonly #cwd: string;

  constructor(stateRoot: string, cwd: string) {
    this.isLive = stateRoot === LIVE;
    this.root = resolve(cwd, this.isLive ? DEFAULT_STATE : stateRoot);
    this.#cwd = cwd;
  }

  folder(environment: string): string {
    return join(this.root, environment);
  }

  /** For people: below the working folder it is shown from there. */
  shownFolder(environment: string): string {
    const folder = this.folder(environment);
    const below = relative(this.#cwd, folder);
    return below.startsWith('..') || isAbsolute(below) ? folder : below;
  }
}
