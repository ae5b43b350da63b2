/** The manifest as a file for people: what it came from, what was not carried over and why, then the manifest. */
import type { ImportedAsset } from '../../domain/imported.js';
import { formatYaml } from '../../platform/yaml.js';
import { printable } from '../source-text.js';
import type { MappedManifest } from './map-source-manifest.js';
import type { CourseManifest } from './source-manifest.js';

/** Named in full up to so many; the structured report holds all. */
const MAX_NAMED = 5;

/** Depends on what the manifest says alone: not on its file's name, nor on the time. */
export function writeImported(
  course: CourseManifest,
  mapped: MappedManifest,
  assets: readonly ImportedAsset[],
): string {
  const wrong = assets.filter(({ status }) => status !== 'ok');
  const comments = [
    `Imported from ${course.manifest_id} (source_manifest_v1, batch ${course.batch_id}).`,
    ...(course.notes ? ['', 'Notes:', ...course.notes.split('\n').map((line) => `  ${line}`)] : []),
    '',
    'Added, because ours must say it:',
    ...mapped.added.map(({ field, reason }) => `  ${field}: ${reason}`),
    '',
    'Not carried over:',
    ...notCarried(mapped).map((line) => `  ${line}`),
    ...(wrong.length === 0 ? [] : ['', 'Assets that are not right:']),
    ...wrong.map(
      ({ source_id, status, detail }) => `  ${source_id}: ${status}${detail ? ` (${detail})` : ''}`,
    ),
  ];
  const head = comments.map((line) => (line === '' ? '#' : `# ${printable(line)}`)).join('\n');
  return `${head}\n${formatYaml(mapped.manifest)}`;
}

/** What is the same of many assets is said once. */
function notCarried({ fields }: MappedManifest): string[] {
  const groups = new Map<string, { reason: string; fields: string[] }>();
  for (const { field, outcome, reason } of fields) {
    if (outcome !== 'not_carried_over' || reason === null) continue;
    const key = `${field.replace(/\[\d+\]/, '[]')} ${reason}`;
    const group = groups.get(key) ?? { reason, fields: [] };
    group.fields.push(field);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ reason, fields: named }) => {
    const more = named.length > MAX_NAMED ? ` and ${named.length - MAX_NAMED} more` : '';
    return `${named.slice(0, MAX_NAMED).join(', ')}${more}: ${reason}`;
  });
}
