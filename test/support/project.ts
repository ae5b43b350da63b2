/**
 * A project for acceptance tests: manifests, documents and a Chroma. Every plan, report and journal line that
 * passes through here is judged by its schema in contracts/, and the numbers of every plan must add up.
 */
import { createHash } from 'node:crypto';
import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChromaClient, type Collection } from 'chromadb';
import { expect } from 'vitest';
import type { DriftReport } from '../../src/domain/drift-report.js';
import type { JournalEvent } from '../../src/domain/events.js';
import type { Change, IndexHeader, PlanHeader } from '../../src/domain/plan.js';
import type { ApplyResult, StatusReport } from '../../src/domain/results.js';
import {
  applyResult,
  type CliOptions,
  type CliResult,
  jsonLines,
  parseJson,
  Workspace,
} from './ingest-cli.js';
import { faultsIn, type SchemaName } from './json-outputs.js';

export type PlanJson = PlanHeader & {
  readonly indexes: readonly (IndexHeader & { readonly changes: readonly Change[] })[];
};

/** Fails unless `value` satisfies contracts/<name>.schema.json. */
export function expectValid(name: SchemaName, value: unknown): void {
  expect(faultsIn(name, value), `contracts/${name}.schema.json`).toEqual([]);
}

export interface ManifestOptions {
  readonly id?: string;
  /** Default: the manifest id. */
  readonly collection?: string;
  readonly space?: string;
  /** Lines of YAML under `embedding`. */
  readonly embedding?: readonly string[];
  /** Lines of YAML under `environments.test.chroma`. */
  readonly chroma?: readonly string[];
  /** By source id, more lines of YAML; the root of the default one is docs/. */
  readonly sources?: Readonly<Record<string, readonly string[]>>;
  /** Further top-level lines. */
  readonly more?: readonly string[];
}

/** One manifest for the environment `test`, whose Chroma is ${CHROMA_URL}. */
export function manifestYaml(options: ManifestOptions = {}): string {
  const id = options.id ?? 'docs';
  const chroma = [`url: \${CHROMA_URL}`, `collection: ${options.collection ?? id}`];
  if (options.space !== undefined) chroma.push(`space: ${options.space}`);
  const sources = Object.entries(options.sources ?? { docs: ['root: ../docs'] });
  return [
    'apiVersion: ingest/v1',
    'kind: Index',
    `metadata: { manifest_id: ${id} }`,
    'environments:',
    '  test:',
    '    chroma:',
    ...(options.chroma ?? chroma).map((line) => `      ${line}`),
    'embedding:',
    ...(options.embedding ?? ['provider: lexical-hash', 'dimensions: 64']).map((line) => `  ${line}`),
    'sources:',
    ...sources.flatMap(([name, lines]) => [`  - id: ${name}`, ...lines.map((line) => `    ${line}`)]),
    ...(options.more ?? []),
    '',
  ].join('\n');
}

/** A document of several sections, each large enough to be a chunk of its own. */
export function article(topic: string, sections: readonly string[] = ['one', 'two', 'three']): string {
  return `# ${topic}\n\n${sections.map((name) => section(topic, name)).join('\n')}`;
}

export function section(topic: string, name: string): string {
  const sentence = `The ${name} part of ${topic} explains ${name} of ${topic} in words of its own. `;
  return `## ${topic} ${name}\n\n${sentence.repeat(12)}\n`;
}

let projects = 0;

export class Project {
  readonly ws = new Workspace();
  /** Of the collection; no two projects of a test file share one unless they mean to. */
  // Files that run at the same time may share a Chroma.
  readonly name = `docs-${process.pid}-${++projects}`;
  readonly env: Readonly<Record<string, string>>;

  /** `quick`: what this class asks of the program is called, not run; where a process is not what is tested. */
  constructor(
    readonly url: string,
    readonly quick = false,
  ) {
    this.env = { CHROMA_URL: url };
  }

  /** `desired/<id>.yaml`; its collection is the project's own unless another is named. */
  manifest(options: ManifestOptions = {}, file = options.id ?? 'docs'): void {
    this.ws.manifest(manifestYaml({ collection: this.name, ...options }), file);
  }

  /** `docs/<name>` with the given text. */
  doc(name: string, text: string | Buffer): void {
    this.ws.write(`docs/${name}`, text);
  }

  /** doc-00.md and so on, three chunks each. */
  docs(count: number, prefix = 'doc-'): void {
    for (let i = 0; i < count; i++) {
      const name = `${prefix}${String(i).padStart(3, '0')}`;
      this.doc(`${name}.md`, article(name));
    }
  }

  run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    return this.ws.run(args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** As `run`, without a process of its own: to start one is most of the time that a test takes. */
  call(args: readonly string[], options: Omit<CliOptions, 'through'> = {}): Promise<CliResult> {
    return this.ws.call(args, { ...options, env: { ...this.env, ...options.env } });
  }

  #answer(args: readonly string[]): Promise<CliResult> {
    return this.quick ? this.call(args) : this.run(args);
  }

  /** A plan that was made (exit 0), valid and adding up. */
  async plan(...args: readonly string[]): Promise<PlanJson> {
    const result = await this.#answer(['plan', '--json', ...args]);
    expect({ code: result.code, stderr: result.code === 0 ? '' : result.stderr }).toEqual({
      code: 0,
      stderr: '',
    });
    const plan = parseJson<PlanJson>(result);
    expectSound(plan);
    return plan;
  }

  /** An apply of any outcome that ends with a result; its exit code is the one of its outcome. */
  async apply(...args: readonly string[]): Promise<ApplyResult> {
    const approve = args.some((arg) => !arg.startsWith('-') && arg.includes('.plan'))
      ? []
      : ['--auto-approve'];
    const result = await this.#answer(['apply', '--json', ...approve, ...args]);
    const report = applyResult<ApplyResult>(result);
    expectValid('report', report);
    expect({ outcome: report.outcome, code: result.code }).toEqual({
      outcome: report.outcome,
      code: EXIT_OF[report.outcome],
    });
    return report;
  }

  /** An apply that did everything (exit 0), after which nothing is left to do. */
  async settle(...args: readonly string[]): Promise<ApplyResult> {
    const report = await this.apply(...args);
    expect({ outcome: report.outcome, reason: report.reason, failures: report.failures }).toEqual({
      outcome: expect.stringMatching(/^(applied|no_changes)$/),
      reason: 'ok',
      failures: [],
    });
    const after = await this.plan();
    expect(changesOf(after)).toEqual([]);
    expect(after.outcome).toBe('no_changes');
    return report;
  }

  async drift(...args: readonly string[]): Promise<DriftReport> {
    const result = await this.#answer(['drift', '--json', ...args]);
    const report = parseJson<DriftReport>(result);
    expectValid('report', report);
    expect({ drift: report.drift, code: result.code }).toEqual({
      drift: report.drift,
      code: report.drift ? 2 : 0,
    });
    return report;
  }

  async status(...args: readonly string[]): Promise<StatusReport> {
    const result = await this.#answer(['status', '--json', ...args]);
    expect(result.code).toBe(0);
    const report = parseJson<StatusReport>(result);
    expectValid('report', report);
    return report;
  }

  async journal(...args: readonly string[]): Promise<readonly JournalEvent[]> {
    const result = await this.#answer(['journal', ...args]);
    expect(result.code).toBe(0);
    const events = jsonLines(result) as unknown as readonly JournalEvent[];
    for (const event of events) expectValid('events', event);
    return events;
  }

  collection(name = this.name): Promise<Collection> {
    return chromaClient(this.url).getCollection({ name });
  }

  /** Hash of every file of the recorded state of the environment, by name; caches are not part of it. */
  stateFiles(): Record<string, string> {
    return Object.fromEntries(
      filesBelow(this.ws.path('state', 'test')).map((file) => [
        file.slice(this.ws.root.length + 1),
        createHash('sha256').update(readFileSync(file)).digest('hex'),
      ]),
    );
  }

  dispose(): Promise<void> {
    return this.ws.dispose();
  }
}

const EXIT_OF: Readonly<Record<ApplyResult['outcome'], number>> = {
  applied: 0,
  no_changes: 0,
  partial: 5,
  failed: 1,
  stale: 3,
  locked: 4,
  interrupted: 130,
};

export function chromaClient(url: string): ChromaClient {
  const { hostname, port } = new URL(url);
  return new ChromaClient({ host: hostname, port: Number(port), ssl: false });
}

export function changesOf(plan: PlanJson): Change[] {
  return plan.indexes.flatMap((index) => index.changes);
}

/** "action uri [reasons]" of every change, for comparing at a glance. */
export function gist(plan: PlanJson): string[] {
  return changesOf(plan).map(({ action, uri, reasons }) => `${action} ${uri} ${reasons.join(',')}`);
}

/** Valid by its schema, and every number follows from the changes. */
function expectSound(plan: PlanJson): void {
  expectValid('plan', plan);
  let acting = 0;
  for (const index of plan.indexes) {
    const { declared, ...classes } = index.coverage;
    expect(Object.values(classes).reduce((sum, n) => sum + n, 0)).toBe(declared);
    for (const n of Object.values(classes)) expect(n).toBeGreaterThanOrEqual(0);
    for (const action of ACTIONS) {
      const count = index.changes.filter((change) => change.action === action).length;
      expect({ action, count: index.summary[action] }).toEqual({ action, count });
    }
    const uris = index.changes.map((change) => Buffer.from(change.uri));
    for (const [i, uri] of uris.entries()) {
      const before = uris[i - 1];
      if (before !== undefined) expect(Buffer.compare(before, uri)).toBeLessThan(0);
    }
    acting += index.changes.filter((change) => change.action !== 'withheld').length;
    acting += index.index_actions.length;
    for (const change of index.changes) {
      expect(change.chunks.relabel).toBeLessThanOrEqual(change.chunks.keep);
      if (change.after !== null && !['reject', 'replace'].includes(change.action)) {
        expect(change.chunks.add + change.chunks.keep).toBe(change.after.chunks);
      }
    }
  }
  for (const action of ACTIONS) {
    const sum = plan.indexes.reduce((total, index) => total + index.summary[action], 0);
    expect({ action, sum: plan.summary[action] }).toEqual({ action, sum });
  }
  expect(plan.outcome).toBe(acting > 0 ? 'changes' : 'no_changes');
}

const ACTIONS = ['create', 'move', 'update', 'repair', 'delete', 'reject', 'withheld', 'replace'] as const;

/** Every regular file below a folder, sorted. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry: Dirent) => entry.isFile())
    .map((entry: Dirent) => join(entry.parentPath, entry.name))
    .sort();
}
