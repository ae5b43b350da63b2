/**
 * A secret resolves at first use, so that plan, drift, status and validate work without it. It never
 * prints itself: string conversion, JSON and inspection all give a mask.
 */
import { inspect } from 'node:util';

export class Secret {
  /** The variable names it is made of, for messages. */
  readonly variables: readonly string[];
  readonly #resolve: () => string;

  constructor(variables: readonly string[], resolve: () => string) {
    this.variables = variables;
    this.#resolve = resolve;
  }

  /** The value itself. @throws IngestError E109/E304 when a variable is not set. */
  reveal(): string {
    return this.#resolve();
  }

  toString(): string {
    return '********';
  }

  toJSON(): string {
    return '********';
  }

  [inspect.custom](): string {
    return 'Secret(********)';
  }
}
