/**
 * Runs docs/tutorial.md: writes its files, runs its commands, and compares every answer with the one on the page.
 * What differs from run to run (ids, times, durations, who) is compared by its shape only.
 */
import { readFileSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, inject, it, vi } from 'vitest';
import { Workspace } from '../support/ingest-cli.js';

vi.setConfig({ testTimeout: 600_000 });

const PAGE = readFileSync(fileURLToPath(new URL('../../docs/tutorial.md', import.meta.url)), 'utf8');

type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'command'; readonly words: readonly string[]; readonly answer: readonly string[] };

function* stepsOf(page: string): Generator<Step> {
  for (const [, info = '', body = ''] of page.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)) {
    const [language, path] = info.split(' ');
    if (path !== undefined) yield { kind: 'file', path, text: body };
    else if (language === 'console') {
      for (const part of body.split(/^\$ /m).slice(1)) {
        const [command = '', ...answer] = part.trimEnd().split('\n');
        yield { kind: 'command', words: wordsOf(command), answer };
      }
    }
  }
}

function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}

const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'],
  [/\b01[0-9A-HJKMNP-TV-Z]{6,24}\b/g, 'RUN'],
  [/\b[0-9a-f]{8}\b/g, 'SUM'],
  // Also where the line is broken there.
  [/\d+(?:\.\d+)?\s+s\b/g, 'SECONDS'],
  [/\bserial \d+/g, 'serial N'],
  [/TIME, \S+@\S+/g, 'TIME, WHO'],
  [/[ \t]+$/gm, ''],
];

function shapeOf(text: string): string {
  return VOLATILE.reduce((shape, [pattern, name]) => shape.replace(pattern, name), text);
}

/** Where `...` stands, any number of lines may be. */
function patternOf(answer: readonly string[]): RegExp {
  const lines = answer.map((line) =>
    line === '...' ? '(?:.*\\n)*?' : `${shapeOf(line).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\n`,
  );
  const last = answer.at(-1) === '...' ? '(?:.*\\n)*' : '';
  return new RegExp(`^${lines.join('')}${last}$`);
}

it.skipIf(inject('chromaUrl') === '')('every answer in the tutorial is what the program says', async () => {
  const workspace = new Workspace();
  const steps = [...stepsOf(PAGE)];
  expect(steps.filter((step) => step.kind === 'command').length).toBeGreaterThan(15);
  try {
    for (const step of steps) {
      if (step.kind === 'file') workspace.write(step.path, step.text);
      else await follow(workspace, step.words, step.answer);
    }
  } finally {
    await workspace.run(['server', 'stop']);
    await workspace.dispose();
  }
});

async function follow(
  workspace: Workspace,
  [program, ...args]: readonly string[],
  answer: readonly string[],
): Promise<void> {
  const [first = '', second = ''] = args;
  if (program === 'rm') workspace.remove(first);
  else if (program === 'mv') renameSync(workspace.path(first), workspace.path(second));
  else {
    expect(program).toBe('ingest');
    const { stdout, stderr } = await workspace.call(args);
    expect(shapeOf(`${stderr}${stdout}`), args.join(' ')).toMatch(patternOf(answer));
  }
}
