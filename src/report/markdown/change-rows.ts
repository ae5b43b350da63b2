/** The rows of a comment: ready to be printed, by section, as many as could ever fit. */
import type { Change, Plan } from '../../domain/plan.js';
import { changeRow, sectionSign } from '../change-row.js';
import { type SectionName, sectionOf } from '../collect-changes.js';
import { shortSum } from '../layout.js';
import { ByteBudget } from './byte-budget.js';
import { codeCell } from './escape-markdown.js';

/** First what leaves search or is refused, then what is built anew. */
export const DANGEROUS: readonly SectionName[] = ['withheld', 'delete', 'reject', 'replace'];
export const ORDINARY: readonly SectionName[] = ['repair', 'resume', 'update', 'move', 'create'];

/** What one section can show, collected in the one pass over the changes. */
interface SectionRows {
  count: number;
  /** As many as could ever fit, ready to be printed. */
  readonly lines: string[];
  readonly room: ByteBudget;
  readonly first: Change;
}

export type Sections = ReadonlyMap<SectionName, SectionRows>;

export function collectRows(plan: Plan, maxBytes: number): Sections {
  const sections = new Map<SectionName, SectionRows>();
  for (const index of plan.indexes) {
    for (const change of index.changes()) {
      const name = sectionOf(change);
      let section = sections.get(name);
      if (section === undefined) {
        section = { count: 0, lines: [], room: new ByteBudget(maxBytes), first: change };
        sections.set(name, section);
      }
      section.count++;
      if (section.lines.length < section.count - 1) continue;
      const line = DANGEROUS.includes(name) ? diffLine(change) : tableRow(change);
      if (section.room.take(line)) section.lines.push(line);
    }
  }
  return sections;
}

export interface Chosen {
  readonly count: number;
  /** In order of the sections, and by uri within one. */
  readonly lines: readonly string[];
}

export function chosen(sections: Sections, names: readonly SectionName[]): Chosen {
  const found = names.flatMap((name) => sections.get(name) ?? []);
  return {
    count: found.reduce((sum, section) => sum + section.count, 0),
    lines: found.flatMap((section) => section.lines),
  };
}

/** The first lines, as far as they fit. */
export function fitting(lines: readonly string[], budget: ByteBudget): string[] {
  const fit: string[] = [];
  for (const line of lines) {
    if (!budget.take(line)) break;
    fit.push(line);
  }
  return fit;
}

/** The first character colours the line: what leaves search red, what stays or is refused orange. */
function diffLine(change: Change): string {
  const row = changeRow(change, sectionOf(change));
  const sign = change.action === 'delete' ? '-' : '!';
  const parts = [row.document, row.sums.trim(), row.chunks, row.why].filter((part) => part !== '');
  const word = change.action === 'withheld' ? 'WITHHELD  ' : '';
  return `${sign} ${word}${parts.join('  ')}`;
}

function tableRow(change: Change): string {
  const row = changeRow(change, sectionOf(change));
  const sum = (side: Change['before']): string => (side === null ? '' : shortSum(side.content_sha256));
  return `| ${codeCell(sectionSign(sectionOf(change)))} | ${codeCell(change.uri)} | ${sum(change.before)} | ${sum(change.after)} | ${row.chunks} | ${codeCell(row.why)} |`;
}
