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
  const word = wordsOf(random);
  const parts = [`# ${title(word)} ${index}`];
  for (let section = 0; section < sections; section++) {
    if (section > 0) parts.push(`## ${title(word)}`);
    const length = 700 + Math.floor(random() * 350);
    let paragraph = '';
    while (paragraph.length < length) paragraph += `${sentence(random, word)} `;
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

type Word = () => string;

function title(word: Word): string {
  return capital([word(), word(), word()].join(' '));
}

function sentence(random: () => number, word: Word): string {
  const words = Array.from({ length: 6 + Math.floor(random() * 14) }, word);
  return `${capital(words.join(' '))}.`;
}

/**
 * Half of a document's words are those of its subject, as in real text. Without subjects all vectors would be equally far
 * from each other, and the nearest of them no longer be found by any approximate index.
 */
function wordsOf(random: () => number): Word {
  const subject = Array.from({ length: 60 }, () => Math.floor(WORDS * random()));
  return () => {
    if (random() < 0.5) return spell(subject[Math.floor(subject.length * random())] ?? 0);
    // The third power makes few words common and most rare.
    return spell(Math.floor(WORDS * random() ** 3));
  };
}

function spell(rank: number): string {
  let text = '';
  let rest = rank;
  do {
    text += SYLLABLES[rest % SYLLABLES.length] ?? '';
    rest = Math.floor(rest / SYLLABLES.length);
  } while (rest > 0);
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
