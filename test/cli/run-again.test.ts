/** The verbs that run again, through the command line: each plans first, says why it and no other, and is idempotent. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { applyResult, jsonLines } from '../support/ingest-cli.js';
import { gist, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
});
afterEach(() => project.dispose());

const LOAD = '{ mode: incremental_cursor, cursor_field: at, cursor_type: timestamp, deleted_field: gone }';

function tickets(...rows: readonly (readonly [id: string, at: string, more?: object])[]): void {
  const line = ([id, at, more]: (typeof rows)[number]): string =>
    JSON.stringify({ id, at, text: `Ticket ${id} of ${at} says what it says.`, ...more });
  project.ws.write('data/tickets.jsonl', rows.map((row) => `${line(row)}\n`).join(''));
}

function manifest(...more: readonly string[]): void {
  const source = ['type: jsonl', 'path: ../data/tickets.jsonl', 'key: id', 'text: [text]', `load: ${LOAD}`];
  project.manifest({ sources: { tickets: source, docs: ['root: ../docs'] }, more });
}

it('backfill reads a past window, moves no cursor, and changes nothing when it is done twice', async () => {
  manifest();
  project.docs(1);
  tickets(['new', '2026-02-01T00:00:00Z'], ['edited', '2026-02-02T00:00:00Z']);
  await project.settle();
  const { indexes } = await project.status();
  expect(indexes[0]?.cursors).toMatchObject([
    { source_id: 'tickets', cursor: '2026-02-02T00:00:00.000000000Z' },
  ]);

  // They come a month late; another source has changed as well, which is none of the backfill's business.
  project.docs(2);
  tickets(
    ['late', '2026-01-10T08:00:00+08:00'],
    ['edge', '2026-02-01T00:00:00Z'],
    ['edited', '2026-01-05T00:00:00Z', { text: 'an older version' }],
    ['edited', '2026-02-02T00:00:00Z'],
    ['new', '2026-02-01T00:00:00Z'],
  );
  const window = [
    'backfill',
    '--source',
    'tickets',
    '--start',
    '2026-01-01T00:00:00Z',
    '--end',
    '2026-02-01T00:00:00Z',
  ];
  const before = project.stateFiles();
  const dry = await project.call([...window, '--dry-run']);
  expect(dry.code).toBe(0);
  expect(dry.stdout).toMatch(/^Why {7}a backfill reads at from 2026-01-01T00:00:00Z to before/);
  expect(dry.stdout).toContain('+ tickets/late');
  expect(dry.stdout).toContain('1 to add.');
  expect(dry.stdout).not.toContain('tickets/edge');
  expect(dry.stdout).not.toContain('docs/');
  expect(project.stateFiles()).toEqual(before);
  const unasked = await project.run(window);
  expect({ code: unasked.code, told: unasked.stderr.includes('E603') }).toEqual({ code: 1, told: true });

  const done = await project.call([...window, '--auto-approve', '--json', '--reason', 'late import']);
  expect(jsonLines(done)[0]).toMatchObject({ type: 'verb', verb: 'backfill' });
  expect(applyResult(done)).toMatchObject({ outcome: 'applied', applied: { create: 1, update: 0 } });
  const start = (await project.journal()).filter(({ type }) => type === 'RUN_START').at(-1);
  expect(start?.data).toMatchObject({
    verb: 'backfill',
    reason: 'late import',
    options: { input: { source: 'tickets' } },
  });
  const again = await project.call([...window, '--auto-approve', '--json']);
  expect(applyResult(again)).toMatchObject({ outcome: 'no_changes', upserted: 0, embedded: 0 });

  expect((await project.status()).indexes[0]?.cursors).toMatchObject([
    { cursor: '2026-02-02T00:00:00.000000000Z' },
  ]);
  // What else has changed is for the next apply, which knows that its batch is not in the index yet.
  expect(gist(await project.plan())).toEqual(['create docs/doc-001.md new']);
});

it('a window that a source cannot have is refused before anything is looked at', async () => {
  manifest();
  project.docs(1);
  tickets(['a', '2026-02-01T00:00:00Z']);
  const refused = async (source: string, start: string, end: string): Promise<string> => {
    const result = await project.call(['backfill', '--source', source, '--start', start, '--end', end]);
    expect(result.code).toBe(1);
    return result.stderr.replaceAll(/\s+/g, ' ');
  };
  expect(await refused('docs', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')).toContain(
    'E613 source docs has no cursor',
  );
  expect(await refused('tickets', '2026-01-01', '2026-02-01T00:00:00Z')).toContain('with its zone');
  expect(await refused('tickets', '2026-02-01T00:00:00Z', '2026-02-01T08:00:00+08:00')).toContain(
    'not after its start',
  );
  expect(await refused('ticket', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')).toContain(
    'Declared are: docs, tickets',
  );
});

it('retry repeats the run that failed with its flags, and has nothing to do once it went well', async () => {
  manifest('policy: { deletes: { max_count: 0, max_ratio: 1 } }');
  project.docs(3);
  tickets(['a', '2026-02-01T00:00:00Z']);
  expect((await project.call(['retry'])).stderr).toContain('E613');
  await project.settle();
  expect((await project.call(['retry'])).stderr).toContain('no run ended badly');

  project.ws.remove('docs/doc-001.md');
  project.ws.remove('docs/doc-002.md');
  project.doc('doc-003.md', 'A document that is here for a moment.\n');
  // Nobody answers there, so the run fails before it has done anything.
  const failed = await project.run(
    ['apply', '--auto-approve', '--json', '--allow-delete', 'docs/doc-001.md', '--only', 'docs/**'],
    { env: { CHROMA_URL: 'http://127.0.0.1:9' } },
  );
  expect(failed.code).toBe(1);

  const retried = await project.call(['retry', '--auto-approve', '--json']);
  expect(jsonLines(retried)[0]).toMatchObject({
    type: 'verb',
    why: expect.arrayContaining([expect.stringContaining('E401')]),
  });
  // Its own scope and approval, not what somebody remembers of them.
  expect(applyResult(retried)).toMatchObject({
    outcome: 'partial',
    applied: { create: 1, delete: 1 },
    withheld: 1,
  });
  const start = (await project.journal()).filter(({ type }) => type === 'RUN_START').at(-1);
  expect(start?.data).toMatchObject({
    verb: 'retry',
    options: { only: ['docs/**'], allow_delete: ['docs/doc-001.md'] },
  });
});
