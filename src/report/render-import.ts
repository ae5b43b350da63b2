/** What an import did, for people: the verdict last, and what is not right nearest to it. */
import type { ImportReport } from '../domain/imported.js';
import { safe } from './escape.js';
import { plural } from './layout.js';
import type { Style } from './style.js';

const MAX_SHOWN = 20;

export function* renderImport(
  { fields, assets, manifest_id, imported_from, written }: ImportReport,
  { style }: { readonly style: Style },
): Generator<string> {
  const count = (outcome: string): number => fields.filter((field) => field.outcome === outcome).length;
  yield `Read      ${safe(imported_from)}: ${plural(fields.length, 'field')}, ${plural(assets.length, 'asset')}`;
  yield `Fields    ${count('mapped')} mapped, ${count('kept')} kept as metadata, ${count('not_carried_over')} not carried over (why: in the file)`;
  const wrong = assets.filter(({ status }) => status !== 'ok');
  for (const { source_id, status, detail } of wrong.slice(0, MAX_SHOWN)) {
    yield `${style.red('x')} ${safe(source_id)}  ${status.replaceAll('_', ' ')}${detail === null ? '' : `: ${safe(detail)}`}`;
  }
  if (wrong.length > MAX_SHOWN) yield `  ${wrong.length - MAX_SHOWN} more: see --json`;
  const verdict = `${safe(manifest_id)}: ${plural(assets.length - wrong.length, 'asset')} as declared`;
  yield wrong.length === 0
    ? `Imported  ${verdict}`
    : style.bold(`Partial   ${verdict}, ${wrong.length} not (exit 5)`);
  if (written !== null) yield `Next      ingest validate -f ${safe(written)}`;
}
