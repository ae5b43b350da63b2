/**
 * The fault matrix on a real Chroma: every boundary x every fault x everything that may happen before the re-run,
 * twice in a row. Here one cell of each row; `npm run test:fault` runs all of them, at the first, the middle and
 * the last call of each boundary, and every single call in every-call.test.ts.
 */
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  type ChromaUnderTest,
  launchRestartableChroma,
  type RestartableChroma,
  realChroma,
} from '../../support/chroma-under-test.js';
import { type Cell, Matrix } from './cell.js';
import { COLUMNS } from './corpus.js';
import { faultsIn, firstMiddleLast, ROWS, runCells, sliceOf } from './rows.js';

const url = inject('chromaUrl');
const whole = inject('wholeMatrix');

// While one waits for Chroma another one computes.
vi.setConfig({ testTimeout: 3_600_000, maxConcurrency: 3 });

describe.skipIf(url === '')('a fault that strikes a run and its re-run', () => {
  let own: RestartableChroma;
  /** Restarting is for the server's only user. */
  let restarted: Matrix;
  let shared: Matrix;

  beforeAll(async () => {
    own = await launchRestartableChroma();
    const open = async (chroma: Promise<ChromaUnderTest>): Promise<Matrix> => new Matrix(await chroma);
    restarted = await open(realChroma(own.url, () => own.restart()));
    shared = await open(realChroma(url));
  });
  afterAll(() => own.stop());

  /** One restarts the server at a time. */
  let turns = Promise.resolve();
  const turn = (work: () => Promise<void>): Promise<void> => {
    const mine = turns.then(work);
    turns = mine.catch(() => {});
    return mine;
  };

  it.concurrent.for(ROWS)('leaves nothing wrong: $name', async (row, { task, expect }) => {
    const { boundary, fault } = row;
    const calls = await shared.callsOf(boundary);
    const chosen = whole
      ? COLUMNS.flatMap((column) => firstMiddleLast(calls).map((at) => ({ column, at })))
      : [sliceOf(row, COLUMNS, calls)];
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

  it('has a cell in each column', () => {
    const columns = ROWS.map((row) => sliceOf(row, COLUMNS, 3).column.name);
    expect(new Set(columns).size).toBe(COLUMNS.length);
  });
});
