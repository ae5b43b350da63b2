/**
 * Real documents with their real history: the Vue documentation and its Chinese translation, applied commit by
 * commit. The bundles are not part of the project: INGEST_TEST_CORPUS names their folder, ../shared/corpus is
 * the default, and where they are absent the tests are skipped. INGEST_TEST_FULL=1 walks all 50 commits of both.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { Change, PlanSummary } from '../../src/domain/plan.js';
import type { ApplyResult } from '../../src/domain/results.js';
import { applyIn, planIn } from '../support/in-process.js';
import { applyResult, differences, readCollection, Workspace } from '../support/ingest-cli.js';

const FOLDER =
  process.env['INGEST_TEST_CORPUS'] ?? fileURLToPath(new URL('../../../shared/corpus', import.meta.url));
const FULL = process.env['INGEST_TEST_FULL'] === '1';
const HISTORY = 50;
/** These go through spawned processes; the others call the same functions in this one, to save their start. */
const SPAWNED = 1;

const MANIFEST = `
apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: vue-docs }
environments:
  test: { chroma: { url: "\${CHROMA_URL}", collection: "\${COLLECTION}" } }
embedding: { provider: lexical-hash }
sources: [{ id: vue, root: ../docs, include: ["**/*.md"] }]
`;

interface Language {
  readonly name: string;
  readonly bundle: string;
  /** Commits walked by default. */
  readonly commits: number;
}

const LANGUAGES: readonly Language[] = [
  { name: 'English', bundle: 'vue-docs-en.bundle', commits: 10 },
  { name: 'Chinese', bundle: 'vue-docs-zh.bundle', commits: 5 },
];

const chromaUrl = inject('chromaUrl');

describe.each(LANGUAGES)('the $name Vue documentation', ({ name, bundle, commits: byDefault }) => {
  const file = join(FOLDER, bundle);
  const commits = FULL ? HISTORY : byDefault;
  const absent = !existsSync(file)
    ? ` [skipped: no ${bundle}; INGEST_TEST_CORPUS names its folder]`
    : chromaUrl === ''
      ? ' [skipped: no Chroma runs here]'
      : '';
  const fewer = commits < HISTORY ? ` (${HISTORY} with INGEST_TEST_FULL=1)` : '';
  let workspace: Workspace | undefined;

  afterEach(async () => {
    await workspace?.dispose();
    workspace = undefined;
  });

  it.skipIf(absent !== '')(
    `follows its last ${commits} commits${fewer}, each planned, applied and then empty, and ends as a fresh build${absent}`,
    { timeout: 900_000 },
    async () => {
      workspace = new Workspace();
      const walk = new Walk(workspace, file);
      const total = new Totals();
      const [first, ...rest] = walk.commits(commits);
      if (first === undefined) throw new Error(`${bundle} has no history`);

      walk.checkOut(first);
      const driven = await spawned(workspace);
      total.add(driven.result);
      expect(driven.before.summary.create).toBe(walk.files().length);
      expect(driven.result.applied.create).toBe(walk.files().length);
      expectEmpty(driven.after);

      for (const [i, commit] of rest.entries()) {
        const changed = walk.checkOut(commit);
        const { before, result, after } = await (i < SPAWNED ? spawned(workspace) : inProcess(workspace));
        expect(touched(before), `what ${commit} changed`).toEqual(changed);
        expectAsPlanned(before, result);
        // Its largest loss is 5 of 116 documents, within the thresholds.
        expect(result.withheld).toBe(0);
        expectEmpty(after);
        total.add(result);
      }

      const walked = await readCollection(chromaUrl, collectionOf(workspace));
      const fresh = { root: workspace.root, env: environment(workspace, 'fresh'), state: 'fresh-state' };
      const built = await applyIn(fresh);
      expect(built).toMatchObject({ outcome: 'applied', applied: { create: walk.files().length } });
      const wanted = await readCollection(chromaUrl, collectionOf(workspace, 'fresh'));
      expect(wanted.size).toBe(built.upserted);
      expect(differences(walked, wanted)).toEqual([]);
      process.stdout.write(`${name}: ${total.line(rest.length, walked.size)}\n`);
    },
  );
});

/** A clone of one bundle as the `docs/` of a workspace. */
class Walk {
  readonly #clone: string;
  readonly #root: string;

  constructor(workspace: Workspace, bundle: string) {
    this.#root = workspace.root;
    this.#clone = workspace.path('docs');
    execFileSync('git', ['clone', '-q', '-b', 'main', bundle, this.#clone]);
    this.#git('config', 'core.autocrlf', 'false');
    workspace.manifest(MANIFEST);
  }

  /** The commit before the last `count` ones, and those, oldest first, along the first parents. */
  commits(count: number): string[] {
    const list = this.#git('rev-list', '--first-parent', '-n', String(count + 1), 'main');
    return list.split('\n').reverse();
  }

  /** Gives the uris that differ from the commit before, in the order of a plan. */
  checkOut(commit: string): string[] {
    const changed = this.#git('diff', '--name-only', '--no-renames', '-z', 'HEAD', commit).split('\0');
    this.#git('checkout', '-q', '--detach', commit);
    return inOrder(changed.filter((path) => path !== '').map((path) => `vue/${path}`));
  }

  files(): string[] {
    return this.#git('ls-files', '-z')
      .split('\0')
      .filter((path) => path !== '');
  }

  #git(...args: string[]): string {
    return execFileSync('git', ['-C', this.#clone, ...args], { cwd: this.#root, encoding: 'utf8' }).trim();
  }
}

interface SeenPlan {
  readonly outcome: string;
  readonly summary: PlanSummary;
  readonly indexes: readonly { readonly changes: readonly Change[] }[];
}

interface Step {
  readonly before: SeenPlan;
  readonly result: ApplyResult;
  readonly after: SeenPlan;
}

async function spawned(workspace: Workspace): Promise<Step> {
  const env = environment(workspace);
  const before = await workspace.json<SeenPlan>(['plan'], { env });
  const applied = await workspace.run(['apply', '--auto-approve', '--json'], { env });
  expect(applied.code, applied.stderr).toBe(0);
  const again = await workspace.run(['plan', '--detailed-exitcode', '--json'], { env });
  expect(again.code, again.stdout).toBe(0);
  return { before, result: applyResult<ApplyResult>(applied), after: JSON.parse(again.stdout) as SeenPlan };
}

async function inProcess(workspace: Workspace): Promise<Step> {
  const project = { root: workspace.root, env: environment(workspace) };
  const before = await planIn<SeenPlan>(project);
  const result = await applyIn(project);
  return { before, result, after: await planIn<SeenPlan>(project) };
}

function environment(workspace: Workspace, which = 'walked'): Record<string, string> {
  return { CHROMA_URL: chromaUrl, COLLECTION: collectionOf(workspace, which) };
}

/** The Chroma is shared by all tests of this run. */
function collectionOf(workspace: Workspace, which = 'walked'): string {
  return `${which}-${workspace.root.slice(-6)}-docs`;
}

/** Every uri that a plan names, in order; a move names two. */
function touched(plan: SeenPlan): string[] {
  const changes = plan.indexes.flatMap((index) => index.changes);
  return inOrder(changes.flatMap(({ uri, moved_from }) => (moved_from === null ? [uri] : [uri, moved_from])));
}

function inOrder(uris: readonly string[]): string[] {
  return [...uris].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** What was planned is what was done: documents, records and embeddings. */
function expectAsPlanned({ summary }: SeenPlan, result: ApplyResult): void {
  expect(result, JSON.stringify(result)).toMatchObject({
    outcome: 'applied',
    applied: {
      create: summary.create,
      move: summary.move,
      update: summary.update,
      delete: summary.delete,
      repair: 0,
      replace: 0,
    },
    upserted: summary.chunks.add,
    relabelled: summary.chunks.relabel,
    deleted: summary.chunks.delete,
    embedded: summary.embed.compute,
    strict_sync: { ok: true, delta: 0 },
  });
}

function expectEmpty(after: SeenPlan): void {
  expect(after.outcome).toBe('no_changes');
  expect(after.indexes.flatMap((index) => index.changes)).toEqual([]);
}

class Totals {
  #results: ApplyResult[] = [];

  add(result: ApplyResult): void {
    this.#results.push(result);
  }

  line(commits: number, records: number): string {
    const [first, ...rest] = this.#results;
    const sum = (of: (result: ApplyResult) => number): number =>
      rest.reduce((total, one) => total + of(one), 0);
    const counts = [
      `${commits} commits`,
      `${sum((r) => r.applied.create)} adds`,
      `${sum((r) => r.applied.update)} updates`,
      `${sum((r) => r.applied.move)} moves`,
      `${sum((r) => r.applied.delete)} deletes`,
      `${sum((r) => r.embedded)} chunks embedded (${first?.embedded} by the first apply)`,
      `${sum((r) => r.relabelled)} relabelled`,
    ];
    return `${counts.join(', ')}; ${records} records at the end`;
  }
}
