/** Bytes that are left of a limit: a comment that is too long would be cut by its host, or refused. */

export class ByteBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** True when the lines still fit, each with its newline; then they are taken off. */
  take(...lines: readonly string[]): boolean {
    const bytes = lines.reduce((sum, line) => sum + byteLength(line) + 1, 0);
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  /** A share of what is left as a budget of its own; what it does not use is given back. */
  part(share: number): ByteBudget {
    const bytes = Math.floor(this.#left * share);
    this.#left -= bytes;
    return new ByteBudget(bytes);
  }

  give(rest: ByteBudget): void {
    this.#left += rest.#left;
    rest.#left = 0;
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
