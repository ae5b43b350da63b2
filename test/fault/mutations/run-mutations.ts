/** Breaks a copy of the tree, one mutation at a time, and runs in it the one test that must notice. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Mutation } from './mutations.js';

const run = promisify(execFile);
/** Longer than any test of the list takes on a busy machine. */
const PATIENCE_MS = 600_000;
/** At the top of the tree. */
const LEFT_OUT = new Set(['node_modules', '.git', 'state', 'dist', 'coverage']);

export interface Verdict {
  readonly mutation: Mutation;
  /** `killed`: the test failed of it. `broken`: nothing was proven, neither way. */
  readonly result: 'killed' | 'survived' | 'broken';
  /** What the test said, first line; or why nothing was proven. */
  readonly said: string;
}

interface Outcome {
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

export class BrokenTree {
  readonly #root: string;
  #built = false;

  constructor(tree: string) {
    this.#root = mkdtempSync(join(tmpdir(), 'ingest-mutations-'));
    cpSync(tree, this.#root, { recursive: true, filter: (path) => !LEFT_OUT.has(relative(tree, path)) });
    symlinkSync(join(tree, 'node_modules'), join(this.#root, 'node_modules'));
  }

  dispose(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Why a mutation proves nothing whatever becomes of it: its test does not pass in the tree as it is. */
  async unsound(mutations: readonly Mutation[]): Promise<Map<Mutation, string>> {
    const outcomes = await this.#test(mutations);
    const found = new Map<Mutation, string>();
    for (const mutation of mutations) {
      const own = outcomes.filter((one) => one.name.includes(plain(mutation)));
      const bad = own.find((one) => one.status !== 'passed');
      if (own.length === 0) found.set(mutation, 'no such test');
      else if (bad !== undefined) found.set(mutation, `unmutated: ${bad.status} ${bad.message}`);
    }
    return found;
  }

  async judge(mutation: Mutation): Promise<Verdict> {
    const file = join(this.#root, mutation.file);
    const sound = readFileSync(file, 'utf8');
    const parts = sound.split(mutation.find);
    if (parts.length !== 2) {
      return { mutation, result: 'broken', said: `its text is there ${parts.length - 1} times` };
    }
    writeFileSync(file, parts.join(mutation.replace));
    this.#built = false;
    try {
      const outcomes = (await this.#test([mutation])).filter(
        ({ status }) => status === 'passed' || status === 'failed',
      );
      const failed = outcomes.find((one) => one.status === 'failed');
      if (failed !== undefined) return { mutation, result: 'killed', said: failed.message };
      if (outcomes.length === 0) return { mutation, result: 'broken', said: 'no test ran' };
      return { mutation, result: 'survived', said: '' };
    } catch (error) {
      return { mutation, result: 'broken', said: firstLine(String(error)) };
    } finally {
      writeFileSync(file, sound);
      this.#built = false;
    }
  }

  async #test(mutations: readonly Mutation[]): Promise<Outcome[]> {
    const files = [...new Set(mutations.map(({ test }) => test.file))];
    // These start the built program.
    if (files.some((file) => file.startsWith('test/cli/'))) await this.#build();
    const names = [...new Set(mutations.map((mutation) => plain(mutation)))];
    const report = join(this.#root, 'mutation-report.json');
    rmSync(report, { force: true });
    const vitest = join(this.#root, 'node_modules/vitest/vitest.mjs');
    await this.#node([
      vitest,
      'run',
      ...files,
      ...['-t', names.map(escaped).join('|'), '--maxWorkers=1'],
      ...['--reporter=json', `--outputFile=${report}`],
    ]).catch((error: unknown) => {
      // It exits 1 when a test fails; what counts is what it wrote.
      if (typeof error !== 'object' || error === null || !('code' in error) || error.code !== 1) throw error;
    });
    return outcomesIn(readFileSync(report, 'utf8'));
  }

  async #build(): Promise<void> {
    if (this.#built) return;
    await this.#node([join(this.#root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json']);
    this.#built = true;
  }

  async #node(args: readonly string[]): Promise<void> {
    const options = { cwd: this.#root, timeout: PATIENCE_MS, maxBuffer: 64 * 1024 * 1024 };
    await run(process.execPath, args, options);
  }
}

/** `is told %s` is picked by the longer of its parts. */
function plain({ test }: Mutation): string {
  return test.name.split('%s').reduce((a, b) => (a.length >= b.length ? a : b));
}

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** A file that could not even be loaded has no tests, so that it is no proof. */
function outcomesIn(text: string): Outcome[] {
  const { testResults } = JSON.parse(text) as Report;
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ fullName: name, status, failureMessages = [] }) => ({
      name,
      status,
      message: firstLine(failureMessages[0] ?? ''),
    })),
  );
}

function firstLine(text: string): string {
  return (
    text
      .replace(/\x1b\[\d+m/g, '')
      .split('\n')
      .find((line) => line.trim() !== '') ?? ''
  ).trim();
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
