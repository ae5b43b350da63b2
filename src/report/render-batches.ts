/** The batches on record as a table, in the order given (newest first). */
import type { BatchReport } from '../domain/batches.js';
import { safe } from './escape.js';
import { displayWidth, groupDigits, isoTime, padEnd, shortenMiddle, shortRun, shortSum } from './layout.js';
import type { Style } from './style.js';

const HEAD = ['batch', 'index', 'applied', 'how', 'documents', 'landed', 'replay'] as const;

export function* renderBatches(
  batches: readonly BatchReport[],
  { style, width, next }: { readonly style: Style; readonly width: number; readonly next: string },
): Generator<string> {
  if (batches.length === 0) {
    yield 'No batch was applied yet.';
    return;
  }
  const rows = batches.map(cells);
  const columns = HEAD.map((name, i) =>
    Math.max(displayWidth(name), ...rows.map((row) => displayWidth(row[i] ?? ''))),
  );
  const line = (row: readonly string[]): string => {
    const text = row
      .map((cell, i) => padEnd(cell, columns[i] ?? 0))
      .join('  ')
      .trimEnd();
    return displayWidth(text) <= width ? text : shortenMiddle(text, width);
  };
  yield style.dim(line(HEAD));
  for (const row of rows) yield line(row);
  if (batches.some(({ replay }) => replay === 'available'))
    yield `${style.dim('Next'.padEnd(10))}${safe(next)}`;
}

function cells(batch: BatchReport): readonly string[] {
  return [
    shortSum(batch.batch_id),
    safe(batch.manifest_id),
    batch.applied_at === null ? shortRun(batch.first_run) : isoTime(batch.applied_at),
    batch.mode,
    groupDigits(batch.documents),
    groupDigits(batch.landed),
    batch.replay,
  ];
}
