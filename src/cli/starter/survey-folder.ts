/** Looks at a project's folder for `init`: where its documents are, and what their front matter holds. */
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { IngestError } from '../../domain/errors.js';
import { normaliseText } from '../../domain/text.js';
import { fileType, parserFor } from '../../sources/parsing/parsers.js';
import { splitFrontMatter } from '../../sources/parsing/split-front-matter.js';

export interface Survey {
  /** Below the project's folder, forward slashes; `.` when documents lie at its top. */
  readonly root: string;
  readonly documents: number;
  /** Of the documents: lower case, with the dot, in order. */
  readonly extensions: readonly string[];
  /** Front matter keys of the documents that were read, in order. */
  readonly keys: readonly SurveyedKey[];
}

export interface SurveyedKey {
  readonly name: string;
  readonly types: readonly JsonType[];
  /** In every document that was read, and those were enough to say so. */
  readonly always: boolean;
}

export type JsonType = 'string' | 'number' | 'boolean' | 'array' | 'object' | 'null';

/** Entries looked at, so that a home folder ends too. */
const MAX_ENTRIES = 50_000;
const MAX_READ = 300;
/** Fewer documents say nothing about what all have. */
const ENOUGH = 5;
const NEVER: ReadonlySet<string> = new Set([
  'node_modules',
  'dist',
  'build',
  'vendor',
  'target',
  'coverage',
  'state',
  'desired',
  'contracts',
]);

/** The folder directly below with the most documents wins. @throws IngestError E606 when what is given is no folder */
export function surveyFolder(folder: string, given: string | undefined): Survey {
  if (given !== undefined) refuseMissing(resolve(folder, given), given);
  const root = given === undefined ? likelyRoot(folder) : belowProject(folder, given);
  const paths = [...documentsBelow(resolve(folder, root), { left: MAX_ENTRIES })];
  const extensions = [...new Set(paths.map(fileType))].sort();
  return { root, documents: paths.length, extensions, keys: keysOf(paths.slice(0, MAX_READ)) };
}

function refuseMissing(path: string, given: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new IngestError('E606', `there is no folder ${given}`, {
    kind: 'input',
    advice: 'Give the folder that holds the documents, for example --root docs.',
  });
}

function belowProject(folder: string, given: string): string {
  const path = relative(folder, resolve(folder, given)).split(sep).join('/');
  return path === '' ? '.' : path;
}

function likelyRoot(folder: string): string {
  let best = { name: '.', documents: 0 };
  for (const entry of entriesOf(folder)) {
    if (!entry.isDirectory() || isLeftOut(entry.name)) continue;
    let documents = 0;
    for (const _ of documentsBelow(join(folder, entry.name), { left: MAX_ENTRIES })) documents++;
    if (documents > best.documents) best = { name: entry.name, documents };
  }
  return best.name;
}

function* documentsBelow(folder: string, budget: { left: number }): Generator<string> {
  for (const entry of entriesOf(folder)) {
    if (--budget.left < 0) return;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !isLeftOut(entry.name)) yield* documentsBelow(path, budget);
    else if (entry.isFile() && isProse(entry.name)) yield path;
  }
}

/** Code and data are indexed too, but a starter is for what was written to be read. */
function isProse(name: string): boolean {
  const strategy = parserFor(name)?.strategy;
  return strategy !== undefined && strategy !== 'code' && strategy !== 'rows';
}

function isLeftOut(name: string): boolean {
  return name.startsWith('.') || NEVER.has(name);
}

/** A folder that cannot be read holds nothing that a starter needs. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

function keysOf(paths: readonly string[]): SurveyedKey[] {
  const found = new Map<string, { types: Set<JsonType>; documents: number }>();
  let documents = 0;
  for (const path of paths) {
    const metadata = metadataOf(path);
    if (metadata === undefined) continue;
    documents++;
    for (const [name, value] of Object.entries(metadata)) {
      const key = found.get(name) ?? { types: new Set<JsonType>(), documents: 0 };
      key.types.add(typeOf(value));
      key.documents++;
      found.set(name, key);
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, key]) => ({
      name,
      types: [...key.types].sort(),
      always: documents >= ENOUGH && key.documents === documents,
    }));
}

function metadataOf(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const split = splitFrontMatter(normaliseText(readFileSync(path, 'utf8')));
    return split.kind === 'found' ? split.metadata : {};
  } catch {
    return undefined;
  }
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'number' || type === 'boolean' || type === 'object' ? type : 'string';
}
