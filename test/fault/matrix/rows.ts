/** The rows of the matrix, and which cells of them are run. */
import { BOUNDARIES, type Boundary } from './boundaries.js';
import type { Cell, CellResult, Matrix } from './cell.js';
import { COLUMNS, type Column } from './corpus.js';
import { FAULTS, type FaultName } from './faults.js';

export interface Row {
  readonly name: string;
  readonly number: number;
  readonly boundary: Boundary;
  readonly fault: FaultName;
}

export const ROWS: readonly Row[] = BOUNDARIES.flatMap((boundary) =>
  FAULTS[boundary.kind].map((fault) => ({ boundary, fault, name: `${boundary.name} | ${fault}` })),
).map((row, number) => ({ ...row, number }));

/** Whether the run that is struck replaces an index, or gives a replacement up. */
export function ofReplacement({ boundary }: Row): boolean {
  return boundary.after === 'a changed distance' || boundary.after === 'an abandoned replacement';
}

/** What may happen before the re-run of such a row. */
export function columnsOf(row: Row): readonly Column[] {
  const { fault } = row;
  const replaces = ofReplacement(row);
  return COLUMNS.filter(
    (column) =>
      (replaces || column.ofReplacement !== true) &&
      // A process that only sleeps has the state open: nobody puts another in its place.
      !(column.state === 'restored' && fault === 'asleep, taken over'),
  );
}

/** What a cell leaves for the report; travels from the test's process to the reporter's. */
export interface CellReport {
  readonly row: string;
  readonly column: string;
  readonly chroma: 'real' | 'memory';
  readonly at: number;
  readonly struck: number;
  readonly violations: readonly string[];
  readonly ms: number;
}

declare module 'vitest' {
  interface TaskMeta {
    faultCells?: readonly CellReport[];
  }
  export interface ProvidedContext {
    /** A slice that every test run has time for; every row with every column; and that at several calls. */
    matrixExtent: 'slice' | 'crossed' | 'every call';
  }
}

export interface Place {
  readonly column: Column;
  /** Which call of the boundary is struck, from 1. */
  readonly at: number;
}

/** The first, the middle and the last call of the boundary in the first run. */
export function firstMiddleLast(calls: number): number[] {
  return [...new Set([1, Math.ceil(calls / 2), calls])].filter((at) => at >= 1);
}

/** Every column of a row at one call, so that over the rows each column meets each place. */
export function crossOf({ number }: Row, columns: readonly Column[], calls: number): Place[] {
  const places = firstMiddleLast(calls);
  return columns.flatMap((column, i) => {
    const at = places[(number + i) % places.length];
    return at === undefined ? [] : [{ column, at }];
  });
}

/** One cell of each row, so that each row, each column and each place is there. */
export function sliceOf({ number }: Row, columns: readonly Column[], calls: number): Place {
  const places = firstMiddleLast(calls);
  // Columns and places go through all their pairs, because the second turns a step slower.
  const column = columns[number % columns.length];
  const at = places[Math.floor(number / columns.length + number) % places.length];
  if (column === undefined || at === undefined) throw new TypeError(`no cell for row ${number}`);
  return { column, at };
}

/** Runs cells one after the other. */
export async function runCells(
  cells: Iterable<{ readonly matrix: Matrix; readonly cell: Cell }>,
  chroma: CellReport['chroma'],
): Promise<CellReport[]> {
  const reports: CellReport[] = [];
  for (const { matrix, cell } of cells) reports.push(reportOf(cell, chroma, await settled(matrix, cell)));
  return reports;
}

/** Every violation, and every cell that proved nothing because its fault never struck. */
export function faultsIn(reports: readonly CellReport[]): string[] {
  return reports.flatMap(({ row, column, chroma, at, struck, violations }) => {
    const where = `${row} | ${column} | call ${at} (${chroma})`;
    const unstruck = struck === 0 ? [`${where}: not hit`] : [];
    return [...unstruck, ...violations.map((violation) => `${where}: ${violation}`)];
  });
}

async function settled(matrix: Matrix, cell: Cell): Promise<CellResult> {
  try {
    return await matrix.run(cell);
  } catch (error) {
    return { cell, struck: 0, violations: [`the cell broke: ${String(error)}`], ms: 0 };
  }
}

function reportOf(cell: Cell, chroma: CellReport['chroma'], result: CellResult): CellReport {
  const { struck, violations, ms } = result;
  const row = `${cell.boundary.name} | ${cell.fault}`;
  return { row, column: cell.column.name, chroma, at: cell.at, struck, violations, ms };
}
