/** reliability.md says what is; and the list of bugs that it shows has not rotted. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { BOUNDARIES } from '../fault/matrix/boundaries.js';
import { COLUMNS } from '../fault/matrix/corpus.js';
import { columnsOf, ROWS } from '../fault/matrix/rows.js';
import { MUTATIONS, PROMISES, rowOf } from '../fault/mutations/mutations.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const PAGE = read('docs/reliability.md');

describe('every bug that is put in on purpose', () => {
  test.each(MUTATIONS)('has its place in the program exactly once: $bug', ({ file, find, replace }) => {
    expect(read(file).split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  });

  test('is in the page with its test, under its promise, and the page has no other', () => {
    const shown = PAGE.split('\n').filter((line) => /^\| .* \| \[.*\]\(\.\.\/test\//.test(line));
    expect(shown).toEqual(MUTATIONS.map(rowOf));
    expect(PAGE).toContain(`Each promise has a table of bugs, ${MUTATIONS.length} in all`);
  });

  test('is one of at least two for its promise', () => {
    const few = PROMISES.filter((promise) => MUTATIONS.filter((one) => one.promise === promise).length < 2);
    expect(few).toEqual([]);
  });
});

test('every test that the page names exists', () => {
  const named = [...PAGE.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+\.test\.ts)\)/g)];
  expect(named.length).toBeGreaterThan(MUTATIONS.length + 5);
  const missing = named.filter(
    ([, name = '', file = '']) => !existsSync(join(ROOT, file)) || !read(file).includes(name),
  );
  expect(missing.map(([link]) => link)).toEqual([]);
});

test('the page gives the size of the matrix as it is', () => {
  const places = ROWS.reduce((sum, row) => sum + columnsOf(row).length, 0).toLocaleString('en-US');
  expect(PAGE.replaceAll('\n', ' ')).toContain(
    `${BOUNDARIES.length} boundaries with their faults make ${ROWS.length} rows; with ${COLUMNS.length} columns for what happens in between there can be ${places} places.`,
  );
});
