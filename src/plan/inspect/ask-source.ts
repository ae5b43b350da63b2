/** What the source of one document says of it now, and what the gate makes of it. */
import type { Diagnosis } from '../../domain/diagnosis.js';
import { sourceIdOf } from '../../domain/identity.js';
import type { Manifest } from '../../domain/manifest.js';
import type { IndexRow } from '../../domain/state-rows.js';
import { compareUtf8 } from '../../domain/text.js';
import type { PlanningPorts } from '../planning-ports.js';

/** Reads the listing up to the uri; the document itself is read and judged, nothing is kept. */
export async function askSource(
  ports: PlanningPorts,
  manifest: Manifest | undefined,
  index: IndexRow | undefined,
  uri: string,
): Promise<Diagnosis['manifest']> {
  const source_id = sourceIdOf(uri);
  const declared = manifest !== undefined;
  const source_declared = manifest?.sources.some((one) => one.id === source_id) === true;
  const told = { declared, source_id, source_declared, gate: null, gate_detail: null, content_sha256: null };
  if (manifest === undefined || !source_declared) {
    return { ...told, listed: declared ? 'no' : 'unknown' };
  }
  const preparer = await ports.preparer(manifest, index?.pins);
  for await (const entry of preparer.source(source_id).list(ports.signal)) {
    if (compareUtf8(entry.uri, uri) < 0) continue;
    if (entry.uri !== uri) break;
    if (entry.kind === 'skipped') return { ...told, listed: 'skipped', gate_detail: entry.reason };
    if (entry.kind === 'unreadable') return { ...told, listed: 'unreadable', gate_detail: entry.message };
    if (entry.kind === 'deleted') return { ...told, listed: 'deleted' };
    if (entry.kind === 'malformed') {
      const gate_detail = `${entry.location}: ${entry.message}`;
      return { ...told, listed: 'yes', gate: 'reject', gate_detail, content_sha256: entry.content_sha256 };
    }
    const found = await preparer.prepare(entry);
    const listed = { ...told, listed: 'yes' } as const;
    switch (found.kind) {
      case 'document':
        return { ...listed, gate: 'accept', content_sha256: found.document.content_sha256 };
      case 'empty':
        return { ...listed, gate: 'empty', gate_detail: 'no text', content_sha256: found.content_sha256 };
      case 'reject':
      case 'quarantine':
        return {
          ...listed,
          gate: found.kind,
          gate_detail: `${found.code}: ${found.detail}`,
          content_sha256: found.content_sha256,
        };
      case 'unreadable':
        return { ...listed, gate: 'unreadable', gate_detail: found.message };
    }
  }
  return { ...told, listed: 'no' };
}
