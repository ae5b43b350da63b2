/** One change as the cells of a row: sign, document, before and after, chunks, why. */
import { ACTION_SIGN, type Change } from '../domain/plan.js';
import type { SectionName } from './collect-changes.js';
import { safe } from './escape.js';
import type { FolderGroup } from './group-folders.js';
import { groupDigits, plural, shortSum } from './layout.js';

export interface Row {
  readonly section: SectionName;
  readonly sign: string;
  readonly document: string;
  /** Checksums before and after, or a count of documents; at most CHECKSUM_WIDTH columns. */
  readonly sums: string;
  readonly chunks: string;
  readonly why: string;
}

/** `19b0c3ee -> 91aa7f30`. */
export const CHECKSUM_WIDTH = 20;

export const RESUME_SIGN = '^';

const VERB: Readonly<Record<SectionName, string>> = {
  create: 'create',
  move: 'move',
  update: 'update',
  repair: 'repair',
  resume: 'resume',
  replace: 'replace',
  delete: 'delete',
  reject: 'reject',
  withheld: 'withheld',
};

export function sectionSign(section: SectionName): string {
  return section === 'resume' ? RESUME_SIGN : ACTION_SIGN[section];
}

export function sectionVerb(section: SectionName): string {
  return VERB[section];
}

export function changeRow(change: Change, section: SectionName): Row {
  return {
    section,
    sign: change.resume ? RESUME_SIGN : ACTION_SIGN[change.action],
    document: safe(change.uri),
    sums: describeSums(change),
    chunks: describeChunks(change),
    why: describeWhy(change),
  };
}

export function groupRow(group: FolderGroup, section: SectionName): Row {
  const kept = section === 'reject' || section === 'withheld';
  return {
    section,
    sign: sectionSign(section),
    document: safe(group.glob),
    sums: plural(group.documents, 'document'),
    chunks: kept
      ? `${plural(group.keep, 'chunk')} stay`
      : countText(group.add, group.delete, section === 'resume' ? group.keep : 0, group.relabel),
    why: group.reasons.map(safe).join(', '),
  };
}

function describeSums(change: Change): string {
  const before = change.before === null ? ' '.repeat(8) : shortSum(change.before.content_sha256);
  if (change.after === null) return before.trimEnd();
  const after = shortSum(change.after.content_sha256);
  if (change.before === null) return `${before}    ${after}`;
  if (change.action === 'reject') return `${before} |  ${after}`;
  if (change.before.content_sha256 === change.after.content_sha256) return `${before} =`;
  return `${before} -> ${after}`;
}

function describeChunks(change: Change): string {
  const { add, keep, relabel } = change.chunks;
  if (change.action === 'reject') {
    return change.before === null ? 'not indexed' : `${groupDigits(change.before.chunks)} old stay`;
  }
  if (change.action === 'withheld') {
    return `${groupDigits(change.before?.chunks ?? change.chunks.delete)} stay`;
  }
  return countText(add, change.chunks.delete, keep, relabel);
}

/** `+2 -1, 11 kept`; only when nothing is added or deleted, `6 relabelled`. */
function countText(add: number, remove: number, keep: number, relabel: number): string {
  const moved = [add > 0 ? `+${groupDigits(add)}` : '', remove > 0 ? `-${groupDigits(remove)}` : '']
    .filter((part) => part !== '')
    .join(' ');
  if (moved !== '') return keep > 0 ? `${moved}, ${groupDigits(keep)} kept` : moved;
  if (relabel > 0) return `${groupDigits(relabel)} relabelled`;
  return keep > 0 ? `${groupDigits(keep)} kept` : '';
}

function describeWhy(change: Change): string {
  const moved = change.moved_from === null ? undefined : `moved from ${safe(change.moved_from)}`;
  const reasons = change.reasons.filter((reason) => moved === undefined || reason !== 'moved').map(safe);
  const why = [...(moved === undefined ? [] : [moved]), ...reasons].join(', ');
  const word = change.verdict === 'quarantine' ? 'quarantine, ' : '';
  const text = `${word}${change.detail === null ? why : `${why}: ${safe(change.detail)}`}`;
  // The sign of a resumed change is ^, so what it does is said in words.
  return change.resume ? `${VERB[change.action]}, ${text}` : text;
}
