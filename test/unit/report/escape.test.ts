import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safe, safeJson, safeLines } from '../../../src/report/escape.js';

describe('safe', () => {
  it('shows escape sequences, newlines and bidi overrides instead of sending them', () => {
    expect(safe('a\u001b[2Jb')).toBe('a\\u{1b}[2Jb');
    expect(safe('a\r\nb\tc')).toBe('a\\u{d}\\u{a}b\\u{9}c');
    expect(safe('x\u202egnp.exe')).toBe('x\\u{202e}gnp.exe');
    expect(safe('a\u009b31mb\u200b\u{e0041}')).toBe('a\\u{9b}31mb\\u{200b}\\u{e0041}');
    expect(safe('lone \ud800 surrogate')).toBe('lone \\u{d800} surrogate');
  });

  it('leaves names of every script alone', () => {
    for (const name of ['入门/安装.md', 'Überblick.md', 'می‌خواهم.md', '👩‍💻.md', 'a b-c_d.md']) {
      expect(safe(name)).toBe(name);
    }
  });

  it('never lets a control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(safe(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  it('keeps the line breaks of messages of several lines, and nothing else', () => {
    expect(safeLines('one\r\ntwo\u001b[0m\nthree')).toEqual(['one', 'two\\u{1b}[0m', 'three']);
  });
});

describe('safeJson', () => {
  it('is JSON of the same value without a raw control or bidi character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = safeJson({ text });
        expect(JSON.parse(json)).toEqual({ text });
        expect(json).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
