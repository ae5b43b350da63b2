/**
 * The lease is taken away at every boundary of an apply, before and after every commit and every write to Chroma:
 * from then on the run records nothing and sends nothing, and the next run finishes the work.
 */
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { IngestError } from '../../../src/domain/errors.js';
import { openDatabase } from '../../../src/platform/sqlite.js';
import { Fate, Workspace } from '../../support/memory-workspace.js';

vi.setConfig({ testTimeout: 300_000 });

const TABLES = [
  ...['state', 'lease', 'collections', 'indexes', 'documents', 'chunks', 'intents', 'rejects'],
  ...['sources', 'runs', 'journal', 'used_plans'],
];

let workspace: Workspace;
afterEach(() => workspace.dispose());

/** Another run takes over at the n-th boundary. */
class Taken extends Fate {
  after: { readonly rows: unknown; readonly writes: number } | undefined;
  readonly #at: number;

  constructor(at: number) {
    super();
    this.#at = at;
  }

  override step(): void {
    super.step();
    if (this.steps !== this.#at) return;
    sql("UPDATE state SET fence = fence + 1; UPDATE lease SET fence = fence + 1, run_id = '01TAKER'");
    this.after = { rows: workspace.rows(TABLES), writes: workspace.chroma.writes.length };
  }
}

function sql(text: string): void {
  const db = openDatabase(join(workspace.stateDir, 'ingest.db'));
  db.exec(text);
  db.close();
}

const section = (name: string) =>
  `## ${name}\n\nThe section ${name} has some words of its own, enough for a chunk.\n\n`;
const page = (...names: string[]) => names.map(section).join('');

/** Updates with kept and obsolete chunks, a move, a delete, a reject with an older version, and a new document. */
function edit(): void {
  workspace.write('kept.md', `---\ntitle: new\n---\n${page('a', 'b', 'changed')}`);
  workspace.move('old-name.md', 'new-name.md');
  workspace.remove('gone.md');
  workspace.write('refused.md', Buffer.from([0xff, 0xfe, 0xfd, 0x00]));
  workspace.write('emptied.md', '');
  workspace.write('new.md', page('n1', 'n2'));
}

async function settled(): Promise<Workspace> {
  workspace = new Workspace();
  workspace.write('kept.md', page('a', 'b', 'c'));
  workspace.write('old-name.md', page('m1', 'm2'));
  workspace.write('gone.md', page('g'));
  workspace.write('refused.md', page('r'));
  workspace.write('emptied.md', page('e'));
  await workspace.applied();
  return workspace;
}

async function outcomeOf(fate: Fate): Promise<string> {
  try {
    const answer = await workspace.apply({}, fate);
    return answer.kind === 'result' ? answer.result.reason : answer.kind;
  } catch (error) {
    if (error instanceof IngestError) return error.code;
    throw error;
  }
}

async function takenAt(boundary: number): Promise<boolean> {
  const fate = new Taken(boundary);
  const { before } = workspace.chroma;
  let inFlight = 0;
  // Called right after the boundary before a write: no other boundary came in between.
  workspace.chroma.before = () => {
    if (fate.steps === boundary) inFlight = 1;
  };
  const reason = await outcomeOf(fate);
  Object.assign(workspace.chroma, { before });
  const { after: taken } = fate;
  if (taken === undefined) {
    expect(reason).toMatch(/^(ok|documents_rejected)$/);
    return false;
  }
  // A request that is being sent cannot be called back; nothing is sent after it.
  const sent = workspace.chroma.writes.slice(taken.writes + inFlight).map((write) => write.kind);
  expect(sent, `boundary ${boundary}`).toEqual([]);
  expect(workspace.rows(TABLES), `boundary ${boundary}: ${reason}`).toEqual(taken.rows);
  sql('DELETE FROM lease');
  return true;
}

it('an update, a move, deletes and a reject: nothing is recorded or sent once the lease is lost', async () => {
  let boundary = 1;
  for (; ; boundary++) {
    await settled();
    edit();
    if (!(await takenAt(boundary))) break;
    const next = await workspace.applied();
    expect(next.reason, `boundary ${boundary}`).toMatch(/^(ok|documents_rejected)$/);
    expect((await workspace.plan({ verify: 'content' })).changes, `boundary ${boundary}`).toEqual([]);
    workspace.dispose();
  }
  expect(boundary).toBeGreaterThan(30);
});

it('a first apply, from the claim of the collection on', async () => {
  let boundary = 1;
  for (; ; boundary++) {
    workspace = new Workspace();
    workspace.write('a.md', page('a', 'b'));
    if (!(await takenAt(boundary))) break;
    await workspace.applied();
    expect(workspace.contents()).toEqual(await workspace.fresh());
    expect((await workspace.plan({ verify: 'content' })).changes).toEqual([]);
    workspace.dispose();
  }
  expect(boundary).toBeGreaterThan(10);
});
