/**
 * Walks a folder tree in rising uri order without holding it: memory is the names of the folders on the way
 * down to where it is, whatever the number of files.
 */
import type { ListingEntry } from '../../domain/document.js';
import { classifyEntry } from './classify-entry.js';
import type { FileItem, FolderItem, WalkContext } from './folder-item.js';
import { listFolder } from './list-folder.js';

/** Files whose stat is asked for at once. */
const LOOK_AHEAD = 64;

interface Frame {
  readonly items: readonly (FolderItem | FileItem)[];
  next: number;
}

/** @throws IngestError E201 @throws the signal's reason when it is aborted */
export async function* walkTree(
  context: WalkContext,
  signal: AbortSignal,
): AsyncGenerator<ListingEntry, void, undefined> {
  const stack: Frame[] = [{ items: [{ kind: 'folder', path: '', spellings: [''] }], next: 0 }];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    signal.throwIfAborted();
    const item = frame.items[frame.next];
    if (item === undefined) {
      stack.pop();
    } else if (item.kind === 'folder') {
      frame.next++;
      const { items, unreadable } = await listFolder(item, context);
      if (unreadable !== undefined) {
        yield { kind: 'unreadable', uri: context.uriOf(folderPath(item.path)), message: unreadable };
      }
      stack.push({ items, next: 0 });
    } else {
      for (const entry of await Promise.all(takeFiles(frame).map((file) => classifyEntry(file, context)))) {
        if (entry !== undefined) yield entry;
      }
    }
  }
}

function folderPath(path: string): string {
  return path === '' ? '' : `${path}/`;
}

/** The files up to the next folder, as many as are looked at together. */
function takeFiles(frame: Frame): FileItem[] {
  const files: FileItem[] = [];
  for (let item = frame.items[frame.next]; item !== undefined; item = frame.items[frame.next]) {
    if (item.kind === 'folder' || files.length === LOOK_AHEAD) break;
    files.push(item);
    frame.next++;
  }
  return files;
}
