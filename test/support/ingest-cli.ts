/**
 * The built program as a user runs it: `node bin/run.js` in a workspace of its own, spawned, with stdout, stderr
 * and exit code. `npm test` builds before it runs. What Chroma holds is read past the program, by the client.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChromaClient } from 'chromadb';
import { callCli } from './called-cli.js';
import { joinTestServer } from './chroma.js';
import { undocumented } from './json-outputs.js';
import { quickFolder } from './quick-folder.js';

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface CliResult {
  /** Null when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Added to the inherited environment, which is stripped of what would change the output. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A command and its arguments that start the program: `['sh', '-c', 'exec "$@"', 'sh']`. */
  readonly through?: readonly string[];
}

export interface RunningCli {
  readonly child: ChildProcess;
  /** What was printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  kill(signal: NodeJS.Signals): void;
  readonly finished: Promise<CliResult>;
}

/** Nothing that a developer's shell or a CI sets may decide what a test sees. */
const NOT_INHERITED = /^(INGEST_(?!CHROMA_BINDING)|NO_COLOR$|FORCE_COLOR$|CI$|COLUMNS$|VITEST|NODE_ENV$)/;

/** `npm run coverage` counts the lines that the program runs, too. */
const COVERED: Readonly<Record<string, string>> =
  process.env['INGEST_COVERAGE'] === undefined ? {} : { NODE_V8_COVERAGE: process.env['INGEST_COVERAGE'] };

export function inheritedEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name)));
}

function startCli(args: readonly string[], options: CliOptions & { readonly cwd: string }): RunningCli {
  const [command = process.execPath, ...words] = [...(options.through ?? []), process.execPath, BIN, ...args];
  const child = spawn(command, words, {
    cwd: options.cwd,
    env: { ...inheritedEnv(), ...COVERED, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const parts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    parts.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    parts.stderr += text;
  });
  const finished = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...parts }));
    // What it is run through may take only a part of what it prints.
  }).then((result) => (options.through === undefined ? judged(args, result) : result));
  return {
    child,
    stdout: () => parts.stdout,
    stderr: () => parts.stderr,
    kill: (signal) => {
      child.kill(signal);
    },
    finished,
  };
}

/** @throws Error when what --json printed is not as its schema says */
function judged(args: readonly string[], result: CliResult): CliResult {
  // What was killed may have been in the middle of a line.
  const { signal, code, stdout } = result;
  const faults = signal === null && args.includes('--json') ? undocumented(args, stdout, code === 130) : [];
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return result;
}

/** A temporary project: `desired/`, `docs/` and `state/`, and the program with it as current folder. */
export class Workspace {
  readonly root: string = realpathSync(mkdtempSync(join(quickFolder(), 'ingest-cli-')));
  readonly #running = new Set<RunningCli>();

  constructor() {
    mkdirSync(this.path('desired'));
    mkdirSync(this.path('docs'));
  }

  path(...parts: readonly string[]): string {
    return join(this.root, ...parts);
  }

  /** Writes a file under the root, with its folders. */
  write(file: string, content: string | Buffer): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), content);
  }

  remove(file: string): void {
    rmSync(this.path(file), { recursive: true });
  }

  /** `desired/<name>.yaml`. */
  manifest(yaml: string, name = 'docs'): void {
    this.write(`desired/${name}.yaml`, yaml);
  }

  /** Starts it; whoever starts one may signal it. What still runs at `dispose` is killed. */
  start(args: readonly string[], options: CliOptions = {}): RunningCli {
    const running = startCli(args, { cwd: this.root, ...options });
    this.#running.add(running);
    running.finished.finally(() => this.#running.delete(running)).catch(() => {});
    return running;
  }

  run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    return this.start(args, options).finished;
  }

  /** As `run`, in this process: what it prints and its exit code, without what only a process has. */
  async call(args: readonly string[], options: Omit<CliOptions, 'through'> = {}): Promise<CliResult> {
    // Lines that a called program runs would be counted as nobody's.
    if (process.env['INGEST_COVERAGE'] !== undefined) return this.run(args, options);
    const env = { ...inheritedEnv(), ...options.env };
    return judged(args, await callCli(args, { cwd: options.cwd ?? this.root, env }));
  }

  /** Runs with `--json` and gives the one value that it prints. @throws Error with both outputs on exit 1 */
  async json<T = Record<string, unknown>>(args: readonly string[], options: CliOptions = {}): Promise<T> {
    return oneValue<T>(await this.run([...args, '--json'], options));
  }

  /** As `json`, in this process. @throws Error with both outputs on exit 1 */
  async callJson<T = Record<string, unknown>>(
    args: readonly string[],
    options: Omit<CliOptions, 'through'> = {},
  ): Promise<T> {
    return oneValue<T>(await this.call([...args, '--json'], options));
  }

  async dispose(): Promise<void> {
    const left = [...this.#running];
    for (const running of left) running.kill('SIGKILL');
    await Promise.all(left.map((running) => running.finished));
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

function oneValue<T>(result: CliResult): T {
  if (result.code === 1) throw new Error(`exit 1:\n${result.stdout}\n${result.stderr}`);
  return parseJson<T>(result);
}

/** The one JSON value on stdout. @throws Error that shows what was printed instead */
export function parseJson<T>(result: CliResult): T {
  try {
    return JSON.parse(result.stdout) as T;
  } catch (error) {
    throw new Error(`not JSON (exit ${result.code}):\n${result.stdout}\n${result.stderr}`, { cause: error });
  }
}

/** The JSON lines on stdout; the last line of an apply is its result. */
export function jsonLines(result: CliResult): readonly Record<string, unknown>[] {
  return result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The last line of `apply --json`. @throws Error with both outputs when there is none */
export function applyResult<T = Record<string, unknown>>(result: CliResult): T {
  const last = jsonLines(result).at(-1);
  if (last?.['type'] === 'result') return last as T;
  throw new Error(`no result (exit ${result.code}):\n${result.stdout}\n${result.stderr}`);
}

/** What changes from run to run without anything desired having changed: not part of equality. */
const ANCHORS: ReadonlySet<string> = new Set([
  'ingest_run_id',
  'ingest_batch_id',
  'ingest_trace_id',
  'ingest_source_fingerprint',
]);

export interface SeenRecord {
  readonly document: string | null;
  /** Without the anchors of the last write. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly embedding: readonly number[];
}

const PAGE = 2000;

/** Every record of a collection by id, in the order of ids: two collections are equal when these are. */
export async function readCollection(url: string, name: string): Promise<Map<string, SeenRecord>> {
  const { hostname, port, protocol } = new URL(url);
  const client = new ChromaClient({ host: hostname, port: Number(port), ssl: protocol === 'https:' });
  const collection = await client.getCollection({ name });
  const found: [string, SeenRecord][] = [];
  for (let offset = 0; ; offset += PAGE) {
    const page = await collection.get({
      limit: PAGE,
      offset,
      include: ['documents', 'metadatas', 'embeddings'],
    });
    page.ids.forEach((id, i) => {
      const metadata = Object.entries(page.metadatas[i] ?? {}).filter(([key]) => !ANCHORS.has(key));
      found.push([
        id,
        {
          document: page.documents[i] ?? null,
          metadata: Object.fromEntries(metadata.sort(([a], [b]) => (a < b ? -1 : 1))),
          embedding: page.embeddings[i] ?? [],
        },
      ]);
    });
    if (page.ids.length < PAGE) break;
  }
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** How two collections differ, in words short enough for a failing test; empty when they are equal. */
export function differences(
  actual: ReadonlyMap<string, SeenRecord>,
  expected: ReadonlyMap<string, SeenRecord>,
): readonly string[] {
  const found: string[] = [];
  for (const [id, record] of actual) {
    const wanted = expected.get(id);
    if (wanted === undefined) found.push(`${id} is too much: ${describe(record)}`);
    else if (JSON.stringify(wanted) !== JSON.stringify(record)) {
      const same = (key: keyof SeenRecord) => JSON.stringify(wanted[key]) === JSON.stringify(record[key]);
      const keys = (['document', 'metadata', 'embedding'] as const).filter((key) => !same(key));
      found.push(`${id} differs in ${keys.join(', ')}: ${describe(record)} instead of ${describe(wanted)}`);
    }
  }
  for (const [id, record] of expected) {
    if (!actual.has(id)) found.push(`${id} is missing: ${describe(record)}`);
  }
  return found.slice(0, 20);
}

function describe(record: SeenRecord): string {
  return JSON.stringify(record.metadata);
}

/** Uses the embedded Chroma of a state folder (`state/<env>`), as one more of its clients. */
export async function withEmbedded<T>(stateDir: string, use: (url: string) => Promise<T>): Promise<T> {
  const server = await joinTestServer(stateDir);
  try {
    return await use(server.url);
  } finally {
    await server.leave();
  }
}
