/** What a declared name is to the plan: a document, something skipped, or something that cannot be read. */
import { type BigIntStats, lstat } from 'node:fs';
import { join } from 'node:path';
import type { FileStat, ListingEntry, SkippedEntry } from '../../domain/document.js';
import { describeIoError } from '../../platform/describe-io-error.js';
import { fileType } from '../parsing/parsers.js';
import type { FileItem, WalkContext } from './folder-item.js';
import { type ResolvedPath, resolveInside } from './resolve-inside.js';

/** Undefined: not declared after all. Opens nothing; one lstat for a document. */
export async function classifyEntry(item: FileItem, context: WalkContext): Promise<ListingEntry | undefined> {
  switch (item.kind) {
    case 'other':
      return skipped(item, context, 'not-a-file');
    case 'link':
      return classifyLink(item, context);
    case 'file':
      return classifyFile(item, context, join(context.root, item.spelling));
  }
}

async function classifyFile(item: FileItem, context: WalkContext, fullPath: string): Promise<ListingEntry> {
  const parser = context.parserFor(item.path);
  if (parser === undefined) return skipped(item, context, 'unsupported-type');
  try {
    const stat = await statOf(fullPath);
    if (!stat.isFile()) return unreadable(item, context, 'it was replaced while the folder was listed');
    const uri = context.uriOf(item.path);
    return { kind: 'document', uri, path: item.spelling, parser: parser.name, stat: fileStat(stat) };
  } catch (error) {
    // Also when it vanished since its folder was read: it may be in the middle of being replaced.
    const undecodable = item.spelling.includes('\uFFFD');
    return unreadable(item, context, undecodable ? 'its name is not valid Unicode' : describeIoError(error));
  }
}

/**
 * A link to a file inside the root is a document. A link to a folder is skipped: its files are listed where
 * they are. A broken link may be a folder that is not mounted now: not the same as gone.
 */
async function classifyLink(item: FileItem, context: WalkContext): Promise<ListingEntry | undefined> {
  const declared = context.matcher.declares(item.path);
  let target: ResolvedPath;
  let stat: BigIntStats;
  try {
    target = await resolveInside(context.realRoot, join(context.root, item.spelling));
    stat = await statOf(target.path);
  } catch (error) {
    if (!declared) return undefined;
    if (context.parserFor(item.path) === undefined) return skipped(item, context, 'unsupported-type');
    return unreadable(item, context, `the link leads nowhere: ${describeIoError(error)}`);
  }
  // What is not declared as a file can only matter as a folder that would hold declared ones.
  if (!declared && !stat.isDirectory()) return undefined;
  if (!target.inside) return skipped(item, context, 'outside-root');
  if (!stat.isFile()) return skipped(item, context, 'not-a-file');
  return classifyFile(item, context, target.path);
}

function skipped(item: FileItem, context: WalkContext, reason: SkippedEntry['reason']): SkippedEntry {
  return { kind: 'skipped', uri: context.uriOf(item.path), reason, type: fileType(item.path) };
}

function unreadable(item: FileItem, context: WalkContext, message: string): ListingEntry {
  return { kind: 'unreadable', uri: context.uriOf(item.path), message };
}

/** The callback form: twice as fast as the promised one, and a no-op plan is mostly this call. */
function statOf(path: string): Promise<BigIntStats> {
  return new Promise((resolve, reject) => {
    lstat(path, { bigint: true }, (error, stat) => (error === null ? resolve(stat) : reject(error)));
  });
}

function fileStat(stat: BigIntStats): FileStat {
  return {
    size: Number(stat.size),
    mtime_ns: String(stat.mtimeNs),
    ctime_ns: String(stat.ctimeNs),
    inode: String(stat.ino),
  };
}
