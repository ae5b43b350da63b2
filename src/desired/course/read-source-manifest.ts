/** One file -> a manifest that satisfies its schema and its rules, or every fault in it, with its place. */
import path from 'node:path';
import { ManifestFaults } from '../../domain/errors.js';
import { findJsonFault } from '../../platform/find-json-fault.js';
import { ownSchema } from '../../platform/own-schemas.js';
import { parseYaml } from '../../platform/yaml.js';
import { ManifestDocument } from '../manifest-document.js';
import { readText } from '../read-text.js';
import { addSchemaFaults } from '../schema-faults.js';
import { SourceText } from '../source-text.js';
import { checkSourceManifest } from './check-source-manifest.js';
import type { CourseManifest } from './source-manifest.js';

/** @param shown how the file is named to people. @throws ManifestFaults */
export async function readSourceManifest(absolute: string, shown: string): Promise<CourseManifest> {
  const read = await readText(absolute);
  const text = 'text' in read ? read.text : '';
  const broken = 'text' in read ? findJsonFault(text) : undefined;
  // What is JSON is YAML too, and its parser knows where everything stands.
  const [yaml] = parseYaml(broken === undefined ? text : '');
  if (yaml === undefined) throw new TypeError('a text without a document');
  const document = new ManifestDocument(new SourceText(shown, text), path.dirname(absolute), yaml, []);
  if ('problem' in read) {
    document.fault({ start: 0, end: 1 }, 'E115', `the file cannot be read: ${read.problem}`, read.advice);
  } else if (broken !== undefined) {
    const message = broken >= text.trimEnd().length ? 'the JSON ends too early' : 'not valid JSON here';
    document.fault(
      { start: broken, end: broken + 1 },
      'E100',
      message,
      'correct the file; nothing of it was read',
    );
  } else {
    for (const { reason, range } of yaml.problems) {
      // JSON has no rule for it; the last one would win, in silence.
      if (reason === 'DUPLICATE_KEY')
        document.fault(range, 'E100', 'this key is written twice', 'keep one of them');
    }
    const value: unknown = JSON.parse(text);
    addSchemaFaults(document, await ownSchema('source-manifest'), value);
    if (document.faults.length === 0) {
      const manifest = value as CourseManifest;
      checkSourceManifest(manifest, document);
      if (document.faults.length === 0) return manifest;
    }
  }
  const faults = [...document.faults].sort(
    ({ position: a }, { position: b }) => a.line - b.line || a.column - b.column,
  );
  throw new ManifestFaults(faults, 1, 1);
}
