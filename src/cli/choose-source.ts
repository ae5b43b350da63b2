/** The source that a backfill names, with its window, before anything is opened. */
import { compareCursors, readCursor } from '../domain/cursor.js';
import { IngestError } from '../domain/errors.js';
import type { DesiredState, Manifest } from '../domain/manifest.js';
import { shown } from '../report/describe-cursors.js';

/** @throws IngestError E613 for a source without a cursor or a window that it cannot have; E606 for an unknown one */
export function chooseSource(
  { manifests }: DesiredState,
  asked: {
    readonly source: string;
    readonly index?: string | undefined;
    readonly start: string;
    readonly end: string;
  },
): { readonly manifest: Manifest; readonly window: string } {
  const having = manifests.filter(
    ({ manifest_id, sources }) =>
      (asked.index === undefined || asked.index === manifest_id) &&
      sources.some(({ id }) => id === asked.source),
  );
  const [manifest] = having;
  if (manifest === undefined || having.length > 1) {
    const known = [...new Set(manifests.flatMap(({ sources }) => sources.map(({ id }) => id)))].join(', ');
    throw new IngestError(
      'E606',
      `${having.length === 0 ? 'no index has' : 'several indexes have'} a source ${asked.source}`,
      {
        kind: 'input',
        advice: having.length === 0 ? `Declared are: ${known}.` : 'Say which with --index MANIFEST_ID.',
      },
    );
  }
  const cursor = manifest.sources.find(({ id }) => id === asked.source)?.load.cursor;
  if (cursor === undefined) {
    throw new IngestError(
      'E613',
      `source ${asked.source} has no cursor, so no past window can be read of it`,
      {
        kind: 'input',
        advice: 'A full_snapshot is read as a whole by every apply: run ingest apply.',
      },
    );
  }
  const [start = '', end = ''] = (['start', 'end'] as const).map((name) => {
    const read = readCursor(cursor.type, asked[name]);
    if (read.ok) return read.cursor;
    throw new IngestError(
      'E613',
      `--${name} ${asked[name]} is no value of ${cursor.field}: it ${read.problem}`,
      {
        kind: 'input',
        advice: 'Give both ends of the window as cursor values; the start is in it, the end is not.',
      },
    );
  });
  if (compareCursors(cursor.type, start, end) >= 0) {
    throw new IngestError('E613', `the window ends at ${shown(end)}, not after its start ${shown(start)}`, {
      kind: 'input',
      advice: 'The start is in the window and the end is not: give an end that comes later.',
    });
  }
  return { manifest, window: `${cursor.field} from ${shown(start)} to before ${shown(end)}` };
}
