/** The documents of a cell: what is declared before the faults, what is declared with them, and what comes between. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Manifest, Space } from '../../../src/domain/manifest.js';

export interface Declared {
  /** Text by path. */
  readonly docs: Readonly<Record<string, string>>;
  readonly chunking: Partial<Manifest['chunking']>;
  /** Of the source. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Cosine, unless it is said. */
  readonly space?: Space;
}

/** What happens to the world before the re-run. */
export interface Column {
  readonly name: string;
  readonly declared: (faulted: Declared) => Declared;
  readonly live?: 'wiped' | 'dropped' | 'staging dropped' | 'restarted';
  /** The recorded state of before the struck run is put back. */
  readonly state?: 'restored';
  /** Says nothing of a run that replaces no index. */
  readonly ofReplacement?: true;
}

/** Each paragraph is a chunk of its own. */
function text(...paragraphs: readonly number[]): string {
  return `${paragraphs.map((n) => `Paragraph number ${n} says something that no other paragraph of this corpus says, namely ${n}.`).join('\n\n')}\n`;
}

function titled(title: string, ...paragraphs: readonly number[]): string {
  return `---\ntitle: ${title}\n---\n${text(...paragraphs)}`;
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

const PLAIN: Omit<Declared, 'docs'> = { chunking: {}, metadata: {} };

/** What the first run built. */
export const BEFORE: Declared = {
  ...PLAIN,
  docs: {
    'calm.md': text(501),
    'gone.md': text(...range(201, 4)),
    'label.md': titled('one', ...range(401, 4)),
    'long.md': text(...range(1, 8)),
    'old.md': text(...range(301, 4)),
    'small.md': text(101, 102, 103),
  },
};

/** An update of three batches, a small one, a new document, a move, a delete, and a change of metadata alone. */
export const FAULTED: Declared = {
  ...PLAIN,
  docs: {
    'calm.md': text(501),
    'label.md': titled('two', ...range(401, 4)),
    'long.md': text(1, ...range(21, 8), 2),
    'new.md': text(601),
    'small.md': text(101, 104, 103),
    'sub/moved.md': text(...range(301, 4)),
  },
};

/** Each of the documents by any name that it ever has; from its first complete version on it must never be missing. */
export const FAMILIES: readonly (readonly string[])[] = [
  ['long.md', 'sub/long.md'],
  ['small.md'],
  ['label.md'],
  ['old.md', 'sub/moved.md', 'again/moved.md'],
  ['calm.md'],
];

function without(declared: Declared, ...paths: readonly string[]): Declared {
  const docs = Object.entries(declared.docs).filter(([path]) => !paths.includes(path));
  return { ...declared, docs: Object.fromEntries(docs) };
}

function renamed(declared: Declared, names: Readonly<Record<string, string>>): Declared {
  const docs = Object.entries(declared.docs).map(([path, body]) => [names[path] ?? path, body] as const);
  return { ...declared, docs: Object.fromEntries(docs) };
}

const same = (declared: Declared): Declared => declared;

export const COLUMNS: readonly Column[] = [
  { name: 'nothing', declared: same },
  {
    name: 'edited again',
    declared: (faulted) => ({
      ...faulted,
      docs: { ...faulted.docs, 'long.md': text(1, ...range(41, 7), 22), 'small.md': text(101, 105, 103) },
    }),
  },
  {
    name: 'edited back',
    declared: ({ space }) => ({ ...BEFORE, ...(space === undefined ? {} : { space }) }),
  },
  { name: 'deleted', declared: (faulted) => without(faulted, 'long.md', 'sub/moved.md', 'label.md') },
  {
    name: 'moved',
    declared: (faulted) => renamed(faulted, { 'long.md': 'sub/long.md', 'sub/moved.md': 'again/moved.md' }),
  },
  { name: 'recipe changed', declared: (faulted) => ({ ...faulted, chunking: { max_chars: 200 } }) },
  { name: 'gate changed', declared: (faulted) => ({ ...faulted, metadata: { product: 'workspace' } }) },
  { name: 'live wiped', declared: same, live: 'wiped' },
  { name: 'live dropped', declared: same, live: 'dropped' },
  { name: 'Chroma restarted', declared: same, live: 'restarted' },
  {
    name: 'set back',
    declared: (faulted) => ({ ...faulted, space: faulted.space === 'l2' ? 'cosine' : 'l2' }),
    ofReplacement: true,
  },
  { name: 'new one dropped', declared: same, live: 'staging dropped', ofReplacement: true },
  { name: 'state restored', declared: same, state: 'restored', ofReplacement: true },
];

/** Makes the folder hold these documents and no others. */
export function writeDocuments(folder: string, { docs }: Declared): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, body] of Object.entries(docs)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, body);
  }
}
