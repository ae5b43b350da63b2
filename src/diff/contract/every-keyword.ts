/** Every key of every map in a schema, at any depth: more than its keywords, never fewer. Pure. */
export function* everyKeyword(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (!Array.isArray(schema)) yield key;
    yield* everyKeyword(value);
  }
}
