/** The fault matrix at every single call of every boundary, on the Chroma in memory. Only in `npm run test:fault:every-call`. */
import { describe, expect, it, vi } from 'vitest';
import { memoryChroma } from '../../support/chroma-under-test.js';
import { Matrix } from './cell.js';
import { columnsOf, faultsIn, ROWS, runCells } from './rows.js';

vi.setConfig({ testTimeout: 1_800_000 });

describe('a fault that strikes any call of a run', () => {
  const matrix = new Matrix(memoryChroma());

  it.for(ROWS)('leaves nothing wrong: $name', async (row, { task }) => {
    const { boundary, fault } = row;
    const columns = columnsOf(row).filter((column) => column.live !== 'restarted');
    const calls = await matrix.callsOf(boundary);
    const cells = columns.flatMap((column) =>
      Array.from({ length: calls }, (_, i) => ({ matrix, cell: { boundary, fault, column, at: i + 1 } })),
    );
    const reports = await runCells(cells, 'memory');
    task.meta.faultCells = reports;
    expect(calls).toBeGreaterThan(0);
    expect(faultsIn(reports)).toEqual([]);
  });
});
