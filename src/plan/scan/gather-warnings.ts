/** The warnings of one index: many about single documents become one line a kind, with the first few by name. */
import type { Warning } from '../../domain/warning.js';

const MAX_WARNINGS = 1000;
const MAX_NAMED = 5;
/** What the gate let in and has something to say of: `gate-missing-checksum`. */
const COUNTED = /^gate-/;

interface Counted {
  readonly first: Warning;
  documents: number;
  readonly named: string[];
}

export class GatherWarnings {
  readonly #single: Warning[];
  readonly #counted = new Map<string, Counted>();

  constructor(first: Iterable<Warning>) {
    this.#single = [...first];
  }

  add(warning: Warning, uri: string | undefined): void {
    if (uri === undefined || !COUNTED.test(warning.key)) {
      if (this.#single.length < MAX_WARNINGS) this.#single.push(warning);
      return;
    }
    const known = this.#counted.get(warning.key) ?? { first: warning, documents: 0, named: [] };
    known.documents++;
    if (known.named.length < MAX_NAMED) known.named.push(uri);
    this.#counted.set(warning.key, known);
  }

  all(): Warning[] {
    return [...this.#single, ...[...this.#counted.values()].map(told)];
  }
}

function told({ first, documents, named }: Counted): Warning {
  const [only] = named;
  if (documents === 1) return { ...first, message: `${only}: ${first.message}`, detail: null };
  const more = documents - named.length;
  return {
    ...first,
    message: `${documents} documents, first ${only}: ${first.message}`,
    detail: [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(', '),
  };
}
