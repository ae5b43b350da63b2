/** The tables of the page. On a phone every row is a block, and each cell says what it is. */
import type { ReportedDocuments, RunReport, RunReportIndex } from '../../../domain/run-report.js';
import { groupDigits, plural, shortRun } from '../../layout.js';
import { agreement, changeItems, coverageSum, figureOf, refusedItems, skippedItems } from '../run-words.js';
import { type Html, type HtmlValue, html, NOTHING } from './html.js';

interface Head {
  readonly label: string;
  readonly number?: boolean;
}

function table(heads: readonly Head[], rows: readonly (readonly HtmlValue[])[]): Html {
  const cell = (value: HtmlValue, { label, number }: Head): Html =>
    html`<td class="${number === true ? 'n' : ''}" data-label="${label}">${value}</td>`;
  return html`<table><thead><tr>${heads.map(({ label, number }) => html`<th class="${number === true ? 'n' : ''}">${label}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${heads.map((head, i) => cell(row[i] ?? '', head))}</tr>`)}</tbody></table>`;
}

function block(id: string, title: string, content: Html): Html {
  return html`<section class="card block" id="${id}"><h2>${title}</h2>${content}</section>`;
}

export function code(text: string): Html {
  return html`<code>${text}</code>`;
}

export function documentBlock(title: string, { total, listed }: ReportedDocuments): Html {
  if (total === 0) return NOTHING;
  const rows = listed.map(({ uri, code: id, message, manifest_id }) => [code(uri), id, message, manifest_id]);
  const heads = [{ label: 'document' }, { label: 'code' }, { label: 'why' }, { label: 'index' }];
  const rest =
    listed.length < total
      ? html`<p class="note">${groupDigits(listed.length)} of ${groupDigits(total)} shown.</p>`
      : NOTHING;
  return block(
    title.toLowerCase(),
    `${title}: ${plural(total, 'document')}`,
    html`${table(heads, rows)}${rest}`,
  );
}

export function warningBlock({ warnings, warn_count }: RunReport): Html {
  if (warnings.length === 0) return NOTHING;
  const heads = [
    { label: 'key' },
    { label: 'message' },
    { label: 'detail' },
    { label: 'index' },
    { label: 'needs action' },
  ];
  const ordered = warnings.toSorted((a, b) => Number(b.functional) - Number(a.functional));
  const rows = ordered.map(({ key, message, detail, manifest_id, functional }) => [
    code(key),
    message,
    detail ?? '',
    manifest_id,
    functional ? html`<span class="no">yes</span>` : 'no',
  ]);
  return block('warnings', plural(warn_count, 'warning'), table(heads, rows));
}

export function checkBlock({ checks }: RunReport): Html {
  if (checks.length === 0) return NOTHING;
  const share = (value: number | null): string => (value === null ? 'unknown' : value.toFixed(2));
  const heads = [
    { label: 'index' },
    { label: 'status' },
    { label: 'found', number: true },
    { label: 'recall', number: true },
    { label: 'MRR', number: true },
    { label: 'since the run before' },
  ];
  const rows = checks.map(({ manifest_id, status, passed, queries, recall, mrr, before }) => [
    manifest_id,
    status === 'passed' ? html`<span class="yes">passed</span>` : html`<span class="no">${status}</span>`,
    `${passed} of ${queries.length}`,
    share(recall),
    share(mrr),
    before === null
      ? 'first time'
      : `was ${before.passed} of ${before.passed + before.failed}, recall ${share(before.recall)}, MRR ${share(before.mrr)} (${shortRun(before.run_id)})`,
  ]);
  const missed = checks.flatMap(({ queries }) => queries.filter(({ met }) => !met));
  const questions = missed.map(({ query, expected, nearest }) => [
    query,
    expected.map(({ expected: wanted }) => wanted).join(', '),
    nearest === null ? 'nothing' : code(nearest),
  ]);
  const list =
    missed.length === 0
      ? NOTHING
      : html`<h3>Missed</h3>${table([{ label: 'question' }, { label: 'expected' }, { label: 'nearest' }], questions)}`;
  return block('checks', 'Retrieval checks', html`${table(heads, rows)}${list}`);
}

export function indexBlock(index: RunReportIndex): Html {
  const { manifest_id, collection, target, embedding, sources, coverage, recorded, live } = index;
  const sync = index.strict_sync;
  const count = sync === null ? live?.count : sync.actual;
  const facts: [string, HtmlValue][] = [
    ['collection', html`${code(collection)} <span class="soft">${target}</span>`],
    ['embedding', `${embedding.provider}, ${embedding.model}`],
    ['coverage', coverageSum(coverage)],
    ['changes', changeItems(index).join(', ') || 'none'],
    ['refused at the end', refusedItems(index).join(', ') || 'none'],
    [
      'records',
      recorded === null
        ? 'not known'
        : `recorded ${groupDigits(recorded.chunks)} of ${plural(recorded.documents, 'document')}; live ${count === null || count === undefined ? 'not known' : groupDigits(count)}, looked at by ${sync?.level ?? live?.verify ?? 'nobody'}`,
    ],
    [
      'search',
      live === null || live.canaries.asked === 0
        ? 'not asked'
        : `finds ${live.canaries.passed} of ${plural(live.canaries.asked, 'canary', 'canaries')}`,
    ],
  ];
  const heads = [
    { label: 'source' },
    { label: 'type' },
    { label: 'listing' },
    { label: 'documents', number: true },
    { label: 'skipped' },
    { label: 'fingerprint' },
  ];
  const rows = sources.map((source) => [
    source.source_id,
    source.type,
    source.complete ? source.listing : html`${source.listing}, <span class="no">incomplete</span>`,
    groupDigits(source.documents),
    skippedItems(source.skipped).join(', ') || 'none',
    code(source.fingerprint.slice(0, 16)),
  ]);
  return block(
    `index-${manifest_id}`,
    manifest_id,
    html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl><h3>Sources</h3>${table(heads, rows)}`,
  );
}

export function reconciliationBlock({ reconciliation }: RunReport): Html {
  if (reconciliation.length === 0) return NOTHING;
  const heads = [
    { label: 'figure' },
    { label: 'index' },
    { label: 'expected', number: true },
    { label: 'actual', number: true },
    { label: 'agrees' },
  ];
  const rows = reconciliation.map(({ what, manifest_id, expected, actual, ok }) => [
    what,
    manifest_id ?? '',
    figureOf(expected),
    figureOf(actual),
    ok === null
      ? html`<span class="soft">not known</span>`
      : ok
        ? html`<span class="yes">yes</span>`
        : html`<span class="no">NO</span>`,
  ]);
  return block('reconciliation', agreement(reconciliation), table(heads, rows));
}

export function anchorBlock({ anchors, run }: RunReport): Html {
  const heads = [
    { label: 'manifest_id' },
    { label: 'batch_id' },
    { label: 'source_id' },
    { label: 'source_fingerprint' },
  ];
  const rows = anchors.map(({ manifest_id, batch_id, source_id, source_fingerprint }) => [
    manifest_id,
    code(batch_id),
    source_id,
    code(source_fingerprint),
  ]);
  return html`<section class="card block" id="anchors"><details><summary>Anchors</summary>
<p>run_id ${code(run.run_id)}<br>trace_id ${code(run.trace_id)}<br>plan_id ${code(run.plan_id ?? 'none')}</p>
${rows.length === 0 ? NOTHING : table(heads, rows)}</details></section>`;
}
