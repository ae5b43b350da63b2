/** Tables as Markdown, or in plain columns for a terminal. */
import { cpus } from 'node:os';
import type { Table } from './benchmark.js';

export function renderTables(tables: readonly Table[], markdown: boolean): string {
  return tables.map((table) => (markdown ? renderMarkdown(table) : renderPlain(table))).join('\n\n');
}

function renderMarkdown({ caption, head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [`${caption}:`, '', line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function renderPlain({ caption, head, rows }: Table): string {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => (cells[column] ?? '').padEnd(width))
      .join('  ')
      .trimEnd();
  return [`${caption}:`, '', line(head), ...rows.map(line)].join('\n');
}

/** What the figures depend on beside the program; without rounds for counts, which are exact. */
export function machineFacts(git: string, rounds: number | undefined): string {
  const [first] = cpus();
  const machine = `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${process.platform} ${process.arch}`;
  const spread =
    rounds === undefined
      ? 'exact counts'
      : `median (smallest to largest) of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`;
  return `${machine}, Node ${process.versions.node}, ${git}; ${spread}.`;
}
