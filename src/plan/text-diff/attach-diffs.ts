/**
 * `--diff`: what happens to the text of each document that is written. Old texts are read from live, where searchers
 * read them; new ones are prepared once more. One document is held at a time; the diffs lie with the changes on disk.
 */
import { type AlignedHunk, alignChunks } from '../../diff/align-chunks.js';
import type { Chunk } from '../../domain/document.js';
import type { Change, DiffChunk, DiffHunk, TextDiff } from '../../domain/plan.js';
import type { LiveCollection, LiveRecord } from '../../domain/ports/live.js';
import type { ExecutablePlan } from '../executable-plan.js';
import type { PlanContext } from '../plan-context.js';
import { numberOf, type OldChunk, oldChunks, searched } from './old-chunks.js';

/** Characters of text of one document, old and new together. More is not read, and would not be. */
const MAX_DOCUMENT = 65_536;
/** Of all documents: a first run over a million files is not copied into the plan. */
const MAX_PLAN = 64 * 1024 * 1024;
/** Records asked for at once, and so the most old chunks of one document. */
const MAX_OLD = 200;

/** Texts change in these. A `replace` has other vectors of the same text; what is deleted is named, and that is enough. */
const WRITTEN: ReadonlySet<string> = new Set(['create', 'move', 'update', 'repair']);

/** The same plan; it is closed when this fails. */
export async function attachDiffs(plan: ExecutablePlan): Promise<ExecutablePlan> {
  try {
    await attachAll(plan);
    return plan;
  } catch (error) {
    plan.close();
    throw error;
  }
}

async function attachAll({ indexes }: ExecutablePlan): Promise<void> {
  const left = { plan: MAX_PLAN };
  for (const { context } of indexes) {
    const { scratch, manifest, signal } = context;
    for (const change of scratch.changes(manifest.manifest_id)) {
      if (!WRITTEN.has(change.action)) continue;
      signal.throwIfAborted();
      const diff = await diffOf(context, change, left);
      if (diff !== undefined) scratch.putChange(manifest.manifest_id, { ...change, diff });
    }
  }
}

/** Undefined when the file changed while it was planned: apply will say so as well. */
async function diffOf(
  context: PlanContext,
  change: Change,
  left: { plan: number },
): Promise<TextDiff | undefined> {
  const fresh = await freshChunks(context, change);
  if (fresh === undefined) return undefined;
  const { hunks, kept } = alignChunks(await oldChunks(context, change), fresh);
  const removed = hunks.flatMap((hunk) => hunk.removed).slice(0, MAX_OLD);
  const collection = searched(context);
  const records = left.plan > 0 ? await recordsOf(collection, removed) : new Map<string, LiveRecord>();
  const room = new Room(Math.min(MAX_DOCUMENT, left.plan));
  const listed = new Set(removed);
  const concealed: Conceal = (text, recipe) => context.preparer.concealOld(change.uri, text, recipe);
  const filled = hunks.map((hunk) => fill(hunk, listed, records, room, concealed));
  left.plan -= room.used;
  return { hunks: filled.filter((hunk) => hunk.removed.length + hunk.added.length > 0), kept, cut: room.cut };
}

async function freshChunks(context: PlanContext, change: Change): Promise<readonly Chunk[] | undefined> {
  if (change.after === null) return [];
  const { scratch, manifest, preparer } = context;
  const entry = scratch.entry(manifest.manifest_id, change.uri);
  if (entry === undefined) return undefined;
  const preparation = await preparer.prepare(entry);
  if (preparation.kind !== 'document') return undefined;
  const { content_sha256, chunks } = preparation.document;
  return content_sha256 === change.after.content_sha256 ? chunks : undefined;
}

async function recordsOf(
  collection: LiveCollection | undefined,
  removed: readonly OldChunk[],
): Promise<Map<string, LiveRecord>> {
  if (collection === undefined || removed.length === 0) return new Map();
  return collection.get(removed.map((chunk) => chunk.id));
}

function fill(
  { removed, added }: AlignedHunk<OldChunk, Chunk>,
  listed: ReadonlySet<OldChunk>,
  records: ReadonlyMap<string, LiveRecord>,
  room: Room,
  conceal: Conceal,
): DiffHunk {
  const old = removed.flatMap((chunk) => {
    if (!listed.has(chunk)) return room.leaveOut();
    return room.take(oldSide(records.get(chunk.id), conceal));
  });
  return { removed: old, added: added.flatMap((chunk) => room.take(newSide(chunk))) };
}

/** What PII rules take out from now on is still there; a diff does not show it once more. */
type Conceal = (text: string, gateRecipe: unknown) => string;

function oldSide(record: LiveRecord | undefined, conceal: Conceal): DiffChunk {
  if (record === undefined) return { lines: null, heading: '', text: null };
  const recipe = record.metadata['ingest_gate_recipe'];
  return {
    ...placeOf(numberOf(record, 'ingest_line_start'), numberOf(record, 'ingest_line_end')),
    heading: conceal(String(record.metadata['ingest_heading_path'] ?? ''), recipe),
    text: record.text === null ? null : conceal(record.text, recipe),
  };
}

function newSide({ metadata, text }: Chunk): DiffChunk {
  const { ingest_line_start: start, ingest_line_end: end, ingest_heading_path: heading } = metadata;
  return { ...placeOf(Number(start), Number(end)), heading: String(heading ?? ''), text };
}

function placeOf(start: number | undefined, end: number | undefined): Pick<DiffChunk, 'lines'> {
  return { lines: start === undefined || end === undefined ? null : [start, end] };
}

/** Characters that may still be listed. */
class Room {
  used = 0;
  cut = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  leaveOut(): [] {
    this.cut++;
    return [];
  }

  /** The chunk, shortened where only its beginning fits. */
  take(chunk: DiffChunk): DiffChunk[] {
    const left = this.#limit - this.used;
    if (left <= 0) return this.leaveOut();
    const { text } = chunk;
    if (text === null || text.length <= left) {
      this.used += text?.length ?? 0;
      return [chunk];
    }
    this.cut++;
    this.used += left;
    // Not through the middle of a character.
    return [{ ...chunk, text: text.slice(0, left).replace(/[\ud800-\udbff]$/, '') }];
  }
}
