/** What became of every field of an imported manifest: nothing is dropped without a line that says so. */
import { IngestError } from '../../domain/errors.js';
import type { ImportedField } from '../../domain/imported.js';

export class Ledger {
  readonly #rows = new Map<string, ImportedField>();

  /** Says the same of ours. */
  mapped(field: string, to: string, reason: string | null = null): void {
    this.#rows.set(field, { field, outcome: 'mapped', to, reason });
  }

  /** Metadata of the documents. */
  kept(field: string, to: string): void {
    this.#rows.set(field, { field, outcome: 'kept', to, reason: null });
  }

  left(field: string, reason: string): void {
    this.#rows.set(field, { field, outcome: 'not_carried_over', to: null, reason });
  }

  /** In the order of the manifest. @throws IngestError E901 for a field that nothing was said of */
  rows(manifest: object): readonly ImportedField[] {
    return leavesOf(manifest, '').map(([field, value]) => {
      const row = this.#rows.get(field);
      if (row !== undefined) return row;
      if (value === null) return { field, outcome: 'not_carried_over', to: null, reason: 'it is null' };
      throw new IngestError('E901', `nothing was decided of ${field}`, {
        kind: 'bug',
        advice: 'This is a bug in ingest: nothing was written. Please report it with the manifest.',
      });
    });
  }
}

/** Every value that is no object, by its path. */
function leavesOf(value: unknown, path: string): [string, unknown][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [[path, value]];
  const below = path === '' ? '' : `${path}.`;
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, below + key));
}
