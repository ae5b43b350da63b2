/** Markdown made from a seed: the same bytes on every machine, in words as unevenly frequent as in a language. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface GeneratedDoc {
  readonly path: string;
  readonly text: string;
}

const SYLLABLES = 'ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo zu'.split(' ');
const WORDS = 6000;

/** Six to fourteen sections of about a thousand characters, each of which becomes about one chunk. */
export function generatedDoc(index: number): GeneratedDoc {
  const random = mulberry32(index + 1);
  return docOf(index, 6 + Math.floor(random() * 9), random);
}

/** A title and one paragraph. */
export function shortDoc(index: number): GeneratedDoc {
  return docOf(index, 1, mulberry32(index + 1));
}

function docOf(index: number, sections: number, random: () => number): GeneratedDoc {
  const folder = String(index % 97).padStart(2, '0');
  const path = `${folder}/page-${String(index).padStart(6, '0')}.md`;
  const parts = [`# ${title(random)} ${index}`];
  for (let section = 0; section < sections; section++) {
    if (section > 0) parts.push(`## ${title(random)}`);
    const length = 700 + Math.floor(random() * 350);
    let paragraph = '';
    while (paragraph.length < length) paragraph += `${sentence(random)} `;
    parts.push(paragraph.trimEnd());
  }
  return { path, text: `${parts.join('\n\n')}\n` };
}

/** A paragraph is added under the first heading, as an editor does. */
export function edited({ path, text }: GeneratedDoc): GeneratedDoc {
  const [heading, ...rest] = text.split('\n\n');
  return { path, text: [heading, `This was added to ${path}.`, ...rest].join('\n\n') };
}

export function writeDocs(root: string, docs: Iterable<GeneratedDoc>): void {
  for (const { path, text } of docs) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

export function* range<T>(count: number, make: (index: number) => T): Generator<T> {
  for (let index = 0; index < count; index++) yield make(index);
}

function title(random: () => number): string {
  return capital([word(random), word(random), word(random)].join(' '));
}

function sentence(random: () => number): string {
  const words = Array.from({ length: 6 + Math.floor(random() * 14) }, () => word(random));
  return `${capital(words.join(' '))}.`;
}

/** The third power makes few words common and most rare. */
function word(random: () => number): string {
  let rank = Math.floor(WORDS * random() ** 3);
  let text = '';
  do {
    text += SYLLABLES[rank % SYLLABLES.length] ?? '';
    rank = Math.floor(rank / SYLLABLES.length);
  } while (rank > 0);
  return text;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A small generator with a state of 32 bits: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
