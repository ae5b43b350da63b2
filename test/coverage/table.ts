/** One row a folder, then the files that are least covered. */
import { relative, sep } from 'node:path';
import type { Lines } from './lines.js';

const LEAST = 25;

interface Row {
  readonly name: string;
  lines: number;
  inProcess: number;
  all: number;
}

export function coverageTable(root: string, inProcess: Lines, all: Lines): string[] {
  const total: Row = { name: 'src', lines: 0, inProcess: 0, all: 0 };
  const folders = new Map<string, Row>();
  const files: Row[] = [];
  for (const [path, lines] of all) {
    const name = relative(root, path).split(sep).join('/');
    const row: Row = { name, lines: lines.size, inProcess: ran(inProcess.get(path)), all: ran(lines) };
    files.push(row);
    const folder = name.split('/').slice(0, 2).join('/');
    const sum = folders.get(folder) ?? { name: folder, lines: 0, inProcess: 0, all: 0 };
    folders.set(folder, sum);
    for (const into of [sum, total]) {
      into.lines += row.lines;
      into.inProcess += row.inProcess;
      into.all += row.all;
    }
  }
  files.sort((a, b) => b.lines - b.all - (a.lines - a.all));
  return [
    `${'lines of'.padEnd(56)}   lines   in process   with spawned`,
    ...[...folders.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(text),
    text(total),
    '',
    'Most lines that nothing runs:',
    ...files.slice(0, LEAST).map(text),
  ];
}

function ran(lines: ReadonlyMap<number, number> | undefined): number {
  return [...(lines?.values() ?? [])].filter((hits) => hits > 0).length;
}

function text({ name, lines, inProcess, all }: Row): string {
  return `${name.padEnd(56)} ${String(lines).padStart(7)} ${share(inProcess, lines)} ${share(all, lines)}`;
}

function share(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)}%`.padStart(12);
}
