/**
 * The built program without a process of its own: its entry, arguments, environment, folder, both outputs and exit
 * code are what a started one has, and the second that starting one takes is saved. What only a process has is not
 * here: signals, colours of a terminal, a process id, the end. test/cli/called.test.ts shows that both answer alike.
 */
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Config, run } from '@oclif/core';
import type { CliResult } from './ingest-cli.js';

const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));

export interface Call {
  readonly cwd: string;
  /** All of it. */
  readonly env: NodeJS.ProcessEnv;
}

let config: Promise<Config> | undefined;
/** Folder, environment and outputs are those of the whole process: one call at a time has them. */
let turn: Promise<unknown> = Promise.resolve();

export function callCli(args: readonly string[], call: Call): Promise<CliResult> {
  const result = turn.then(() => inPlace(args, call));
  turn = result.catch(() => {});
  return result;
}

/** @throws what oclif answers itself, such as an unknown command: that is for a process of its own */
async function inPlace(args: readonly string[], { cwd, env }: Call): Promise<CliResult> {
  config ??= Config.load({ root: PACKAGE });
  const loaded = await config;
  const stdout = new Collected();
  const stderr = new Collected();
  const before = { cwd: process.cwd(), env: { ...process.env }, exitCode: process.exitCode };
  const restore = [replaced('stdout', stdout), replaced('stderr', stderr)];
  process.chdir(cwd);
  setEnvironment(env);
  process.exitCode = undefined;
  try {
    await run([...args], loaded);
    const code = Number(process.exitCode ?? 0);
    return { code, signal: null, stdout: stdout.text, stderr: stderr.text };
  } finally {
    for (const put of restore) put();
    process.chdir(before.cwd);
    setEnvironment(before.env);
    process.exitCode = before.exitCode;
  }
}

/** The one object that it is stays: what the system itself reads, such as TMPDIR, changes with it. */
function setEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  for (const [name, value] of Object.entries(env)) if (process.env[name] !== value) process.env[name] = value;
}

/** Of a pipe, as a test gives a started program. */
class Collected extends Writable {
  #parts: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.#parts).toString('utf8');
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#parts.push(chunk);
    done();
  }
}

function replaced(name: 'stdout' | 'stderr', stream: Writable): () => void {
  const own = Object.getOwnPropertyDescriptor(process, name);
  if (own === undefined) throw new Error(`process.${name} cannot be replaced`);
  Object.defineProperty(process, name, { ...own, get: () => stream });
  return () => Object.defineProperty(process, name, own);
}
