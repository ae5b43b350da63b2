/** The landing store: bytes of inputs as they were read, kept so that they can be read again without their source. */

export interface LandingStore {
  /**
   * Keeps these bytes, whole or not at all, and answers with their name. What is there already is looked at, and
   * written again where it is damaged. @throws IngestError E509
   */
  put(bytes: Uint8Array): Promise<string>;
  /** Never bytes that are not what their name says. */
  get(blob: string): Promise<LandedBytes>;
}

export type LandedBytes =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** Not there, torn, or changed by somebody else; the message names the blob. */
  | { readonly kind: 'damaged'; readonly message: string };

/** What lies in the store, for the command that cleans it. */
export interface LandingFiles {
  /** By name; `blob` is undefined of what an interrupted write left. */
  files(): Iterable<LandedFile>;
  delete(file: LandedFile): void;
}

export interface LandedFile {
  readonly blob: string | undefined;
  readonly path: string;
  /** On disk. */
  readonly bytes: number;
}
