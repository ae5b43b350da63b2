/** Vitest reporter: the fault matrix as one table, from what its tests left in their meta. Silent without them. */
import type { Reporter, TestModule } from 'vitest/node';
import { COLUMNS } from '../fault/matrix/corpus.js';
import { WHY_NOT } from '../fault/matrix/faults.js';
import { type CellReport, columnsOf, ROWS } from '../fault/matrix/rows.js';

export default class MatrixReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cells = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => test.meta().faultCells ?? []),
    );
    if (cells.length > 0) process.stdout.write(`\n${renderMatrix(cells).join('\n')}\n`);
  }
}

function renderMatrix(cells: readonly CellReport[]): string[] {
  const boundary = Math.max(...ROWS.map((row) => row.boundary.name.length));
  const fault = Math.max(...ROWS.map((row) => row.fault.length));
  const line = (first: string, second: string, rest: readonly string[]): string =>
    [first.padEnd(boundary), second.padEnd(fault), ...rest].join('  ').trimEnd();
  const widths = COLUMNS.map((column) => Math.max(column.name.length, 7));
  const pad = (texts: readonly string[]): string[] => texts.map((text, i) => text.padEnd(widths[i] ?? 0));
  const byPlace = new Map<string, CellReport[]>();
  for (const cell of cells) {
    const place = `${cell.row} | ${cell.column}`;
    byPlace.set(place, [...(byPlace.get(place) ?? []), cell]);
  }
  const table = ROWS.map((row, i) =>
    line(
      ROWS[i - 1]?.boundary === row.boundary ? '' : row.boundary.name,
      row.fault,
      pad(
        COLUMNS.map((column) =>
          columnsOf(row).includes(column) ? verdict(byPlace.get(`${row.name} | ${column.name}`) ?? []) : '',
        ),
      ),
    ),
  );
  return [
    'FAULT MATRIX: boundary x fault, struck in a run and again in its re-run; columns: what happened in between',
    line('boundary', 'fault', pad(COLUMNS.map((column) => column.name))),
    ...table,
    ...totals(cells, byPlace.size),
    ...reasons(),
  ];
}

/** `ok 3`: at three calls. */
function verdict(cells: readonly CellReport[]): string {
  if (cells.length === 0) return '.';
  const bad = cells.find((cell) => cell.violations.length > 0);
  if (bad !== undefined) return (bad.violations[0] ?? '').slice(0, 2);
  if (cells.some((cell) => cell.struck === 0)) return 'not hit';
  return `ok ${cells.length}`;
}

function totals(cells: readonly CellReport[], places: number): string[] {
  const of = (keep: (cell: CellReport) => boolean): number => cells.filter(keep).length;
  const bad = of((cell) => cell.violations.length > 0);
  const unhit = of((cell) => cell.struck === 0 && cell.violations.length === 0);
  const all = ROWS.reduce((sum, row) => sum + columnsOf(row).length, 0);
  const times = (['real', 'memory'] as const).flatMap((chroma) => {
    const own = cells.filter((cell) => cell.chroma === chroma);
    if (own.length === 0) return [];
    const ms = own.reduce((sum, cell) => sum + cell.ms, 0) / own.length;
    return [`${own.length} on the ${chroma} Chroma (${Math.round(ms)} ms each)`];
  });
  return [
    `${ROWS.length} rows, ${COLUMNS.length} columns, ${all} places that there can be, ${places} of them run; ${cells.length} cells: ${times.join(', ')}`,
    `${cells.length - bad - unhit} ok, ${bad} violated, ${unhit} not hit; struck twice: ${of((cell) => cell.struck === 2)}, the others' re-runs did not come to the boundary`,
    ...(places < all ? ['"." was left out here: `npm run test:fault` runs all of them'] : []),
  ];
}

function reasons(): string[] {
  return [
    'Not there:',
    ...Object.entries(WHY_NOT).map(([kind, why]) => `  faults of a request at ${kind}: ${why}`),
  ];
}
