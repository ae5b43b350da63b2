import { expect, it } from 'vitest';
import { mapUri } from '../../../src/diff/map-uri.js';

const at = (value: string, ...strip: string[]): string | undefined =>
  mapUri(value, { sourceId: 'docs', strip });

it('takes the longest prefix away that is a whole number of folders', () => {
  expect(at('/app/docs/guide/setup.md', '/app', '/app/docs')).toBe('docs/guide/setup.md');
  expect(at('/app/docs/guide/setup.md', '/app/docs/')).toBe('docs/guide/setup.md');
  expect(at('/app/docs-old/setup.md', '/app/docs')).toBeUndefined();
  expect(at('guide/setup.md', '/app/docs')).toBe('docs/guide/setup.md');
});

it('gives one uri for the ways in which one path is written', () => {
  expect(at('C:\\work\\docs\\guide\\setup.md', 'C:/work/docs')).toBe('docs/guide/setup.md');
  expect(at('./guide//./setup.md')).toBe('docs/guide/setup.md');
  expect(at('/app/docs/re\u0301sume\u0301.md', '/app/docs')).toBe('docs/r\u00e9sum\u00e9.md');
  expect(at('/re\u0301f/a.md', '/r\u00e9f')).toBe('docs/a.md');
});

it('maps nothing that is no path below the source', () => {
  for (const value of [
    '',
    '.',
    '/',
    '/etc/passwd',
    '../a.md',
    'a/../b.md',
    'C:/a.md',
    'https://a.example/b.md',
  ])
    expect([value, at(value)]).toEqual([value, undefined]);
  expect(at('/app/docs', '/app/docs')).toBeUndefined();
  expect(at('file:///app/docs/a.md', 'file:///app/docs')).toBe('docs/a.md');
});
