/**
 * A file inside the data folder that says which server program wrote it last, and the name of an empty Chroma
 * database that only this folder has: whoever answers at the port and knows it serves this folder.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFileAtomic } from '../../platform/write-file-atomic.js';
import { describeProgram, type ServerProgram } from './child-protocol.js';

export interface ServerMarker {
  readonly format: 1;
  readonly database: string;
  /** The newest program that opened the folder; null while that is unknown. */
  readonly written_by: { readonly kind: ServerProgram['kind']; readonly version: string } | null;
}

export function readServerMarker(markerFile: string): ServerMarker | undefined {
  let text: string;
  try {
    text = readFileSync(markerFile, 'utf8');
  } catch {
    return undefined;
  }
  const marker = JSON.parse(text) as ServerMarker;
  if (marker.format !== 1) throw new Error(`${markerFile} has an unknown format`);
  return marker;
}

/** The program must not open the folder. */
export class OlderProgram extends Error {}

/**
 * The marker for a folder that `program` is about to open. Nothing is written yet.
 * @throws OlderProgram when it is older than the one that wrote the folder, or cannot be compared with it
 */
export function nextServerMarker(previous: ServerMarker | undefined, program: ServerProgram): ServerMarker {
  const database = previous?.database ?? `ingest-marker-${randomUUID()}`;
  const before = previous?.written_by ?? null;
  if (program.version === undefined) return { format: 1, database, written_by: before };
  const now = { kind: program.kind, version: program.version };
  if (before !== null && (before.kind !== now.kind || compareVersions(now.version, before.version) < 0)) {
    const wrote = describeProgram({ ...before, file: '', command: '' } as ServerProgram);
    throw new OlderProgram(
      `the data folder was written by ${wrote}, and ${describeProgram(program)} is older or of another kind`,
    );
  }
  return { format: 1, database, written_by: now };
}

export function writeServerMarker(markerFile: string, marker: ServerMarker): void {
  writeFileAtomic(markerFile, `${JSON.stringify(marker)}\n`);
}

/** By the numbers of `1.0.5`; what follows them is ignored. */
export function compareVersions(a: string, b: string): number {
  const x = a.match(/\d+/g) ?? [];
  const y = b.match(/\d+/g) ?? [];
  for (let i = 0; i < 3; i++) {
    const difference = Number(x[i] ?? 0) - Number(y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
