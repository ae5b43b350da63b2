/**
 * One pass over an index's changes that keeps what a concise page can show: per section the first few
 * changes or, when there are more, their folders. Memory is bounded whatever the number of changes.
 */
import type { Action, Change, GuardVerdict } from '../domain/plan.js';
import { type FolderGroups, GroupFolders } from './group-folders.js';

/** `resume` gathers the resumed creates, moves, updates and repairs; losses stay with losses. */
export type SectionName = Exclude<Action, 'withheld'> | 'resume' | 'withheld';

/** In order of danger: what the reader must not miss stands last, nearest to the verdict. */
export const SECTION_ORDER: readonly SectionName[] = [
  'create',
  'move',
  'update',
  'repair',
  'resume',
  'replace',
  'delete',
  'reject',
  'withheld',
];

const DANGEROUS: ReadonlySet<SectionName> = new Set(['replace', 'delete', 'reject', 'withheld']);

/** How many changes are listed one by one, and how many folders are shown when there are more. */
function sectionLimits(section: SectionName): { readonly changes: number; readonly folders: number } {
  // Folders of withheld losses are summed up once more by the guard's own lines.
  if (section === 'withheld') return { changes: 50, folders: 8 };
  return DANGEROUS.has(section) ? { changes: 50, folders: 20 } : { changes: 25, folders: 10 };
}

export function sectionOf(change: Change): SectionName {
  return change.resume && !DANGEROUS.has(change.action) ? 'resume' : change.action;
}

export interface Section {
  readonly name: SectionName;
  readonly documents: number;
  /** All of them, or only the first when `groups` is given. */
  readonly changes: readonly Change[];
  readonly groups: FolderGroups | undefined;
}

/** Losses that one rule holds back in one source. */
export interface WithheldLosses {
  readonly source_id: string;
  readonly guard: GuardVerdict;
  readonly documents: number;
  readonly firstUri: string;
  /** Longest folder path that all of them share, without slash at the end. */
  readonly folder: string;
}

export interface CollectedChanges {
  readonly sections: readonly Section[];
  readonly withheld: readonly WithheldLosses[];
  /** Globs that lifted a guard. */
  readonly allowedBy: readonly string[];
}

const MAX_WITHHELD = 20;
const MAX_ALLOWED = 5;

export function collectChanges(changes: Iterable<Change>, firstRun: boolean): CollectedChanges {
  const listed = new Map<SectionName, Change[]>();
  const folded = new Map<SectionName, GroupFolders>();
  const withheld = new Map<string, WithheldLosses>();
  const allowedBy = new Set<string>();
  for (const change of changes) {
    const name = sectionOf(change);
    const limits = sectionLimits(name);
    const list = entry(listed, name, () => []);
    if (list.length < limits.changes) list.push(change);
    entry(folded, name, () => new GroupFolders(limits.folders)).add(change);
    if (change.action === 'withheld' && change.guard !== null) addWithheld(withheld, change, change.guard);
    const glob = change.guard?.allowed_by ?? null;
    if (change.action !== 'withheld' && glob !== null && allowedBy.size < MAX_ALLOWED) allowedBy.add(glob);
  }
  const sections: Section[] = [];
  for (const name of SECTION_ORDER) {
    const folders = folded.get(name);
    if (folders === undefined) continue;
    const group = folders.documents > sectionLimits(name).changes || (firstRun && name === 'create');
    sections.push({
      name,
      documents: folders.documents,
      changes: listed.get(name) ?? [],
      groups: group ? folders.finish() : undefined,
    });
  }
  return { sections, withheld: [...withheld.values()], allowedBy: [...allowedBy] };
}

function addWithheld(all: Map<string, WithheldLosses>, change: Change, guard: GuardVerdict): void {
  const key = `${change.source_id}\n${guard.rule}`;
  const known = all.get(key);
  if (known === undefined) {
    if (all.size >= MAX_WITHHELD) return;
    const folder = change.uri.split('/').slice(0, -1).join('/');
    all.set(key, { source_id: change.source_id, guard, documents: 1, firstUri: change.uri, folder });
    return;
  }
  all.set(key, { ...known, documents: known.documents + 1, folder: sharedFolder(known.folder, change.uri) });
}

function sharedFolder(folder: string, uri: string): string {
  let shared = folder;
  while (shared !== '' && !uri.startsWith(`${shared}/`)) {
    shared = shared.slice(0, Math.max(0, shared.lastIndexOf('/')));
  }
  return shared;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
