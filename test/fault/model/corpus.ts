/** What the model knows: documents, settings, and what somebody did to live. The files follow from it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { VerifyLevel } from '../../../src/domain/plan.js';

/** Few texts, so that documents share them; long enough that each is a chunk of its own. */
export const TEXTS = [
  'Every batch is an intent before it is sent, and confirmed after that.',
  'A document is never missing from the live index while it is updated.',
  'The embedding cache is keyed by a fingerprint and by the text itself.',
  '移动过的文件不会被重新嵌入，因为它的内容没有任何变化，向量来自缓存或旧记录。',
  'Losses are withheld when a listing was incomplete or a source is empty.',
] as const;
export const PATHS = ['b.md', 'b/c.md', 'b-c.md', '入门.txt', 'z.md'] as const;

export interface Doc {
  readonly texts: readonly number[];
  /** 0: without front matter. */
  readonly title: number;
  /** Bytes that are no text: the document is refused. */
  readonly garbled: boolean;
}

export interface Settings {
  readonly maxChars: number;
  readonly strategy: 'auto' | 'markdown' | 'text';
  /** Metadata that the source gives every document; 0: none. */
  readonly product: number;
  readonly contract: 'none' | 'title' | 'title-or-none';
  readonly maxDeletes: number;
  readonly onReject: 'keep' | 'delete';
  readonly dimensions: number;
  readonly sourceId: string;
}

const FIRST: Settings = {
  maxChars: 120,
  strategy: 'auto',
  product: 0,
  contract: 'none',
  maxDeletes: 1000,
  onReject: 'keep',
  dimensions: 64,
  sourceId: 'h',
};

/** How closely live must be looked at to see all that somebody did to it. */
type Damage = Extract<VerifyLevel, 'counts' | 'ids' | 'content'>;

export class Model {
  readonly docs = new Map<string, Doc>();
  readonly versions = new Map<string, Doc[]>();
  settings: Settings = FIRST;
  /** How closely live must be looked at to find what somebody did to it. */
  damage: Damage = 'counts';
  /** Somebody else's collection stands under our name. */
  stranger = false;

  put(path: string, doc: Doc): void {
    const before = this.docs.get(path);
    if (before !== undefined) this.versions.set(path, [...(this.versions.get(path) ?? []), before]);
    this.docs.set(path, doc);
  }

  /** Damage is only ever found out by a look that is close enough. */
  damaged(by: Damage): void {
    if (LEVELS.indexOf(by) > LEVELS.indexOf(this.damage)) this.damage = by;
  }

  sees(verify: VerifyLevel): boolean {
    return LEVELS.indexOf(verify) >= LEVELS.indexOf(this.damage);
  }

  uri(path: string): string {
    return `${this.settings.sourceId}/${path}`;
  }

  /** Plain text has no front matter, so no title. */
  isRefused(path: string, doc: Doc): boolean {
    const untitled = doc.title === 0 || path.endsWith('.txt');
    return doc.garbled || (this.settings.contract === 'title' && untitled);
  }

  /** Then no document is refused. */
  mend(): void {
    this.settings = { ...this.settings, contract: 'none' };
    for (const [path, doc] of this.docs) if (doc.garbled) this.put(path, { ...doc, garbled: false });
  }
}

const LEVELS: readonly VerifyLevel[] = ['off', 'counts', 'ids', 'content'];

function render(doc: Doc): Uint8Array {
  const head = doc.title === 0 ? '' : `---\ntitle: title ${doc.title}\n---\n`;
  const text = Buffer.from(`${head}${doc.texts.map((text) => TEXTS[text]).join('\n\n')}\n`);
  return doc.garbled ? Buffer.concat([text, Buffer.from([0xff, 0xfe, 0xff])]) : text;
}

/** Makes the folder what the model has; a file that stays as it is is not touched. */
export function syncDocs(folder: string, docs: ReadonlyMap<string, Doc>, written: Map<string, string>): void {
  mkdirSync(folder, { recursive: true });
  for (const path of written.keys()) {
    if (docs.has(path)) continue;
    rmSync(join(folder, path));
    written.delete(path);
  }
  for (const [path, doc] of docs) {
    const key = JSON.stringify(doc);
    if (written.get(path) === key) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), render(doc));
    written.set(path, key);
  }
}

/** Keys of the same world in other words: equal keys have equal fresh builds. */
export function worldKey(model: Model): string {
  const { maxDeletes: _, ...recipe } = model.settings;
  return JSON.stringify([[...model.docs].sort(([a], [b]) => (a < b ? -1 : 1)), recipe]);
}
