/** Which documents `rejects retry` judges again: what is refused, by its exact uri, and nothing beside it. */
import type { PlanOptions } from '../../domain/plan.js';
import type { RejectsReport } from '../../domain/rejects.js';
import { exactly } from '../../plan/scan/match-uris.js';

/** The same bytes under the same rules are refused again, but for what took too long or too much memory. */
const MAY_DIFFER: ReadonlySet<string> = new Set(['too-complex']);

export interface ChosenRefused {
  readonly options: PlanOptions;
  readonly documents: number;
  /** Inputs without a key: what they become once they are mended nobody can name. */
  readonly nameless: number;
}

export function chooseRefused(found: RejectsReport, options: PlanOptions): ChosenRefused {
  const only: string[] = [];
  const force: string[] = [];
  let nameless = 0;
  for (const { uri, code, source_id } of found.rows()) {
    if (uri.startsWith(`${source_id}/!malformed/`)) nameless++;
    else {
      only.push(exactly(uri));
      if (MAY_DIFFER.has(code)) force.push(exactly(uri));
    }
  }
  return { options: { ...options, only, force }, documents: only.length, nameless };
}
