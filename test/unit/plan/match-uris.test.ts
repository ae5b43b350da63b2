import { describe, expect, it } from 'vitest';
import { createScope, exactly } from '../../../src/plan/scan/match-uris.js';

const NONE = { only: [], force: [], allow_delete: [] };

describe('createScope', () => {
  it('has everything in scope, and forces and approves nothing, unless told to', () => {
    const scope = createScope(NONE);
    expect([scope.inScope('h/a'), scope.forced('h/a'), scope.approves('h/a')]).toEqual([
      true,
      false,
      undefined,
    ]);
  });

  it('matches whole uris: a star stays in its folder, two do not', () => {
    const scope = createScope({ ...NONE, only: ['h/*.md'] });
    expect(['h/a.md', 'h/x/a.md', 'other/h/a.md'].map(scope.inScope)).toEqual([true, false, false]);
    expect(createScope({ ...NONE, only: ['h/**'] }).inScope('h/x/y/a.md')).toBe(true);
  });

  it('is in scope of any of several globs', () => {
    const scope = createScope({ ...NONE, only: ['h/a', 'h/b'] });
    expect(['h/a', 'h/b', 'h/c'].map(scope.inScope)).toEqual([true, true, false]);
  });

  it('sees names that begin with a dot, and names typed in another normal form', () => {
    expect(createScope({ ...NONE, force: ['h/**'] }).forced('h/.hidden/x.md')).toBe(true);
    expect(createScope({ ...NONE, force: ['h/caf\u0065\u0301.md'] }).forced('h/caf\u00e9.md')).toBe(true);
  });

  it('names the glob that approves', () => {
    const scope = createScope({ ...NONE, allow_delete: ['h/v1/**', 'h/**'] });
    expect(scope.approves('h/v1/a.md')).toBe('h/v1/**');
    expect(scope.approves('h/v2/a.md')).toBe('h/**');
    expect(scope.approves('x/a.md')).toBeUndefined();
  });
});

describe('exactly', () => {
  it.each([
    'h/a.md',
    'h/[draft] (1).md',
    'h/a*b?.md',
    'h/!x{1,2}+@.md',
    'h/$cost^.md',
    'h/a|b\\c.md',
    'tickets/!malformed/0f',
  ])('matches %s and nothing else', (uri) => {
    const scope = createScope({ ...NONE, only: [exactly(uri)] });
    expect(scope.inScope(uri)).toBe(true);
    for (const other of [`${uri}x`, uri.slice(1), 'h/d.md', 'h/axb1.md', 'h/x1.md', 'h/a']) {
      expect(scope.inScope(other)).toBe(false);
    }
  });
});
