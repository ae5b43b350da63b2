import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FallbackBinding } from '../../../src/live/embedded/fallback-binding.js';
import { cachedBinding, fetchBinding } from '../../../src/live/embedded/fetch-binding.js';
import { resolveProgram } from '../../../src/live/embedded/resolve-binding.js';
import { TEST_SERVER_ENTRY } from '../../support/chroma.js';
import { realClock } from '../../support/real-clock.js';

const BINDING: FallbackBinding = {
  name: 'a-binding',
  version: '1.2.3',
  integrity: 'sha512-xyz',
  packedMb: 1,
  unpackedMb: 2,
};

/** Stands where npm's own script stands: writes down what it was given, and installs a package. */
const NPM = `
const fs = require('node:fs');
const lock = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
fs.appendFileSync(process.env.NPM_CALLS, JSON.stringify({ argv: process.argv.slice(2), lock }) + '\\n');
setTimeout(() => {
  fs.mkdirSync('node_modules/a-binding', { recursive: true });
  fs.writeFileSync('node_modules/a-binding/package.json', '{"version":"1.2.3"}');
}, 300);
`;

const FAILING_NPM = `process.stderr.write('E404 no such registry'); process.exit(1);`;

describe('the Chroma server program', () => {
  let root: string;
  let cacheDir: string;
  let notes: string[];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ingest-binding-'));
    cacheDir = join(root, 'cache');
    notes = [];
    process.env['NPM_CALLS'] = join(root, 'calls');
  });

  afterEach(() => {
    delete process.env['NPM_CALLS'];
    rmSync(root, { recursive: true, force: true });
  });

  function fetchWith(npm: string, signal = new AbortController().signal): Promise<string> {
    const script = join(root, 'npm-cli.js');
    writeFileSync(script, npm);
    return fetchBinding(BINDING, {
      cacheDir,
      env: { npm_execpath: script },
      execPath: process.execPath,
      clock: realClock(),
      onNote: (note) => notes.push(note),
      signal,
    });
  }

  function calls(): { argv: string[]; lock: { packages: Record<string, { integrity?: string }> } }[] {
    const text = readFileSync(join(root, 'calls'), 'utf8').trim();
    return text.split('\n').map((line) => JSON.parse(line) as ReturnType<typeof calls>[number]);
  }

  test('is fetched without running scripts, pinned by its integrity, and announced with size and place', async () => {
    expect(cachedBinding(cacheDir, BINDING)).toBeUndefined();
    const folder = await fetchWith(NPM);
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toEqual({ version: '1.2.3' });
    expect(cachedBinding(cacheDir, BINDING)).toBe(folder);
    const [call] = calls();
    expect(call?.argv).toEqual(expect.arrayContaining(['ci', '--ignore-scripts']));
    expect(call?.lock.packages['node_modules/a-binding']?.integrity).toBe('sha512-xyz');
    expect(notes[0]).toContain('a-binding@1.2.3, about 1 MB');
    expect(notes[0]).toContain(folder);
  });

  test('is fetched once by several that need it at the same time', async () => {
    const folders = await Promise.all([fetchWith(NPM), fetchWith(NPM), fetchWith(NPM)]);
    expect(new Set(folders).size).toBe(1);
    expect(calls()).toHaveLength(1);
    expect(notes.filter((note) => note.includes('waiting for another'))).toHaveLength(2);
  });

  test('what a killed fetch left behind is removed', async () => {
    const left = join(cacheDir, 'bindings', '.fetch-left');
    mkdirSync(left, { recursive: true });
    const folder = await fetchWith(NPM);
    expect(existsSync(left)).toBe(false);
    expect(readdirSync(join(cacheDir, 'bindings')).filter((name) => name.startsWith('.fetch'))).toEqual([]);
    expect(existsSync(folder)).toBe(true);
  });

  test("that npm cannot fetch is an error in npm's words, and nothing is kept", async () => {
    await expect(fetchWith(FAILING_NPM)).rejects.toThrow(/npm ended with 1: E404 no such registry/);
    expect(cachedBinding(cacheDir, BINDING)).toBeUndefined();
    expect(await fetchWith(NPM)).toBe(cachedBinding(cacheDir, BINDING));
  });

  test('its fetch can be interrupted, and ends npm', async () => {
    const controller = new AbortController();
    const fetching = fetchWith(`setInterval(() => {}, 1000);`, controller.signal);
    setTimeout(() => controller.abort(new Error('Ctrl-C')), 300);
    await expect(fetching).rejects.toThrow('Ctrl-C');
    expect(cachedBinding(cacheDir, BINDING)).toBeUndefined();
  });

  function resolveWith(binding: string): ReturnType<typeof resolveProgram> {
    return resolveProgram({
      cacheDir,
      env: { INGEST_CHROMA_BINDING: binding },
      entry: TEST_SERVER_ENTRY,
      clock: realClock(),
      onNote: (note) => notes.push(note),
      signal: new AbortController().signal,
    });
  }

  test('is the one that INGEST_CHROMA_BINDING points at, with the version of its package', async () => {
    const folder = join(root, 'own');
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version: '9.8.7', main: 'main.cjs' }));
    writeFileSync(join(folder, 'main.cjs'), 'exports.cli = () => {};');
    expect(await resolveWith(folder)).toEqual({ kind: 'binding', file: folder, version: '9.8.7' });
    expect(notes).toEqual([]);
  });

  test.each([
    ['is not there', undefined],
    ['does not load', 'throw new Error("GLIBC_9.99 not found")'],
    ['takes its process with it', 'process.abort()'],
  ])(
    'is never another than INGEST_CHROMA_BINDING: one that %s is E404 with the choices',
    async (_, content) => {
      const file = join(root, 'own.cjs');
      if (content !== undefined) writeFileSync(file, content);
      await expect(resolveWith(file)).rejects.toMatchObject({
        code: 'E404',
        message: expect.stringContaining(file),
        advice: expect.stringMatching(/INGEST_CHROMA_BINDING.*PATH.*docker.*url/),
      });
    },
  );
});
