/** One file -> its YAML documents, with faults of the file, of the YAML and for secrets already added. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseYaml, type YamlDocument, type YamlProblem } from '../platform/yaml.js';
import type { ManifestFile } from './find-manifest-files.js';
import {
  type FoundSecret,
  findDeclaredSecrets,
  findKnownShapes,
  likelySecretRanges,
  occurrencesOf,
} from './find-secrets.js';
import { ManifestDocument } from './manifest-document.js';
import { readText, type TextRead } from './read-text.js';
import { SourceText } from './source-text.js';

/** A larger file is no manifest. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Empty documents are left out: a file of comments has none. */
export async function readManifestFile(file: ManifestFile): Promise<readonly ManifestDocument[]> {
  const folder = path.dirname(file.absolute);
  const read = await readManifest(file.absolute);
  if ('problem' in read) {
    const source = new SourceText(file.shown, '');
    const document = new ManifestDocument(source, folder, emptyYaml(), []);
    document.fault({ start: 0, end: 1 }, 'E115', `the file cannot be read: ${read.problem}`, read.advice);
    return [document];
  }
  const source = new SourceText(file.shown, read.text);
  const yamls = parseYaml(read.text).filter((yaml) => !yaml.empty);
  const shapes = findKnownShapes(read.text);
  const declared = yamls.map((yaml) => findDeclaredSecrets(yaml, read.text));
  const secrets = [...shapes, ...declared.flat()];
  const literals = secrets.map(({ literal }) => literal);
  source.mask([
    ...secrets.map(({ range }) => range),
    ...occurrencesOf(read.text, literals),
    ...likelySecretRanges(read.text),
  ]);
  return yamls.map((yaml, index) => {
    const document = new ManifestDocument(source, folder, yaml, literals);
    const last = yamls.length - 1;
    const end =
      index === last ? Number.POSITIVE_INFINITY : (yamls[index + 1]?.range.start ?? Number.POSITIVE_INFINITY);
    const start = index === 0 ? 0 : yaml.range.start;
    const mine = shapes.filter(({ range }) => range.start >= start && range.start < end);
    addSecretFaults(document, [...(declared[index] ?? []), ...mine]);
    for (const problem of yaml.problems) addSyntaxFault(document, problem);
    return document;
  });
}

function addSecretFaults(document: ManifestDocument, secrets: readonly FoundSecret[]): void {
  const told: FoundSecret[] = [];
  for (const secret of secrets) {
    // A key shape inside an api_key is one secret, not two.
    if (told.some(({ range }) => secret.range.start < range.end && range.start < secret.range.end)) continue;
    told.push(secret);
    const advice = `use ${secret.instead}; if this was pushed, revoke the key`;
    document.fault(secret.range, 'E114', 'a secret is written in the file', advice);
  }
}

async function readManifest(absolute: string): Promise<TextRead> {
  const found = await stat(absolute).catch(() => undefined);
  if (found !== undefined && found.size > MAX_BYTES) {
    return {
      problem: 'it is larger than 4 MiB',
      advice: 'a manifest is a few kilobytes; is this the right file?',
    };
  }
  return readText(absolute);
}

const SYNTAX: Readonly<Record<string, readonly [string, string]>> = {
  DUPLICATE_KEY: ['this key is written twice', 'keep one of them'],
  TAB_AS_INDENT: ['a tab is used to indent', 'YAML is indented with spaces'],
  BAD_INDENT: ['the indentation does not fit', 'align it with its siblings'],
  MISSING_CHAR: [
    'a closing quote, bracket or separator is missing',
    'close what was opened before this place',
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    'a map cannot begin here',
    'put it on a line of its own, or quote a text that holds ": "',
  ],
  MULTILINE_IMPLICIT_KEY: ['a key spans several lines', 'is a ":" missing?'],
  BAD_SCALAR_START: ['a text cannot begin with this character', 'put it in quotes'],
  BAD_DQ_ESCAPE: ['unknown escape in double quotes', 'use single quotes, or write \\\\'],
  TAG_RESOLVE_FAILED: ['this tag is not known', 'manifests use no YAML tags; remove it'],
  BAD_COLLECTION_TYPE: ['this tag does not fit', 'manifests use no YAML tags; remove it'],
  UNEXPECTED_TOKEN: ['this does not belong here', 'check quotes, brackets and indentation'],
  COMPLEX_KEY: ['a key must be text', 'put a text with braces in quotes'],
  UNRESOLVED_ALIAS: [
    'this alias has no anchor before it',
    'define it with &name first, or put a text that begins with * in quotes',
  ],
  TOO_DEEP: ['it is nested too deeply', 'a manifest has a few levels only'],
};

function addSyntaxFault(document: ManifestDocument, { reason, range }: YamlProblem): void {
  if (reason === 'ALIAS_BOMB') {
    document.fault(range, 'E116', 'aliases expand too far, or refer to themselves', 'write the values out');
    return;
  }
  const [message, advice] = SYNTAX[reason] ?? [
    `not valid YAML (${reason.toLowerCase().replaceAll('_', ' ')})`,
    'check quotes, brackets and indentation',
  ];
  document.fault(range, 'E100', message, advice);
}

function emptyYaml(): YamlDocument {
  return {
    empty: true,
    problems: [],
    value: undefined,
    range: { start: 0, end: 1 },
    keyRange: () => undefined,
    valueRange: () => undefined,
  };
}
