/** Help and version are asked for often and by scripts: they load no model, no parser, no native module. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RECORDER = pathToFileURL(join(ROOT, 'test/support/record-modules.mjs')).href;
/** What opens a database, talks to Chroma, parses or computes. (oclif itself loads a glob library.) */
const HEAVY =
  /[\\/]node_modules[\\/](better-sqlite3|chromadb[^\\/]*|markdown-it|yaml|ajv[^\\/]*|p-retry|@streamparser)[\\/]|\.node$|[\\/]dist[\\/](embedding|sources|chunking|recorded|live|execute|desired|gate)[\\/]/;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ingest-help-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[]) {
  const file = join(folder, 'modules.txt');
  const result = spawnSync(process.execPath, ['--import', RECORDER, join(ROOT, 'bin/run.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, RECORD_MODULES: file, NO_COLOR: '1', NODE_ENV: 'production' },
  });
  const loaded = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return { ...result, loaded, heavy: loaded.filter((module) => HEAVY.test(module)) };
}

test('the recorder sees what a command loads, ESM and native alike', () => {
  const { loaded, heavy } = run(['status', '-f', join(ROOT, 'desired')]);
  expect(loaded.some((module) => module.endsWith('/dist/commands/status.js'))).toBe(true);
  expect(heavy.some((module) => /[\\/]yaml[\\/]/.test(module))).toBe(true);
  expect(heavy.some((module) => module.includes('/dist/recorded/'))).toBe(true);
});

test.each([
  '--help',
  '--version',
  '-h',
  'plan --help',
  'apply --help',
  'query --help',
  'server --help',
  'server start --help',
  'state --help',
  'state unlock --help',
])('ingest %s loads nothing heavy', (line) => {
  const { status, stdout, stderr, heavy, loaded } = run(line.split(' '));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).not.toBe('');
  expect(loaded.length).toBeGreaterThan(10);
  expect(heavy).toEqual([]);
});

test('help names every command, what it does, and the shape of the call', () => {
  const { stdout } = run(['--help']);
  for (const name of [
    'apply',
    'drift',
    'journal',
    'plan',
    'query',
    'runs',
    'server',
    'show',
    'state',
    'status',
    'validate',
  ]) {
    expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
  }
  expect(stdout).toContain('ingest [COMMAND]');
});

test('a command that does not exist is a usage error: exit 1, not the 2 that means changes', () => {
  expect(run(['plann']).status).toBe(1);
});
