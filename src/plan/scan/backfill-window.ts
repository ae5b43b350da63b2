/** The past window that a backfill asks for, in canonical form; refused where its source cannot have it. */
import { type CursorWindow, compareCursors, readCursor } from '../../domain/cursor.js';
import { IngestError } from '../../domain/errors.js';
import type { SourceSpec } from '../../domain/source-spec.js';

/** @throws IngestError E613 for a source without a cursor, for bounds that are no values of it, and for an empty window */
export function backfillWindow(
  { id, load }: SourceSpec,
  asked: { readonly start: string; readonly end: string },
): CursorWindow & { readonly field: string; readonly start: string; readonly end: string } {
  const { cursor } = load;
  if (cursor === undefined) {
    throw refused(
      `source ${id} has no cursor, so no past window can be read of it`,
      'A full_snapshot is read as a whole by every apply: run ingest apply.',
    );
  }
  const [start, end] = [bound('start'), bound('end')];
  if (compareCursors(cursor.type, start, end) >= 0) {
    throw refused(
      `the window ends at ${asked.end}, not after its start ${asked.start}`,
      'The start is in the window and the end is not: give an end that comes later.',
    );
  }
  return { field: cursor.field, start, end };

  function bound(name: 'start' | 'end'): string {
    const read = cursor === undefined ? undefined : readCursor(cursor.type, asked[name]);
    if (read?.ok === true) return read.cursor;
    throw refused(
      `--${name} ${asked[name]} is no value of ${cursor?.field ?? ''}: it ${read?.problem ?? ''}`,
      'Give both ends of the window as cursor values; the start is in it, the end is not.',
    );
  }
}

function refused(problem: string, advice: string): IngestError {
  return new IngestError('E613', problem, { kind: 'input', advice });
}
