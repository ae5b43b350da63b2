/** The source that a backfill names, with its window, before anything is opened. */
import { IngestError } from '../../domain/errors.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import { backfillWindow } from '../../plan/scan/backfill-window.js';
import { shown } from '../../report/describe-cursors.js';

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
  const source = manifest.sources.find(({ id }) => id === asked.source);
  if (source === undefined) throw new TypeError(`no source ${asked.source}`);
  const { field, start, end } = backfillWindow(source, asked);
  return { manifest, window: `${field} from ${shown(start)} to before ${shown(end)}` };
}
