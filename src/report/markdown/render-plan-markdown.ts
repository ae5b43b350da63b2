/**
 * A plan as a pull-request comment in GitHub-flavoured Markdown. The verdict and what is dangerous stand first; the
 * rest is cut between rows when the budget of bytes is used up, and says how much of it is shown. Changes are read
 * once, and no more of them is held than the budget could show.
 */
import type { EmbedEstimate, IndexHeader, Plan, PlanSummary } from '../../domain/plan.js';
import { describeCursors } from '../describe-cursors.js';
import { describeLiveCount } from '../describe-live.js';
import { describeReplay } from '../describe-replay.js';
import { safe } from '../escape.js';
import { groupDigits, money, plural, roughDuration, shortenMiddle, shortSum } from '../layout.js';
import { afterwards, describeContract, describeEnd } from '../plan-facts.js';
import { ByteBudget } from './byte-budget.js';
import {
  type Chosen,
  chosen,
  collectRows,
  DANGEROUS,
  fitting,
  ORDINARY,
  type Sections,
} from './change-rows.js';
import { code, codeCell, fenceFor, markerValue } from './escape-markdown.js';
import { markdownTextDiffs } from './text-diffs.js';

export interface MarkdownOptions {
  /** Of the whole comment; GitHub takes 65,536 characters. */
  readonly maxBytes: number;
  /** The changed text of documents as well, as far as the plan holds it. */
  readonly diff?: boolean;
}

/** Below this not even verdict and totals fit. */
export const MIN_BYTES = 2_000;

/** Of what is left for rows: a thousand deletes leave room to see that there are changes as well. */
const DANGEROUS_SHARE = 0.7;
const MAX_WARNINGS = 10;
/** Dangerous rows that are not folded: a wall of them is not read, and hides what comes after it. */
const IN_SIGHT = 40;

const NOUNS = [
  ['withheld', 'WITHHELD', 'WITHHELD'],
  ['delete', 'delete', 'deletes'],
  ['reject', 'reject', 'rejects'],
  ['replace', 'replacement', 'replacements'],
  ['repair', 'repair', 'repairs'],
  ['update', 'change', 'changes'],
  ['move', 'move', 'moves'],
  ['create', 'add', 'adds'],
] as const satisfies readonly (readonly [keyof PlanSummary, string, string])[];

export function* renderPlanMarkdown(plan: Plan, options: MarkdownOptions): Generator<string> {
  const maxBytes = Math.max(MIN_BYTES, options.maxBytes);
  const sections = collectRows(plan, maxBytes);
  const head = [...headLines(plan, sections)];
  const foot = [...footLines(plan)];
  const budget = new ByteBudget(maxBytes);
  budget.take(...head, ...foot);
  yield* head;
  yield* indexTable(plan, budget);
  yield* inputLines(plan, budget);
  yield* rows(plan, sections, budget);
  if (options.diff === true) yield* markdownTextDiffs(plan, budget);
  yield* foot;
}

function* headLines(plan: Plan, sections: Sections): Generator<string> {
  const { header } = plan;
  const env = markerValue(header.environment);
  const base =
    header.base.lineage === null ? 'none' : `${shortSum(header.base.lineage)}.${header.base.serial}`;
  yield `<!-- ingest:plan env=${env} plan=${shortSum(header.plan_id)} base=${markerValue(base)} -->`;
  yield `### ${env}: ${verdict(plan)}`;
  const first = lookFirst(plan, sections);
  if (first.length > 0) yield `**Look first:** ${first.join('; ')}.`;
}

const INDEX_HEAD = [
  '',
  '| index | recorded | live | + | > | ~ | ! | - | x | ? | = | chunks | embed | cost |',
  '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
];

function* indexTable({ indexes }: Plan, budget: ByteBudget): Generator<string> {
  budget.take(...INDEX_HEAD, CUT);
  yield* INDEX_HEAD;
  let shown = 0;
  for (const index of indexes) {
    const row = indexRow(index.header);
    if (!budget.take(row)) break;
    yield row;
    shown++;
  }
  if (shown === indexes.length) return;
  yield '';
  yield shownOf(shown, indexes.length);
}

/** Of the input: how far sources with a cursor were read, and whether it can be applied again. Approved with the changes. */
function* inputLines(plan: Plan, budget: ByteBudget): Generator<string> {
  const cursors = plan.indexes.flatMap(({ header }) => describeCursors(header));
  for (const line of [
    ...cursors.map((text) => `Cursor ${code(brief(text))}`),
    ...replays(plan).map((text) => `Replay ${code(brief(text))}`),
  ]) {
    if (!budget.take('', line)) return;
    yield '';
    yield line;
  }
}

/** One for all where they say the same. Of what is destroyed or pinned no input was looked at, and nothing comes of none. */
function replays({ header, indexes }: Plan): string[] {
  const idle = header.outcome === 'no_changes' && header.summary.withheld === 0;
  if (idle || header.options.destroy) return [];
  const told = indexes
    .filter((index) => index.header.pinned === undefined)
    .map(({ header: { manifest_id, sources } }) => ({
      manifest_id,
      text: describeReplay(sources).join(', '),
    }))
    .filter(({ text }) => text !== '');
  const [first, ...others] = told;
  if (first === undefined) return [];
  if (others.every(({ text }) => text === first.text)) return [first.text];
  return told.map(({ manifest_id, text }) => `${safe(manifest_id)}: ${text}`);
}

/** As long as such a line ever is. */
const CUT = '1,000,000 of 1,000,000 shown: all of them are in the plan file';

function shownOf(shown: number, count: number): string {
  return `${groupDigits(shown)} of ${groupDigits(count)} shown: all of them are in the plan file`;
}

function verdict({ header, indexes }: Plan): string {
  const counts = countWords(header.summary);
  const actions = [
    ...new Set(indexes.flatMap((index) => index.header.index_actions.map((one) => one.action))),
  ];
  if (header.outcome === 'error') return 'the plan FAILED, nothing may be applied';
  const [ended] = header.options.destroy ? indexes : [];
  if (ended !== undefined && header.outcome === 'changes')
    return `DESTROYS ${codeCell(ended.header.manifest_id)}: ${counts === '' ? 'nothing is left in it' : counts}`;
  if (counts !== '') return counts;
  return actions.length > 0 ? `no document changes; index: ${actions.join(', ')}` : 'no changes';
}

function countWords(summary: PlanSummary): string {
  return NOUNS.filter(([key]) => summary[key] > 0)
    .map(([key, one, many]) => `${groupDigits(summary[key])} ${summary[key] === 1 ? one : many}`)
    .join(', ');
}

/** One sentence for each kind of danger, with its first example. */
function lookFirst({ header, indexes }: Plan, sections: Sections): string[] {
  const said: string[] = [];
  const { summary } = header;
  if (summary.withheld > 0) {
    const why = sections.get('withheld')?.first.guard?.message;
    said.push(
      `${plural(summary.withheld, 'loss', 'losses')} held back${why === undefined ? '' : ` (${code(brief(why))})`}`,
    );
  }
  if (summary.delete > 0)
    said.push(`${plural(summary.delete, 'document')} ${summary.delete === 1 ? 'leaves' : 'leave'} search`);
  for (const { header: index } of indexes) {
    for (const { collections = [] } of index.index_actions)
      said.push(...collections.map((one) => code(brief(describeEnd(one)))));
    for (const { contracts = [] } of index.index_actions)
      said.push(...contracts.map((one) => `contract: ${code(brief(describeContract(one)))}`));
    const replaced = index.index_actions.find((one) => one.action === 'replace');
    if (replaced !== undefined) {
      said.push(
        [
          `${code(index.manifest_id)} is built anew beside the live collection (${replaced.reasons.join(', ')})`,
          ...afterwards(replaced),
        ].join('; '),
      );
    }
    if (index.live.status !== 'ok' && index.live.status !== 'not-checked' && index.recorded.chunks > 0) {
      said.push(`${code(index.manifest_id)}: ${describeLiveCount(index)}`);
    }
  }
  if (summary.quarantined > 0) said.push(`${plural(summary.quarantined, 'document')} quarantined`);
  const refused = sections.get('reject')?.first;
  if (refused !== undefined) {
    const kept = refused.before === null ? 'is not indexed' : 'keeps its old text';
    const why = refused.detail ?? refused.reasons.join(', ');
    const more = summary.reject > 1 ? `, and ${groupDigits(summary.reject - 1)} more are refused` : '';
    said.push(`${code(brief(refused.uri))} ${kept} (${code(brief(why))})${more}`);
  }
  if (summary.failed > 0) said.push(`${plural(summary.failed, 'document')} cannot be read`);
  return said;
}

/** Head and foot are never cut, so what stands in them is short. */
function brief(text: string): string {
  return shortenMiddle(safe(text), 160);
}

function indexRow(header: IndexHeader): string {
  const { summary, recorded, live } = header;
  const { add, delete: removed } = summary.chunks;
  const odd = [
    live.missing > 0 ? `${groupDigits(live.missing)} missing` : '',
    live.orphan > 0 ? `${groupDigits(live.orphan)} too much` : '',
    live.tampered > 0 ? `${groupDigits(live.tampered)} tampered` : '',
    live.foreign > 0 ? `${groupDigits(live.foreign)} foreign` : '',
  ].filter((part) => part !== '');
  const liveText =
    live.status === 'ok' && live.count !== null ? groupDigits(live.count) : describeLiveCount(header);
  const cells = [
    codeCell(header.manifest_id),
    groupDigits(recorded.chunks),
    odd.length === 0 ? liveText : `${liveText} (${odd.join(', ')})`,
    ...(['create', 'move', 'update', 'repair', 'delete', 'reject', 'withheld', 'replace'] as const).map(
      (key) => (summary[key] === 0 ? '' : groupDigits(summary[key])),
    ),
    [add > 0 ? `+${groupDigits(add)}` : '', removed > 0 ? `-${groupDigits(removed)}` : '']
      .filter(Boolean)
      .join(' '),
    summary.embed.compute === 0 ? '' : groupDigits(summary.embed.compute),
    summary.embed.compute === 0 ? '' : costCell(summary.embed),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** `$0.0001, ~4 s`. */
function costCell({ cost, seconds }: EmbedEstimate): string {
  return [money(cost).replace('<', '&lt;'), ...roughDuration(seconds)].join(', ');
}

/** Dangerous rows first and in sight, the others folded away below. */
function* rows(plan: Plan, sections: Sections, budget: ByteBudget): Generator<string> {
  const dangerous = chosen(sections, DANGEROUS);
  const ordinary = chosen(sections, ORDINARY);
  const share = ordinary.count === 0 ? budget : budget.part(DANGEROUS_SHARE);
  if (dangerous.count > 0) yield* dangerousBlock(dangerous, share);
  if (share !== budget) budget.give(share);
  if (ordinary.count > 0) yield* ordinaryTable(plan, ordinary, budget);
}

function* dangerousBlock({ count, lines }: Chosen, budget: ByteBudget): Generator<string> {
  // Fences, the language, and the line that says how many are shown.
  budget.take('``````````diff', '``````````', '', CUT);
  const inSight = lines.length > IN_SIGHT && budget.take(...FOLD) ? IN_SIGHT : lines.length;
  const shown = fitting(lines, budget);
  yield '';
  if (shown.length > 0) yield* diffBlock(shown.slice(0, inSight));
  const folded = shown.slice(inSight);
  if (folded.length > 0) {
    yield '';
    yield `<details><summary>${groupDigits(folded.length)} more that leave search, are refused or held back</summary>`;
    yield '';
    yield* diffBlock(folded);
    yield '';
    yield '</details>';
    yield '';
  }
  if (shown.length < count) yield shownOf(shown.length, count);
}

const FOLD = [
  '<details><summary>1,000,000 more that leave search, are refused or held back</summary></details>',
  ...['``````````diff', '``````````', '', '', '', ''],
];

function* diffBlock(lines: readonly string[]): Generator<string> {
  const fence = fenceFor(lines);
  yield `${fence}diff`;
  yield* lines;
  yield fence;
}

function* ordinaryTable(plan: Plan, { count, lines }: Chosen, budget: ByteBudget): Generator<string> {
  const words = NOUNS.filter(
    ([key]) => (ORDINARY as readonly string[]).includes(key) && plan.header.summary[key] > 0,
  )
    .map(
      ([key, one, many]) =>
        `${groupDigits(plan.header.summary[key])} ${plan.header.summary[key] === 1 ? one : many}`,
    )
    .join(', ');
  const summary = (shown: number): string =>
    `<details><summary>${words} (${groupDigits(shown)} of ${groupDigits(count)} shown)</summary>`;
  const top = ['', '| | document | before | after | chunks | why |', '|---|---|---|---|--:|---|'];
  const bottom = ['', '</details>'];
  if (!budget.take('', summary(count), ...top, ...bottom)) {
    yield '';
    yield `${words}: all of them are in the plan file`;
    return;
  }
  const fit = fitting(lines, budget);
  yield '';
  yield summary(fit.length);
  yield* top;
  yield* fit;
  yield* bottom;
}

function* footLines(plan: Plan): Generator<string> {
  const { header, indexes } = plan;
  const warnings = indexes.flatMap((index) => index.header.warnings);
  if (warnings.length > 0) {
    yield '';
    for (const warning of warnings.slice(0, MAX_WARNINGS)) {
      yield `- ${warning.functional ? '**warning**' : 'note'} ${code(brief(warning.message))}`;
    }
    if (warnings.length > MAX_WARNINGS)
      yield `- and ${groupDigits(warnings.length - MAX_WARNINGS)} more warnings`;
  }
  yield '';
  const levels = [...new Set(indexes.map((index) => index.header.live.verify))].join(', ');
  const asked = indexes.reduce((sum, index) => sum + index.header.live.canaries.asked, 0);
  const passed = indexes.reduce((sum, index) => sum + index.header.live.canaries.passed, 0);
  const canaries = asked === 0 ? '' : `; ${passed} of ${asked} canaries`;
  const checked = levels === 'off' ? 'Live was not looked at.' : `Checked ${levels}${canaries}.`;
  const id = code(shortSum(header.plan_id));
  const merging =
    header.outcome === 'changes'
      ? ` Merging applies ${id}, or refuses if what it names has moved.`
      : ` Plan ${id}.`;
  yield checked + merging;
}
