/**
 * The fault matrix on a real Chroma: every boundary x every fault x everything that may happen before the re-run,
 * twice in a row. Here one cell of each row; `npm run test:fault` runs every row with every column, and
 * `npm run test:fault:every-call` each of them at the first, the middle and the last call of its boundary.
 */
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  type ChromaUnderTest,
  launchRestartableChroma,
  memoryChroma,
  type RestartableChroma,
  realChroma,
} from '../../support/chroma-under-test.js';
import { type Cell, Matrix } from './cell.js';
import { COLUMNS } from './corpus.js';
import {
  columnsOf,
  crossOf,
  faultsIn,
  firstMiddleLast,
  ofReplacement,
  ROWS,
  runCells,
  sliceOf,
} from './rows.js';

const url = inject('chromaUrl');
const extent = inject('matrixExtent');
const whole = extent !== 'slice';

// While one waits for Chroma another one computes.
vi.setConfig({ testTimeout: 3_600_000, maxConcurrency: 3 });

const rows = ROWS.filter((row) => whole || onReal(row));
/** A Chroma keeps files of deleted collections open, and after some thousand of them has none left. */
const ROWS_OF_A_SERVER = 40;
const parts = Array.from({ length: Math.ceil(rows.length / ROWS_OF_A_SERVER) }, (_, i) => ({
  part: i + 1,
  rows: rows.slice(i * ROWS_OF_A_SERVER, (i + 1) * ROWS_OF_A_SERVER),
}));

describe.skipIf(url === '').each(parts)(
  'a fault that strikes a run and its re-run, part $part',
  ({ rows }) => {
    let own: RestartableChroma;
    let another: RestartableChroma | undefined;
    /** Restarting is for the server's only user. */
    let restarted: Matrix;
    let shared: Matrix;

    beforeAll(async () => {
      own = await launchRestartableChroma();
      const open = async (chroma: Promise<ChromaUnderTest>): Promise<Matrix> => new Matrix(await chroma);
      restarted = await open(realChroma(own.url, () => own.restart()));
      if (whole) another = await launchRestartableChroma();
      shared = await open(realChroma(another?.url ?? url));
    });
    afterAll(async () => {
      await own.stop();
      await another?.stop();
    });

    /** One restarts the server at a time. */
    let turns = Promise.resolve();
    const turn = (work: () => Promise<void>): Promise<void> => {
      const mine = turns.then(work);
      turns = mine.catch(() => {});
      return mine;
    };

    it.concurrent.for(rows)('leaves nothing wrong: $name', async (row, { task, expect }) => {
      const { boundary, fault } = row;
      const calls = await shared.callsOf(boundary);
      const chosen = {
        slice: () => [sliceOf(row, columnsOf(row), calls)],
        crossed: () => crossOf(row, columnsOf(row), calls),
        'every call': () =>
          columnsOf(row).flatMap((column) => firstMiddleLast(calls).map((at) => ({ column, at }))),
      }[extent]();
      const cells = chosen.map(({ column, at }): { matrix: Matrix; cell: Cell } => ({
        matrix: column.live === 'restarted' ? restarted : shared,
        cell: { boundary, fault, column, at },
      }));
      const alone = cells.filter(({ matrix }) => matrix === restarted);
      const reports = await runCells(
        cells.filter(({ matrix }) => matrix === shared),
        'real',
      );
      await turn(async () => {
        reports.push(...(await runCells(alone, 'real')));
      });
      task.meta.faultCells = reports;
      expect(faultsIn(reports)).toEqual([]);
    });
  },
);

it('has a cell in each column', () => {
  const columns = ROWS.map((row) => sliceOf(row, columnsOf(row), 3).column.name);
  expect(new Set(columns).size).toBe(COLUMNS.length);
});

/** Of a replacement every fourth: ten faults to a request, so that the places turn through all of them. */
function inMemory(row: (typeof ROWS)[number]): boolean {
  return ofReplacement(row) ? row.number % 4 === 0 : !onReal(row);
}

/**
 * Every third row, which turns through all faults. A replacement takes three runs before it is struck: of every day's
 * slice only the renames meet a real Chroma.
 */
function onReal(row: (typeof ROWS)[number]): boolean {
  if (!ofReplacement(row)) return row.number % 3 === 0;
  return row.boundary.name.startsWith('replace: rename') && row.fault === 'killed after';
}

describe.skipIf(whole)('a fault that strikes a run and its re-run, on the Chroma in memory', () => {
  const matrix = new Matrix(memoryChroma());

  it.for(ROWS.filter(inMemory))('leaves nothing wrong: $name', async (row, { task }) => {
    const { boundary, fault } = row;
    const columns = columnsOf(row).filter((column) => column.live !== 'restarted');
    const { column, at } = sliceOf(row, columns, await matrix.callsOf(boundary));
    const reports = await runCells([{ matrix, cell: { boundary, fault, column, at } }], 'memory');
    task.meta.faultCells = reports;
    expect(faultsIn(reports)).toEqual([]);
  });
});
