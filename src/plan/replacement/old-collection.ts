/** What the old collection of a replacement is still good for. */
import type { Replacement } from '../plan-context.js';

/** Whether searchers are better off with it than with a new one that fails the checks. */
export function isWorthKeeping({ reasons, aside }: Replacement): boolean {
  // `recipe`: what is there was put by something else than its vectors say.
  if (reasons.includes('unsearchable') || reasons.includes('recipe')) return false;
  return aside !== undefined || reasons.includes('target');
}

/** Nobody goes back to a broken one, and reading it may end Chroma: it is not kept, whatever the policy says. */
export function isDropped({ reasons, aside }: Replacement): boolean {
  return aside !== undefined && reasons.includes('unsearchable') && !reasons.includes('target');
}
