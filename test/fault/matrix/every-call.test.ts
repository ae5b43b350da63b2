/** The fault matrix at every single call of every boundary, on the Chroma in memory. Only in `npm run test:fault`. */
import { describe, expect, it, vi } from 'vitest';
import { memoryChroma } from '../../support/chroma-under-test.js';
import { Matrix } from './cell.js';
import { COLUMNS } from './corpus.js';
import { faultsIn, ROWS, runCells } from './rows.js';

vi.setConfig({ testTimeout: 1_800_000 });

describe('a fault that strikes any call of a run', () => {
  const matrix = new Matrix(memoryChroma());
  const columns = COLUMNS.filter((column) => column.live !== 'restarted');

  it.for(ROWS)('leaves nothing wrong: $name', async ({ boundary, fault }, { task }) => {
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
