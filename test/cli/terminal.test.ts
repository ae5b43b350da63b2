/** What somebody at a terminal meets: questions with proposals, and Ctrl-D. Needs a pseudo terminal: script(1). */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Workspace } from '../support/ingest-cli.js';

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
/** That of util-linux; others take their arguments differently. */
const hasScript = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

let ws: Workspace;

beforeEach(() => {
  ws = new Workspace();
});
afterEach(() => ws.dispose());

/** `dialogue`: what is waited for, and what is typed then; each once, in order. */
function atTerminal(args: string, dialogue: readonly (readonly [string, string])[]) {
  const { CI: _, NO_COLOR: __, ...env } = process.env;
  const child = spawn(
    'script',
    ['-qefc', `stty cols 90; '${process.execPath}' '${RUN}' ${args}`, '/dev/null'],
    {
      cwd: ws.root,
      env: { ...env, TERM: 'xterm' },
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const left = [...dialogue];
  let shown = '';
  let read = 0;
  child.stdout.on('data', (data: Buffer) => {
    shown += data.toString();
    const [next] = left;
    if (next === undefined || !shown.slice(read).includes(next[0])) return;
    read = shown.length;
    left.shift();
    child.stdin.write(next[1]);
  });
  return new Promise<{ code: number | null; shown: string; left: number }>((resolve) => {
    child.on('close', (code) => resolve({ code, shown, left: left.length }));
  });
}

describe.skipIf(!hasScript)('at a terminal', () => {
  test('init proposes where the prose is, asks again for a folder that is not there, and writes what was said', async () => {
    for (let i = 0; i < 9; i++) ws.write(`src/${i}.py`, 'def f():\n    pass\n');
    ws.write('guide/a.md', '# A\n');
    ws.write('notes/b.md', '# B\n');
    const { code, shown, left } = await atTerminal('init', [
      ['documents? [guide]', 'nowhere\r'],
      ['documents? [guide]', 'notes\r'],
      ['called?', 'My Notes\r'],
    ]);
    expect({ code, left }).toEqual({ code: 0, left: 0 });
    expect(shown).toContain('there is no folder nowhere');
    expect(readFileSync(ws.path('desired/my-notes.yaml'), 'utf8')).toContain('root: "../notes"');
  });

  test('Ctrl-D at a question is no bug, and writes nothing', async () => {
    const { code, shown } = await atTerminal('init', [['documents?', '\u0004']]);
    expect(code).toBe(1);
    expect(shown).toContain('E603');
    expect(shown).not.toContain('This is a bug');
    expect(readdirSync(ws.path('desired'))).toEqual([]);
  });
});
