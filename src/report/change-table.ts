/** The table of changes: columns as wide as their content needs, paths shortened, never numbers. */
import type { PlanIndex } from '../domain/plan.js';
import {
  CHECKSUM_WIDTH,
  changeRow,
  groupRow,
  RESUME_SIGN,
  type Row,
  sectionSign,
  sectionVerb,
} from './change-row.js';
import {
  type CollectedChanges,
  SECTION_ORDER,
  type Section,
  type SectionName,
  sectionOf,
} from './collect-changes.js';
import { flowItems } from './flow-items.js';
import { displayWidth, groupDigits, padEnd, padStart, plural, shortenPath } from './layout.js';
import type { Style } from './style.js';

export interface TableOptions {
  readonly style: Style;
  readonly width: number;
  readonly verbose: boolean;
}

interface Columns {
  readonly document: number;
  readonly sums: number;
  readonly chunks: number;
  /** Columns left for the reason; Infinity when lines may be as long as they need. */
  readonly why: number;
}

const MIN_DOCUMENT = 12;
const MIN_WHY = 14;

export function* changeTable(
  index: PlanIndex,
  collected: CollectedChanges,
  options: TableOptions,
): Generator<string> {
  const { style, verbose } = options;
  const single = verbose || collected.sections.some((section) => section.groups === undefined);
  const rows = (): Iterable<Row> =>
    verbose ? allRows(index, collected) : shownRows(collected.sections, single ? keepRow : countRow);
  const columns = measure(rows(), options);
  if (single) {
    const head = `  ${padEnd('document', columns.document)}  ${padEnd('before      after', columns.sums)}  ${padEnd('chunks', columns.chunks)}  why`;
    yield style.dim(head);
  }
  const signs = new Set<string>();
  for (const row of rows()) {
    signs.add(row.sign);
    yield* rowLines(row, columns, single, options);
  }
  if (!verbose) yield* foldedNotes(collected.sections, style);
  const legend = legendText(collected.sections, signs);
  if (single) yield style.dim(`  ${legend}`);
}

const keepRow = (row: Row): Row => row;

/** Without a head above them, rows of folders say what they count. */
function countRow(row: Row): Row {
  const unit = /^[+-]?1$/.test(row.chunks) ? 'chunk' : 'chunks';
  return {
    ...row,
    chunks: row.chunks.includes('chunk') ? row.chunks : `${row.chunks} ${unit}`,
    why: row.why === 'new' ? '' : row.why,
  };
}

function* shownRows(sections: readonly Section[], finish: (row: Row) => Row): Generator<Row> {
  for (const section of sections) {
    if (section.groups === undefined) {
      for (const change of section.changes) yield changeRow(change, section.name);
      continue;
    }
    for (const group of section.groups.groups) yield finish(groupRow(group, section.name));
    const { more } = section.groups;
    if (more.documents > 0) {
      const rest = groupRow(
        {
          glob: `(${groupDigits(more.folders)} more folders)`,
          documents: more.documents,
          add: more.add,
          keep: more.keep,
          delete: more.delete,
          relabel: 0,
          reasons: [],
        },
        section.name,
      );
      yield finish(rest);
    }
  }
}

/** One pass for each section in use: the changes lie on disk, and what is dangerous comes last. */
function* allRows(index: PlanIndex, collected: CollectedChanges): Generator<Row> {
  for (const { name } of collected.sections) {
    for (const change of index.changes()) if (sectionOf(change) === name) yield changeRow(change, name);
  }
}

function measure(rows: Iterable<Row>, options: TableOptions): Columns {
  let document = MIN_DOCUMENT;
  let sums = 0;
  let chunks = 'chunks'.length;
  let why = 0;
  for (const row of rows) {
    document = Math.max(document, displayWidth(row.document));
    sums = Math.max(sums, displayWidth(row.sums));
    chunks = Math.max(chunks, displayWidth(row.chunks));
    why = Math.max(why, displayWidth(row.why));
  }
  sums = Math.min(Math.max(sums, 'before'.length), CHECKSUM_WIDTH);
  const room = options.width - 2 - sums - 2 - chunks - 2 - 2;
  // The reason gets what it needs, up to a third of what there is; the document the rest.
  const reserved = Math.min(why, Math.max(MIN_WHY, Math.floor(room / 3)));
  document = Math.min(document, Math.max(MIN_DOCUMENT, room - reserved));
  // In full listings nothing is cut: they are read with grep, and copied into the next command.
  return { document, sums, chunks, why: options.verbose ? Infinity : Math.max(MIN_WHY, room - document) };
}

/** A reason that does not fit beside its row stands below it: it is never cut. */
function* rowLines(row: Row, columns: Columns, single: boolean, options: TableOptions): Generator<string> {
  const full = columns.why === Infinity;
  const name = full ? row.document : shortenPath(row.document, columns.document);
  // Folders only: their counts are columns of numbers.
  const pad = single ? padEnd : padStart;
  const line = `${padEnd(name, columns.document)}  ${pad(row.sums, columns.sums)}  ${pad(row.chunks, columns.chunks)}`;
  const below = displayWidth(row.why) > columns.why;
  yield `${paintSign(row, options.style)} ${(below ? line : `${line}  ${row.why}`).trimEnd()}`;
  if (below) yield* flowItems('      ', row.why.split(' '), ' ', options.width);
}

function paintSign(row: Row, style: Style): string {
  const paint: Readonly<Record<SectionName, (text: string) => string>> = {
    create: style.green,
    move: style.cyan,
    update: style.yellow,
    repair: style.magenta,
    resume: style.cyan,
    replace: style.red,
    delete: style.red,
    reject: style.red,
    withheld: style.red,
  };
  return paint[row.section](row.sign);
}

function* foldedNotes(sections: readonly Section[], style: Style): Generator<string> {
  const folded = sections.filter((section) => section.groups !== undefined);
  if (folded.length === 0) return;
  const shown = folded.reduce((sum, section) => sum + (section.groups?.groups.length ?? 0), 0);
  const more = folded.reduce((sum, section) => sum + (section.groups?.more.folders ?? 0), 0);
  if (more > 0) {
    yield style.dim(
      `  ${groupDigits(shown)} of ${plural(shown + more, 'folder')} shown; each document: --verbose`,
    );
  } else if (folded.some((section) => section.documents > (section.groups?.groups.length ?? 0))) {
    yield style.dim('  each document: --verbose');
  }
}

/** Only the signs in use. */
function legendText(sections: readonly Section[], signs: ReadonlySet<string>): string {
  const used = new Set<SectionName>(sections.map((section) => section.name));
  const parts = SECTION_ORDER.filter(
    (name) => name !== 'resume' && used.has(name) && signs.has(sectionSign(name)),
  ).map((name) => `${sectionSign(name)} ${sectionVerb(name)}`);
  if (signs.has(RESUME_SIGN)) parts.push(`${RESUME_SIGN} resume`);
  return parts.join('  ');
}
