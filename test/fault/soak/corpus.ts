/** Documents that change from round to round as a seed says: edits, edits back, moves, additions, deletions. */
import type { Random } from './random.js';

interface Document {
  revision: number;
  readonly paragraphs: string[];
  /** What it was before its last edit. */
  readonly before: readonly string[];
}

/** Where the corpus writes; a folder in the soak, nothing when a replay only counts. */
export interface CorpusFolder {
  write(path: string, text: string): void;
  remove(path: string): void;
}

/** A paragraph becomes a chunk, so that the sizes of both are known. */
const PARAGRAPHS_PER_DOCUMENT = 30;

export class Corpus {
  readonly #folder: CorpusFolder;
  readonly #documents = new Map<string, Document>();
  readonly #wanted: number;
  #made = 0;

  /** `wanted`: paragraphs, which additions and deletions keep to. */
  constructor(folder: CorpusFolder, wanted: number, random: Random) {
    this.#folder = folder;
    this.#wanted = wanted;
    while (this.size < wanted) this.#add(random);
  }

  get size(): number {
    let paragraphs = 0;
    for (const document of this.#documents.values()) paragraphs += document.paragraphs.length;
    return paragraphs;
  }

  /** About a fifth of it changes when `share` is 0.2. */
  change(random: Random, share: number): void {
    const count = Math.max(1, Math.round(this.#documents.size * share));
    for (let i = 0; i < count; i++) {
      const dice = random.next();
      if (dice < 0.5) this.#edit(random);
      else if (dice < 0.6) this.#editBack(random);
      else if (dice < 0.7) this.#relabel(random);
      else if (dice < 0.8) this.#move(random);
      else if (this.size < this.#wanted) this.#add(random);
      else this.#remove(random);
    }
  }

  #add(random: Random): void {
    const size = random.between(2, 2 * PARAGRAPHS_PER_DOCUMENT - 2);
    const paragraphs = Array.from({ length: size }, () => this.#paragraph(random));
    const document = { revision: 0, paragraphs, before: paragraphs };
    this.#write(`part-${random.int(6)}/note-${String(this.#made++).padStart(5, '0')}.md`, document);
  }

  #edit(random: Random): void {
    const path = random.pick([...this.#documents.keys()]);
    const { revision, paragraphs: before } = this.#of(path);
    const paragraphs: string[] = [];
    for (const paragraph of before) {
      const dice = random.next();
      if (dice < 0.4) paragraphs.push(this.#paragraph(random));
      else if (dice < 0.9) paragraphs.push(paragraph);
      if (dice > 0.97) paragraphs.push(paragraph, paragraph);
    }
    if (paragraphs.length === 0) paragraphs.push(this.#paragraph(random));
    this.#write(path, { revision, paragraphs, before });
  }

  #editBack(random: Random): void {
    const path = random.pick([...this.#documents.keys()]);
    const { revision, paragraphs, before } = this.#of(path);
    this.#write(path, { revision, paragraphs: [...before], before: paragraphs });
  }

  /** Only metadata: every record of the document is patched, none embedded. */
  #relabel(random: Random): void {
    const path = random.pick([...this.#documents.keys()]);
    const document = this.#of(path);
    this.#write(path, { ...document, revision: document.revision + 1 });
  }

  #move(random: Random): void {
    const from = random.pick([...this.#documents.keys()]);
    const document = this.#of(from);
    this.#drop(from);
    this.#write(`part-${random.int(6)}/moved-${String(this.#made++).padStart(5, '0')}.md`, document);
  }

  #remove(random: Random): void {
    if (this.#documents.size > 1) this.#drop(random.pick([...this.#documents.keys()]));
  }

  /** One in thirty is a paragraph that is somewhere already: equal texts are common. */
  #paragraph(random: Random): string {
    if (random.chance(1 / 30) && this.#documents.size > 0) {
      const { paragraphs } = this.#of(random.pick([...this.#documents.keys()]));
      if (paragraphs.length > 0) return random.pick(paragraphs);
    }
    const words = Array.from({ length: 16 }, () => random.int(2 ** 24).toString(36));
    return `Paragraph ${words.join(' ').slice(0, 90)} ends here.`;
  }

  #of(path: string): Document {
    const document = this.#documents.get(path);
    if (document === undefined) throw new RangeError(`no document ${path}`);
    return document;
  }

  #write(path: string, document: Document): void {
    this.#documents.set(path, document);
    const head = `---\nrevision: ${document.revision}\n---\n`;
    this.#folder.write(path, `${head}${document.paragraphs.join('\n\n')}\n`);
  }

  #drop(path: string): void {
    this.#documents.delete(path);
    this.#folder.remove(path);
  }
}
