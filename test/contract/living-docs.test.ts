/** The baseline, the checklist and the runbook say what is: their commands, flags, codes and tests exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/domain/error-codes.js';
import { EXIT } from '../../src/domain/results.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const PAGES = [
  'docs/ingestion-baseline.md',
  'docs/reliability-checklist.md',
  'docs/runbook.md',
  'docs/how-to/run-evidence.md',
  'docs/how-to/smoke.md',
];

/** Flags of every command, by name; the reference is generated from the code, which another test sees to. */
const REFERENCE = read('docs/reference/commands.md');
const COMMON = flagsIn(/^## Common flags\n([\s\S]*?)(?=^## )/m.exec(REFERENCE)?.[1] ?? '');
const COMMANDS = new Map(
  [...REFERENCE.matchAll(/^## ingest ([a-z -]+)\n([\s\S]*?)(?=^## |(?![\s\S]))/gm)].map(([, name, text]) => [
    name ?? '',
    new Set([...COMMON, ...flagsIn(text ?? '')]),
  ]),
);

function flagsIn(text: string): string[] {
  return [...text.matchAll(/--[a-z-]+/g)].map(([flag]) => flag);
}

interface Shown {
  readonly page: string;
  readonly line: string;
}

/** `ingest ...` in code spans and at the start of lines of shell blocks. */
function commandsOf(page: string): Shown[] {
  const text = read(page);
  const blocks = [...text.matchAll(/^```(?:sh|yaml)\n([\s\S]*?)^```/gm)].flatMap(([, block]) =>
    (block ?? '').split('\n').map((line) => line.replace(/^- run: /, '').replace(/\s+#.*$/, '')),
  );
  const spans = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, span]) => span ?? '',
  );
  return [...blocks, ...spans].filter((line) => /^ingest /.test(line)).map((line) => ({ page, line }));
}

const SHOWN = PAGES.flatMap(commandsOf);

describe('every command that is shown', () => {
  test('there are many, of most verbs', () => {
    expect(SHOWN.length).toBeGreaterThan(70);
    expect(COMMANDS.size).toBeGreaterThan(25);
  });

  test('exists, with its flags', () => {
    const wrong = SHOWN.filter(({ line }) => {
      const words = line.split(/\s+/).slice(1);
      const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((one) => COMMANDS.has(one));
      const flags = name === undefined ? undefined : COMMANDS.get(name);
      return (
        flags === undefined ||
        words.some((word) => word.startsWith('--') && !flags.has(word.split('=')[0] ?? ''))
      );
    });
    expect(wrong).toEqual([]);
  });
});

test('every error code that is named exists', () => {
  const named = PAGES.flatMap((page) => read(page).match(/\bE\d{3}\b/g) ?? []);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((code) => !(code in ERROR_CODES))).toEqual([]);
});

test('every test that the baseline names exists, and each condition has some', () => {
  const conditions = read('docs/ingestion-baseline.md').split(/^## /m).slice(1);
  expect(conditions.map((condition) => condition.charAt(0))).toEqual(['1', '2', '3', '4', '5']);
  for (const condition of conditions) {
    const named = [...condition.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+\.test\.ts)\)/g)];
    expect(named.length).toBeGreaterThanOrEqual(3);
    const missing = named.filter(
      ([, name = '', file = '']) =>
        !existsSync(join(ROOT, file)) || !read(file).includes(name.replaceAll('\n', ' ')),
    );
    expect(missing.map(([link]) => link)).toEqual([]);
    expect(condition).toMatch(/^See it: /m);
  }
});

test('the runbook knows every exit code', () => {
  const rows = [...read('docs/runbook.md').matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(rows).toEqual(Object.values(EXIT).sort((a, b) => a - b));
});
