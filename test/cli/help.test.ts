/** Help and version are asked for often and by scripts: they load no model, no parser, no native module. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

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
  'destroy --help',
  'query --help',
  'server --help',
  'server start --help',
  'state --help',
  'state adopt --help',
  'state unlock --help',
  'help plan',
])('ingest %s loads nothing heavy', (line) => {
  const { status, stdout, stderr, heavy, loaded } = run(line.split(' '));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).not.toBe('');
  expect(stdout.split('\n').filter((text) => text.length > 100)).toEqual([]);
  expect(loaded.length).toBeGreaterThan(10);
  expect(heavy).toEqual([]);
});

test('help names every command, what it does, and the shape of the call', () => {
  const { stdout } = run(['--help']);
  for (const name of [
    'apply',
    'check',
    'diagnose',
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

test.each(['state unlock', 'server'])('ingest help %s is what --help behind it says', (name) => {
  expect(run(['help', ...name.split(' ')]).stdout).toBe(run([...name.split(' '), '--help']).stdout);
});

describe('shell completion', () => {
  const bash = spawnSync('bash', ['-c', 'echo ok'], { encoding: 'utf8' }).stdout === 'ok\n';
  const cache = (): Record<string, string> => ({ XDG_CACHE_HOME: folder, LOCALAPPDATA: folder });

  function autocomplete(...args: string[]) {
    return spawnSync(process.execPath, [join(ROOT, 'bin/run.js'), 'autocomplete', ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, ...cache(), NO_COLOR: '1' },
    });
  }

  /** What bash offers for the last word of a line. */
  function offered(...line: string[]): string[] {
    const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ingest_autocomplete; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const file = join(folder, 'ingest/autocomplete/functions/bash/ingest.bash');
    const { stdout } = spawnSync('bash', ['-c', script, 'bash', file, 'ingest', ...line], {
      encoding: 'utf8',
    });
    // bash shows a word once, however many commands begin with it.
    return [...new Set(stdout.trim().split('\n'))].sort();
  }

  test.skipIf(!bash)('in bash offers commands, their parts and their flags', () => {
    expect(autocomplete('--refresh-cache').status).toBe(0);
    expect(offered('st')).toEqual(['state', 'status']);
    expect(offered('server', 's')).toEqual(['start', 'status', 'stop']);
    expect(offered('plan', '--det')).toEqual(['--detailed-exitcode']);
  });

  test.each(['bash', 'zsh', 'powershell'])('for %s says which line to add, by our name', (shell) => {
    const { status, stdout } = autocomplete(shell);
    expect(status).toBe(0);
    expect(stdout).toContain(`ingest autocomplete script ${shell}`);
    expect(existsSync(join(folder, 'ingest/autocomplete/functions'))).toBe(true);
  });
});

test('a command that does not exist is a usage error: exit 1, not the 2 that means changes', () => {
  expect(run(['plann']).status).toBe(1);
});
