/**
 * A plan as lines of text. The verdict stands last, what is dangerous nearest to it; the environment,
 * the level at which live was checked, and the next command are always said. Concise by default:
 * thousands of changes become a page of folders, in bounded memory.
 */
import type { IndexHeader, Plan, PlanIndex, PlanSummary } from '../domain/plan.js';
import { changeTable } from './change-table.js';
import { collectChanges } from './collect-changes.js';
import { describeCheck, describeLiveCount } from './describe-live.js';
import { warningLines } from './describe-warnings.js';
import { safe } from './escape.js';
import { flowItems, labelledText } from './flow-items.js';
import { displayWidth, groupDigits, plural, shortSum } from './layout.js';
import { planFacts } from './plan-facts.js';
import { withheldBlock } from './plan-guard.js';
import { describeHeld, describeSummary } from './plan-verdict.js';
import type { Style } from './style.js';
import { renderTextDiffs } from './text-diff/render-text-diff.js';

export interface RenderPlanOptions {
  readonly style: Style;
  /** Columns; 80 to 100 look best. */
  readonly width: number;
  /** Every change, uncut. */
  readonly verbose: boolean;
  /** The changed text of documents as well, as far as the plan holds it. */
  readonly diff?: boolean;
  /** The command to run next; empty for none. */
  readonly next: string;
}

export function* renderPlan(plan: Plan, options: RenderPlanOptions): Generator<string> {
  const { header } = plan;
  const { style, width } = options;
  let saidLexical = false;
  let first = true;
  for (const index of plan.indexes) {
    const quiet = isQuiet(index.header);
    const lexical = !index.header.embedding.semantic && !saidLexical && !(quiet && plan.indexes.length > 1);
    if (!first && !quiet) yield '';
    first = false;
    yield* quiet ? quietIndex(plan, index, lexical, options) : changedIndex(index, plan, lexical, options);
    if (lexical) saidLexical = true;
  }
  if (header.undeclared.length > 0) {
    const names = header.undeclared.map(safe).join(', ');
    yield* labelledText('Undeclared', `${names}: recorded, not loaded; left alone`, width);
  }
  yield* verdict(plan, options);
  // What is withheld has brought its own advice.
  if (options.next !== '' && header.outcome !== 'no_changes') {
    yield `${style.dim('Next'.padEnd(10))}${safe(options.next)}`;
  }
}

/** Nothing to show below the headline. */
function isQuiet(header: IndexHeader): boolean {
  // A cursor that a damaged input holds is to be seen every night, not only in the first.
  const held = header.sources.some(({ cursor }) => cursor?.held === 'incomplete');
  return (
    changeCount(header.summary) === 0 &&
    header.index_actions.length === 0 &&
    header.warnings.length === 0 &&
    !held
  );
}

function changeCount(summary: PlanSummary): number {
  const { create, move, update, delete: deleted, repair, reject, withheld, replace } = summary;
  return create + move + update + deleted + repair + reject + withheld + replace;
}

function* quietIndex(
  plan: Plan,
  index: PlanIndex,
  lexical: boolean,
  options: RenderPlanOptions,
): Generator<string> {
  const alone = plan.indexes.length === 1;
  const extra = alone ? [] : [options.style.dim(noChanges(index.header))];
  yield* headline(
    index.header,
    plan.header.environment,
    [...extra, ...honesty(index.header, lexical)],
    options,
  );
}

function* changedIndex(
  index: PlanIndex,
  plan: Plan,
  lexical: boolean,
  options: RenderPlanOptions,
): Generator<string> {
  const { style, width } = options;
  const { header } = index;
  const { environment, options: flags } = plan.header;
  const firstRun = header.recorded.documents === 0;
  const batch = firstRun || header.batch_id === '' ? [] : [style.dim(`batch ${shortSum(header.batch_id)}`)];
  yield* headline(header, environment, [...honesty(header, lexical), ...batch], options);
  if (!firstRun || header.live.status !== 'missing') {
    const recorded = `recorded ${plural(header.recorded.documents, 'document')}, ${plural(header.recorded.chunks, 'chunk')}`;
    const checked =
      header.live.escalated === null ? [] : [`checked ${header.live.verify}: ${safe(header.live.escalated)}`];
    yield* flowItems('', [recorded, describeLiveCount(header), ...checked], '   ', width);
  }
  if (options.diff === true) yield* renderTextDiffs(index, options);
  const collected = collectChanges(index.changes(), firstRun);
  if (collected.sections.length > 0) {
    if (!firstRun || collected.sections.some((section) => section.groups === undefined)) yield '';
    yield* changeTable(index, collected, options);
    if (!firstRun) yield '';
  }
  yield* planFacts(header, collected, flags, width);
  yield* warningLines(header.warnings, options);
  yield* withheldBlock(collected.withheld, environment, style, width);
}

function honesty(header: IndexHeader, say: boolean): string[] {
  return say ? [`${safe(header.embedding.provider)}: lexical, not semantic`] : [];
}

/** `support-docs @ prod -> https://chroma.internal/support_docs          batch 9f3c11d0`. */
function* headline(
  header: IndexHeader,
  environment: string,
  right: readonly string[],
  options: RenderPlanOptions,
): Generator<string> {
  const { style, width } = options;
  const named = header.collection === header.manifest_id || header.target.endsWith(`/${header.collection}`);
  const where = safe(named ? header.target : `${header.target}, collection ${header.collection}`);
  const left = `${style.bold(`${safe(header.manifest_id)} @ ${safe(environment)}`)} -> ${where}`;
  const beside = right.join('   ');
  const gap = width - displayWidth(left) - displayWidth(beside);
  if (beside === '') yield left;
  else if (gap >= 3) yield left + ' '.repeat(gap) + beside;
  else yield* flowItems('', [left, ...right], '   ', width);
}

function noChanges(header: IndexHeader): string {
  const { recorded, live } = header;
  const foreign = live.foreign > 0 ? `; ${groupDigits(live.foreign)} foreign, left alone` : '';
  // "No drift" only of a collection that was found and searched.
  const check = live.status === 'ok' ? describeCheck(live.verify, live.canaries) : describeLiveCount(header);
  return `no changes: ${plural(recorded.documents, 'document')}, ${plural(recorded.chunks, 'chunk')} (${check})${foreign}`;
}

function* verdict(plan: Plan, options: RenderPlanOptions): Generator<string> {
  const { header, indexes } = plan;
  if (header.outcome === 'no_changes') {
    const held = [describeHeld(header.summary), ...unreadSource(plan)].filter((part) => part !== '');
    const text = `${[totalNoChanges(plan), ...held].join('; ')}.`;
    yield* boldText(text, options);
    return;
  }
  const summary = describeSummary(header.summary) || withoutDocuments(indexes);
  const { resume, unchanged } = header.summary;
  const untouched = resume > 0 && unchanged > 0 ? ` ${groupDigits(unchanged)} are done and not touched.` : '';
  const name = header.options.destroy ? 'Destroy plan' : 'Plan';
  const start =
    header.outcome === 'error'
      ? 'Plan FAILED, nothing may be applied:'
      : `${name} ${shortSum(header.plan_id)}:`;
  yield* boldText(`${start} ${summary}.${untouched}`, options);
}

/** Without a document that could be counted, "no changes" would be all that is said of a source that is away. */
function unreadSource({ header, indexes }: Plan): string[] {
  const unread = indexes.some((index) => index.header.warnings.some(({ key }) => key === 'unreadable'));
  return unread && header.summary.failed === 0 ? ['a source could not be read'] : [];
}

/** What a plan without a change of any document does all the same. */
function withoutDocuments(indexes: readonly PlanIndex[]): string {
  const actions = indexes.flatMap((index) => index.header.index_actions.map(({ action }) => action));
  if (actions.length === 0) return 'nothing';
  if (actions.every((action) => action === 'create')) return 'no documents; an empty collection to create';
  return `no document changes; see ${actions.every((action) => action === 'cursor') ? 'Cursor' : 'Index'} above`;
}

/** Wrapped first, painted line by line. */
function* boldText(text: string, options: RenderPlanOptions): Generator<string> {
  for (const line of flowItems('', text.split(' '), ' ', options.width)) yield options.style.bold(line);
}

function totalNoChanges(plan: Plan): string {
  const [only] = plan.indexes;
  if (plan.header.options.destroy)
    return `Nothing to destroy: nothing is recorded of ${safe(only?.header.manifest_id ?? 'it')}`;
  if (only === undefined) return 'No changes: nothing is declared in this environment';
  if (plan.indexes.length === 1) return noChanges(only.header).replace(/^n/, 'N');
  let documents = 0;
  let chunks = 0;
  for (const index of plan.indexes) {
    documents += index.header.recorded.documents;
    chunks += index.header.recorded.chunks;
  }
  return `No changes: ${plural(documents, 'document')}, ${plural(chunks, 'chunk')} in ${groupDigits(plan.indexes.length)} indexes`;
}
