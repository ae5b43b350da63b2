/** What the collections beside a live one are called, so that they are found again without recorded state. */

/** The one that is being built. */
export function stagingName(collection: string): string {
  return `${collection}.staging`;
}

/** The one that another took the place of. */
export function previousName(collection: string, generation: number): string {
  return `${collection}.generation-${generation}`;
}
