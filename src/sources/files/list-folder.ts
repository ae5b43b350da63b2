/** One folder of a files source: its declared entries, in the order in which their uris rise. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { IngestError } from '../../domain/errors.js';
import { compareUtf8 } from '../../domain/text.js';
import { describeIoError } from '../../platform/describe-io-error.js';
import { escapeName } from './escape-name.js';
import type { FileItem, FolderItem, WalkContext } from './folder-item.js';

type Item = FolderItem | FileItem;

/** What makes a folder the recorded state of an environment, wherever `--state` put it. */
const STATE_FILE = 'ingest.db';

export interface FolderListing {
  readonly items: readonly Item[];
  /** Why a part of the folder could not be read; undefined when all of it was. */
  readonly unreadable: string | undefined;
}

/** @throws IngestError E201 when two declared files of the folder have one uri */
export async function listFolder(folder: FolderItem, context: WalkContext): Promise<FolderListing> {
  const found = new Map<string, Item>();
  let unreadable: string | undefined;
  for (const spelling of folder.spellings) {
    let names: Dirent[];
    try {
      names = await readdir(join(context.root, spelling), { withFileTypes: true });
    } catch (error) {
      // Also when it has just vanished: the tree is changing under us, so this is not a whole listing.
      unreadable = describeIoError(error);
      continue;
    }
    // Our own journal of completed runs grows with every apply: indexing it would never come to rest.
    if (names.some((entry) => entry.name === STATE_FILE)) continue;
    for (const entry of names) addItem(found, itemOf(entry, folder.path, spelling), context);
  }
  // A folder compares as its name and a slash, which is how all the uris below it begin.
  const keys = [...found.keys()].sort(compareUtf8);
  return { items: keys.flatMap((key) => found.get(key) ?? []), unreadable };
}

function itemOf(entry: Dirent, folder: string, folderSpelling: string): Item {
  const spelling = folderSpelling === '' ? entry.name : `${folderSpelling}/${entry.name}`;
  const name = entry.name.normalize('NFC');
  const path = folder === '' ? name : `${folder}/${name}`;
  if (entry.isDirectory()) return { kind: 'folder', path, spellings: [spelling] };
  const kind = entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other';
  return { kind, path, spelling };
}

function addItem(found: Map<string, Item>, item: Item, context: WalkContext): void {
  const { matcher } = context;
  const declared =
    item.kind === 'folder'
      ? matcher.mayDeclareBelow(item.path)
      : matcher.declares(item.path) || (item.kind === 'link' && matcher.mayDeclareBelow(item.path));
  if (!declared) return;
  const key = item.kind === 'folder' ? `${item.path}/` : item.path;
  const twin = found.get(key);
  if (twin === undefined) {
    found.set(key, item);
  } else if (twin.kind === 'folder' && item.kind === 'folder') {
    found.set(key, { ...twin, spellings: [...twin.spellings, ...item.spellings] });
  } else if (twin.kind !== 'folder' && item.kind !== 'folder' && context.parserFor(item.path) !== undefined) {
    // Two spellings that are equal as they are hold bytes that no text can say; the walk reports them.
    if (twin.spelling !== item.spelling)
      throw sameUri(context.uriOf(item.path), twin.spelling, item.spelling);
  }
}

function sameUri(uri: string, one: string, other: string): IngestError {
  const [first, second] = [one, other].sort(compareUtf8);
  return new IngestError(
    'E201',
    `two files have one uri, ${uri}: ${escapeName(first ?? one)} and ${escapeName(second ?? other)}`,
    {
      kind: 'input',
      advice: 'Their names are equal in Unicode NFC and look the same. Rename or remove one of them.',
    },
  );
}
