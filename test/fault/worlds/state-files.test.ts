/** A recorded state that is not what it was: said by name, never guessed at, and what can go on goes on. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IngestError } from '../../../src/domain/errors.js';
import { openDatabase } from '../../../src/platform/sqlite.js';
import { startEmbeddingServer } from '../../support/embedding-server.js';
import { applyIn, planIn } from '../../support/in-process.js';
import { article, type PlanJson, Project } from '../../support/project.js';
import { useChroma } from '../../support/use-chroma.js';
import { expectExplained } from './explained.js';

const chroma = useChroma();
let project: Project;

beforeEach(() => {
  project = new Project(chroma.url);
  project.manifest();
});
afterEach(() => project.dispose());

const place = (state?: string) => ({
  root: project.ws.root,
  env: project.env,
  ...(state === undefined ? {} : { state }),
});
const file = () => project.ws.path('state', 'test', 'ingest.db');

async function refusal(use: () => Promise<unknown>): Promise<string> {
  try {
    await use();
    return 'it went through';
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
    expect(error.advice).toMatch(/\w/);
    return `${error.code} ${error.message.replace(project.ws.root, '')}`;
  }
}

/** As a killed run leaves it: the last transactions are in the log alone. */
function withLog(): void {
  const db = openDatabase(file());
  db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
  db.exec("INSERT INTO journal (ts, run_id, type, journal_version, data) VALUES ('t', 'R', 'WARN', 1, '{}')");
  const copy = project.ws.path('copied');
  cpSync(project.ws.path('state', 'test'), copy, { recursive: true });
  db.close();
  rmSync(project.ws.path('state', 'test'), { recursive: true });
  renameSync(copy, project.ws.path('state', 'test'));
}

describe('a state file', () => {
  /** What is done to it, and what is said. */
  const DAMAGES: readonly (readonly [name: string, damage: () => void, says: RegExp])[] = [
    [
      'overwritten with noise',
      () => writeFileSync(file(), Buffer.alloc(20_000, 7)),
      /^E501 .*not a SQLite database/,
    ],
    [
      'that is a folder',
      () => {
        rmSync(file());
        mkdirSync(file());
      },
      /^E501 .*is a folder/,
    ],
    ['cut in the middle', () => truncateSync(file(), 9_000), /^E501 .*is damaged/],
    [
      'of a newer version',
      () => {
        const db = openDatabase(file());
        db.exec('PRAGMA user_version = 77');
        db.close();
      },
      /^E502 .*has schema 77/,
    ],
  ];

  it.each(DAMAGES)('%s is refused by plan and apply, and not touched', async (_name, damage, says) => {
    project.docs(2);
    await applyIn(place());
    damage();
    const before = existsSync(file()) && !says.source.includes('folder') ? readFileSync(file()) : undefined;
    expect(await refusal(() => planIn(place()))).toMatch(says);
    expect(await refusal(() => applyIn(place()))).toMatch(says);
    if (before !== undefined) expect(readFileSync(file()).equals(before)).toBe(true);
  });

  it('damaged is said on the terminal with what to do, also by status', async () => {
    project.docs(1);
    await applyIn(place());
    truncateSync(file(), 9_000);
    expectExplained(await project.run(['status']), 'E501', /is damaged .*restore a backup/);
  });

  it('whose log was cut loses the transactions that are gone and nothing else', async () => {
    project.docs(3);
    await applyIn(place());
    withLog();
    truncateSync(`${file()}-wal`, readFileSync(`${file()}-wal`).length - 100);
    rmSync(`${file()}-shm`, { force: true });
    expect((await planIn<PlanJson>(place())).outcome).toBe('no_changes');
    expect(await applyIn(place())).toMatchObject({ outcome: 'no_changes' });
    expect((await planIn<PlanJson>(place())).indexes[0]?.recorded).toMatchObject({ documents: 3 });
  });

  it('whose log must be copied to a temporary folder that is not there is E703', async () => {
    project.docs(1);
    await applyIn(place());
    withLog();
    rmSync(`${file()}-shm`, { force: true });
    const result = await project.run(['plan'], { env: { TMPDIR: project.ws.path('nowhere') } });
    expectExplained(result, 'E703', /temporary folder cannot be used: it does not exist/);
    expect((await planIn<PlanJson>(place())).outcome).toBe('no_changes');
  });

  it('that is empty beside a full collection is refused as another state’s (E403): nothing is taken over', async () => {
    project.docs(2);
    await applyIn(place());
    writeFileSync(file(), '');
    expect(await refusal(() => applyIn(place()))).toMatch(/^E403 /);
    expect(await (await project.collection()).count()).toBe(6);
  });

  it('restored from an old backup makes every plan look at the contents, and the next apply converges', async () => {
    project.docs(3);
    await applyIn(place());
    copyFileSync(file(), project.ws.path('backup.db'));
    project.doc('doc-000.md', article('another topic'));
    project.ws.remove('docs/doc-001.md');
    project.doc('new.md', article('new'));
    await applyIn(place());
    copyFileSync(project.ws.path('backup.db'), file());
    const plan = await planIn<PlanJson>(place());
    expect(plan.indexes[0]?.live.verify).toBe('content');
    expect(plan.outcome).toBe('changes');
    expect(await applyIn(place())).toMatchObject({
      outcome: 'applied',
      strict_sync: { ok: true },
      embedded: 0,
    });
    expect((await planIn<PlanJson>(place(), { verify: 'content' })).outcome).toBe('no_changes');
    expect(await (await project.collection()).count()).toBe(9);
  });

  it('lies under a long path with spaces, quotes and other scripts', async () => {
    project.docs(1);
    const state = `a folder; "quoted" & 'so'/état 状態 %20 ?#/${'long'.repeat(50)}/${'deep'.repeat(50)}`;
    expect(await applyIn(place(state))).toMatchObject({ outcome: 'applied' });
    expect((await planIn<PlanJson>(place(state))).outcome).toBe('no_changes');
  });
});

describe('a state folder deleted under an apply', () => {
  it('ends the apply with an error that says so, not with a success', async () => {
    const embeddings = await startEmbeddingServer({ script: [{ kind: 'ok' }, { kind: 'slow', ms: 2_000 }] });
    try {
      project.manifest({
        embedding: [
          'provider: openai-compatible',
          `base_url: ${embeddings.url}`,
          'model: m',
          'dimensions: 16',
          'batch_size: 4',
        ],
      });
      project.docs(8);
      const apply = project.ws.start(['apply', '--auto-approve'], { env: project.env });
      await embeddings.received(2);
      rmSync(project.ws.path('state', 'test'), { recursive: true });
      const result = await apply.finished;
      expectExplained(result, 'E501', /recorded state .*was deleted or moved while this run used it/);
    } finally {
      await embeddings.stop();
    }
  });
});
