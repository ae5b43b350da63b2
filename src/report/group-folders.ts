/**
 * Folds any number of changes into a few folders in one pass. Changes come in uri order, so that the
 * changes below one folder are neighbours: only the folders on the way to the current uri are open, and
 * memory does not grow with the number of changes.
 */
import type { Change } from '../domain/plan.js';

export interface FolderGroup {
  /** `api/guide/**`, `api/*` for files directly in a folder that has others, or one uri. */
  readonly glob: string;
  readonly documents: number;
  readonly add: number;
  readonly keep: number;
  readonly delete: number;
  readonly relabel: number;
  /** At most four, in order of appearance; an ellipsis stands for more. */
  readonly reasons: readonly string[];
}

export interface FolderGroups {
  readonly groups: readonly FolderGroup[];
  /** Folders and documents that did not fit. */
  readonly more: {
    readonly folders: number;
    readonly documents: number;
    readonly add: number;
    readonly keep: number;
    readonly delete: number;
  };
}

const MAX_DEPTH = 4;
const MAX_REASONS = 4;

class Tally {
  documents = 0;
  add = 0;
  keep = 0;
  delete = 0;
  relabel = 0;
  firstUri = '';
  readonly reasons = new Set<string>();

  count(change: Change): void {
    if (this.documents === 0) this.firstUri = change.uri;
    this.documents++;
    this.add += change.chunks.add;
    this.keep += change.chunks.keep;
    this.delete += change.chunks.delete;
    this.relabel += change.chunks.relabel;
    for (const reason of change.reasons) {
      if (this.reasons.size >= MAX_REASONS && !this.reasons.has(reason)) this.reasons.add('...');
      else this.reasons.add(reason);
    }
  }

  group(glob: string): FolderGroup {
    return {
      glob: this.documents === 1 ? this.firstUri : glob,
      documents: this.documents,
      add: this.add,
      keep: this.keep,
      delete: this.delete,
      relabel: this.relabel,
      reasons: [...this.reasons],
    };
  }
}

interface OpenFolder {
  readonly segment: string;
  readonly path: string;
  readonly below: Tally;
  readonly direct: Tally;
}

/** The groups of one depth: how many there are, and the largest of them. */
class Depth {
  folders = 0;
  readonly largest: { readonly group: FolderGroup; readonly position: number }[] = [];
  readonly #rows: number;

  constructor(rows: number) {
    this.#rows = rows;
  }

  add(group: FolderGroup): void {
    this.largest.push({ group, position: this.folders++ });
    if (this.largest.length <= this.#rows) return;
    let smallest = 0;
    for (let i = 1; i < this.largest.length; i++) {
      const candidate = this.largest[i];
      const best = this.largest[smallest];
      // On a tie the later one goes, so that the first ones in uri order are shown.
      if (candidate && best && candidate.group.documents <= best.group.documents) smallest = i;
    }
    this.largest.splice(smallest, 1);
  }
}

export class GroupFolders {
  readonly #rows: number;
  readonly #depths: readonly Depth[];
  readonly #open: OpenFolder[] = [];
  readonly #all = new Tally();

  constructor(rows: number) {
    this.#rows = rows;
    this.#depths = Array.from({ length: MAX_DEPTH }, () => new Depth(rows));
  }

  get documents(): number {
    return this.#all.documents;
  }

  add(change: Change): void {
    this.#all.count(change);
    // A record without a folder stands for itself.
    const folders = change.uri.includes('/') ? change.uri.split('/').slice(0, -1) : [change.uri];
    const levels = folders.slice(0, MAX_DEPTH);
    let common = 0;
    while (common < levels.length && this.#open[common]?.segment === levels[common]) common++;
    this.#close(common);
    for (let level = common; level < levels.length; level++) {
      const segment = levels[level] ?? '';
      const path = level === 0 ? segment : `${this.#open[level - 1]?.path ?? ''}/${segment}`;
      this.#open.push({ segment, path, below: new Tally(), direct: new Tally() });
    }
    for (const folder of this.#open) folder.below.count(change);
    if (folders.length <= MAX_DEPTH) this.#open.at(-1)?.direct.count(change);
  }

  /** The deepest view that fits the rows and says more than the total; otherwise the largest folders of one. */
  finish(): FolderGroups {
    this.#close(0);
    const fitting = this.#depths.filter((depth) => depth.folders > 0 && depth.folders <= this.#rows);
    const deepest = fitting.at(-1);
    const overfull = this.#depths.find((depth) => depth.folders > this.#rows);
    const chosen =
      deepest !== undefined && (deepest.folders > 1 || overfull === undefined) ? deepest : overfull;
    const groups = (chosen?.largest ?? [])
      .toSorted((a, b) => a.position - b.position)
      .map((item) => item.group);
    const shown = { documents: 0, add: 0, keep: 0, delete: 0 };
    for (const group of groups) {
      shown.documents += group.documents;
      shown.add += group.add;
      shown.keep += group.keep;
      shown.delete += group.delete;
    }
    return {
      groups,
      more: {
        folders: (chosen?.folders ?? 0) - groups.length,
        documents: this.#all.documents - shown.documents,
        add: this.#all.add - shown.add,
        keep: this.#all.keep - shown.keep,
        delete: this.#all.delete - shown.delete,
      },
    };
  }

  #close(keep: number): void {
    while (this.#open.length > keep) {
      const folder = this.#open.pop();
      if (folder === undefined) return;
      const level = this.#open.length;
      this.#depths[level]?.add(folder.below.group(`${folder.path}/**`));
      if (folder.direct.documents === 0) continue;
      // Files directly in this folder are a group of their own in every deeper view.
      const onlyFiles = folder.direct.documents === folder.below.documents;
      const group = folder.direct.group(`${folder.path}/${onlyFiles ? '**' : '*'}`);
      for (const deeper of this.#depths.slice(level + 1)) deeper.add(group);
    }
  }
}
