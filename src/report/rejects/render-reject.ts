/** One refused document: what was said of it, what would be said now, and what to do. */
import type { RejectReport } from '../../domain/rejects.js';
import { safe } from '../escape.js';
import { labelled, labelledText } from '../flow-items.js';
import { isoTime, plural, shortRun, shortSum } from '../layout.js';
import type { Style } from '../style.js';

export interface RenderRejectOptions {
  readonly style: Style;
  readonly width: number;
  /** The command to run next; null: none. */
  readonly next: string | null;
}

export function* renderReject(found: RejectReport, options: RenderRejectOptions): Generator<string> {
  const { style, width, next } = options;
  const { reject, kept, now } = found;
  yield `${safe(reject.uri)}   ${safe(reject.manifest_id)} @ ${safe(found.environment)}`;
  const verdict = reject.verdict === 'quarantine' ? 'quarantine' : 'reject';
  yield* labelled('Verdict', [style.red(verdict), ...reject.codes.map(safe)], width);
  yield* labelledText('Why', safe(reject.reason), width);
  if (reject.location !== null) yield* labelled('At', [safe(reject.location)], width);
  yield* labelled('Content', [reject.content_sha256], width);
  const run = (id: string, at: string | null): string =>
    `run ${safe(shortRun(id))}${at === null ? '' : `, ${safe(isoTime(at))}`}`;
  const first = reject.first_run === null ? 'not known' : run(reject.first_run, reject.since);
  yield* labelled('Refused', [`first by ${first}`, `last by ${run(reject.run_id, found.judged_at)}`], width);
  yield* labelled('Gate', [recipeText(found)], width);
  yield* labelled('Now', nowItems(found), width);
  const searchers =
    kept === null
      ? 'nothing of it'
      : `its last good version ${shortSum(kept.content_sha256)}, ${plural(kept.chunks, 'chunk')}`;
  yield* labelled('Searchers', [`find ${searchers}`], width);
  yield* labelledText('Do', safe(found.advice), width);
  if (next !== null && now.declared) yield `${style.dim('Next'.padEnd(10))}${safe(next)}`;
}

function recipeText({ reject, gate_recipe }: RejectReport): string {
  const then = shortSum(reject.gate_recipe);
  if (reject.gate_recipe === '') return 'not asked: it could not be read as a record';
  if (gate_recipe === null) return `recipe ${then}`;
  return gate_recipe === reject.gate_recipe
    ? `recipe ${then}, the same now`
    : `recipe ${then} then, ${shortSum(gate_recipe)} now: contract or policy was edited since`;
}

function nowItems({ now, reject }: RejectReport): string[] {
  const why = now.gate_detail === null ? '' : ` (${safe(now.gate_detail)})`;
  if (!now.declared) return ['its manifest is not loaded'];
  if (!now.source_declared) return [`source ${safe(now.source_id)} is not declared any more`];
  if (now.listed !== 'yes')
    return [`the source says: ${now.listed === 'no' ? 'not there' : now.listed}${why}`];
  const items = [`the gate says: ${now.gate ?? 'nothing'}${why}`];
  if (now.content_sha256 !== null) {
    items.push(now.content_sha256 === reject.content_sha256 ? 'content as it was' : 'content EDITED since');
  }
  return items;
}
