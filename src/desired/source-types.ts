/** The types of sources, as the published schema of a manifest lists them. */
import { readOwnSchema } from '../platform/own-schemas.js';

/** Those that this version reads. */
export async function sourceTypes(): Promise<ReadonlySet<string>> {
  const schema = (await readOwnSchema('manifest')) as {
    readonly $defs: {
      readonly source: { readonly properties: { readonly type: { readonly enum: string[] } } };
    };
  };
  return new Set(schema.$defs.source.properties.type.enum);
}
