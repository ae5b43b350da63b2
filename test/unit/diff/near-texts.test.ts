import { expect, it } from 'vitest';
import { nearTexts } from '../../../src/diff/near-texts.js';

const KNOWN = ['docs/guide/search.md', 'docs/guide/setup.md', 'api/limits.md', 'docs/入门/安装.md'];

it('names the texts that are most like it first, at most three, and none that is not', () => {
  expect(nearTexts('docs/guide/serch.md', KNOWN)[0]).toBe('docs/guide/search.md');
  expect(nearTexts('DOCS/Guide/Setup.md', KNOWN)[0]).toBe('docs/guide/setup.md');
  expect(nearTexts('docs/安装.md', KNOWN)).toContain('docs/入门/安装.md');
  expect(nearTexts('zzzz', KNOWN)).toEqual([]);
  expect(nearTexts('', KNOWN)).toEqual([]);
  const many = Array.from({ length: 50 }, (_, i) => `docs/page-${i}.md`);
  expect(nearTexts('docs/page-7.md', many)).toHaveLength(3);
});
