/** Imports one file, from where the command was started. */
import type { ImportAnswer, ImportRequest } from '../desired/course/import-manifest.js';

export async function importFile(request: Omit<ImportRequest, 'cwd'>): Promise<ImportAnswer> {
  const { importManifest } = await import('../desired/course/import-manifest.js');
  return importManifest({ ...request, cwd: process.cwd() });
}
