/** What a contract says of a document's top-level fields. Pure; reads the schema, decides nothing. */

export interface DeclaredFields {
  /** Names that the contract speaks of. */
  readonly known: ReadonlySet<string>;
  readonly required: readonly string[];
}

export const NOTHING_DECLARED: DeclaredFields = { known: new Set(), required: [] };

/** Of the schema itself and of what stands in its `allOf`; what lies behind conditions is not looked into. */
export function declaredFields(schema: unknown): DeclaredFields {
  const known = new Set<string>();
  const required = new Set<string>();
  const visit = (node: unknown, depth: number): void => {
    if (typeof node !== 'object' || node === null || Array.isArray(node) || depth > 4) return;
    const { properties, required: names, allOf } = node as Readonly<Record<string, unknown>>;
    if (typeof properties === 'object' && properties !== null) {
      for (const name of Object.keys(properties)) known.add(name);
    }
    for (const name of Array.isArray(names) ? names : []) {
      if (typeof name !== 'string') continue;
      known.add(name);
      required.add(name);
    }
    for (const part of Array.isArray(allOf) ? allOf : []) visit(part, depth + 1);
  };
  visit(schema, 0);
  return { known, required: [...required] };
}
