/** Whole processes, timed from outside, one at a time; medians with their spread, and ratios within a round. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const USAGE = new URL('./usage.mjs', import.meta.url).href;
const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface Measured {
  readonly seconds: number;
  /** Peak resident memory; of Node processes only, 0 for others, as the next. */
  readonly mebibytes: number;
  /** Of the processor, all threads. */
  readonly cpuSeconds: number;
  /** Empty when it is discarded. */
  readonly stdout: string;
  /** Characters. */
  readonly printed: number;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What is printed is counted and not kept: it may be more than a string can hold. */
  readonly discard?: boolean;
}

/** @throws Error with what was printed when it exits with another code than 0 */
export async function measureCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-bench-'));
  const file = join(folder, 'usage.json');
  try {
    const started = performance.now();
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: {
        ...inherited(),
        ...options.env,
        NODE_OPTIONS: `--import=${USAGE}`,
        INGEST_BENCH_USAGE: file,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let printed = 0;
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text.length;
      if (options.discard !== true) stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const seconds = (performance.now() - started) / 1000;
    if (code !== 0) {
      const end = `${stdout}\n${stderr}`.trim().slice(-2000);
      throw new Error(`${command} ${args[0] ?? ''} ${args[1] ?? ''} exited with ${code}: ...\n${end}`);
    }
    return { seconds, stdout, printed, ...usageOf(file) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The built program. */
export function measureProgram(args: readonly string[], options: CommandOptions): Promise<Measured> {
  return measureCommand(process.execPath, [BIN, ...args], options);
}

/** What the caller's shell sets must not change what is measured. */
function inherited(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(INGEST_(?!CHROMA)|NODE_|CI$)/.test(name));
  return Object.fromEntries(kept);
}

function usageOf(file: string): Pick<Measured, 'mebibytes' | 'cpuSeconds'> {
  if (!existsSync(file)) return { mebibytes: 0, cpuSeconds: 0 };
  const usage = JSON.parse(readFileSync(file, 'utf8')) as NodeJS.ResourceUsage;
  return {
    mebibytes: usage.maxRSS / 1024,
    cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
  };
}

/** Every contender once a round, in the same order: what slows the machine for a while slows all of them. */
export async function inRounds<Name extends string>(
  rounds: number,
  contenders: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const found = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) found[name].push(await contenders[name]());
  }
  return found;
}

export async function secondsOf(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return (performance.now() - started) / 1000;
}

/** Round by round. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** `1.2 (1.1 to 1.4)`, the median with the smallest and the largest. */
export function spread(values: readonly number[], unit = ''): string {
  const text = (value: number): string => digits(value);
  if (values.length < 2) return `${text(median(values))}${unit}`;
  return `${text(median(values))}${unit} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
}

/** Three figures: more would claim what no such measurement can say. */
function digits(value: number): string {
  if (value >= 100) return String(Math.round(value));
  return value.toFixed(value >= 10 ? 1 : 2);
}
