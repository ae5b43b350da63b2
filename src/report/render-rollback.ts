/** What a rollback would do, and what it did, as lines of text. */
import type { RollbackIndex, RollbackPlan, RollbackResult, RollbackSide } from '../domain/rollback.js';
import { safe } from './escape.js';
import { labelled, labelledText } from './flow-items.js';
import { groupDigits, isoTime, plural, shortRun, shortSum } from './layout.js';
import { checkLines } from './render-checks.js';
import type { Style } from './style.js';

interface RenderOptions {
  readonly style: Style;
  readonly width: number;
}

export function* renderRollbackPlan(plan: RollbackPlan, { style, width }: RenderOptions): Generator<string> {
  yield style.bold(`${safe(plan.collection)} @ ${safe(plan.environment)} -> ${safe(plan.target)}`);
  if (plan.from !== null) yield* labelled('Now', sideItems(plan.from), width);
  if (plan.to !== null) {
    const replaced =
      plan.replaced_at === null
        ? 'replaced before that was recorded'
        : `replaced ${isoTime(plan.replaced_at)}`;
    const by = plan.replaced_by === null ? [] : [`by run ${safe(shortRun(plan.replaced_by))}`];
    yield* labelled('Back to', [...sideItems(plan.to), [replaced, ...by].join(' ')], width);
  }
  for (const index of plan.indexes) yield* labelled('Documents', indexItems(index), width);
  if (plan.discards !== null) {
    yield* labelledText('Deletes', `${safe(plan.discards)}, which was begun to replace it`, width);
  }
  if (plan.action === 'rollback') {
    yield* labelledText(
      'Kept',
      `generation ${plan.kept.join(', ')}; another rollback goes to what was live last`,
      width,
    );
    yield* labelledText(
      'Pin',
      plan.pins
        ? PINS
        : 'none: it has the model and distance of the manifest, and the next apply brings its documents up to date',
      width,
    );
    yield style.bold(
      `Rollback: generation ${plan.from?.generation ?? 0} to ${plan.to?.generation ?? 0}. Nothing is embedded.`,
    );
  } else {
    yield* labelledText(plan.action === 'finish' ? 'Finish' : 'Nothing', safe(plan.reason ?? ''), width);
  }
}

const PINS =
  'it has another model or distance than the manifest: plan and apply leave it alone until the manifest wants other ones, or `ingest rollback --unpin`';

export function* renderRollback(
  { outcome, environment, plan, run_id, checks = [] }: RollbackResult,
  { style, width, next }: RenderOptions & { readonly next: string },
): Generator<string> {
  if (outcome === 'planned') return;
  if (outcome === 'declined') yield style.bold('Not rolled back; nothing was changed.');
  else if (outcome === 'unpinned') yield style.bold('Unpinned: the next plan replaces the index again.');
  else if (outcome === 'no_changes') {
    yield style.bold(plan === null ? `Nothing is pinned in ${safe(environment)}.` : 'Nothing to do.');
  } else if (plan?.action === 'finish') yield style.bold('Done: what was begun is finished.');
  else {
    const run = run_id === null ? '' : ` (run ${safe(shortRun(run_id))})`;
    yield style.bold(`Rolled back: searchers see generation ${plan?.to?.generation ?? 0}${run}.`);
  }
  yield* checkLines(checks, { style, width });
  if (outcome === 'applied' || outcome === 'unpinned') yield `${style.dim('Next'.padEnd(10))}${safe(next)}`;
}

function sideItems(side: RollbackSide): string[] {
  return [
    `generation ${side.generation}`,
    plural(side.documents, 'document'),
    plural(side.chunks, 'chunk'),
    `recipe ${shortSum(side.vector_recipe)}, ${safe(side.space)}`,
  ];
}

/** `support-docs: 12 with older content, 4 not in it, 1 back`. */
function indexItems(index: RollbackIndex): string[] {
  const { manifest_id, documents_now, documents_then, older, absent, back } = index;
  const parts = [
    older > 0 ? `${groupDigits(older)} with other content` : '',
    absent > 0 ? `${groupDigits(absent)} not in it` : '',
    back > 0 ? `${groupDigits(back)} found again` : '',
  ].filter((part) => part !== '');
  const count = `${groupDigits(documents_now)} -> ${groupDigits(documents_then)}`;
  return [`${safe(manifest_id)}: ${count}`, parts.length === 0 ? 'the same documents' : parts.join(', ')];
}
