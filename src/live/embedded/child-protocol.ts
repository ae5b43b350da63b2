/** What the process that starts a server child and the child say to each other over the IPC channel. */

/** What hosts Chroma: a native binding inside the child, or a `chroma` program that the child runs. */
export type ServerProgram =
  | {
      readonly kind: 'binding';
      /** Absolute path of the `.node` file, or of a package folder. */
      readonly file: string;
      /** Of the package; undefined for a file that does not say. */
      readonly version: string | undefined;
    }
  | { readonly kind: 'command'; readonly command: string; readonly version: string | undefined };

/** E.g. `binding 1.0.5`. */
export function describeProgram(program: ServerProgram): string {
  return `${program.kind === 'binding' ? 'binding' : 'chroma'} ${program.version ?? 'of unknown version'}`;
}

export interface ServeArguments {
  readonly stateDir: string;
  readonly program: ServerProgram;
  readonly daemon: boolean;
  /** Milliseconds without a client before it stops. */
  readonly graceMs: number;
}

/** `lost`: another server holds the folder's lock. */
export type ChildMessage =
  | { readonly kind: 'serving' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'failed'; readonly code: 'older' | 'start'; readonly message: string }
  | {
      readonly kind: 'probed';
      readonly loads: boolean;
      /** Why it does not load; empty when it does. */
      readonly message: string;
      /** Of the system; undefined where there is no glibc. */
      readonly glibc: string | undefined;
      readonly execPath: string;
    };

export function isChildMessage(message: unknown): message is ChildMessage {
  return typeof message === 'object' && message !== null && 'kind' in message;
}
