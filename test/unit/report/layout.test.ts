import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flowItems } from '../../../src/report/flow-items.js';
import {
  displayWidth,
  duration,
  groupDigits,
  isoTime,
  money,
  padEnd,
  percent,
  plural,
  shortenMiddle,
  shortenPath,
  tokens,
} from '../../../src/report/layout.js';
import { colourStyle, plainStyle } from '../../../src/report/style.js';

describe('numbers', () => {
  it('groups digits', () => {
    expect([0, 999, 1284, 1234567].map(groupDigits)).toEqual(['0', '999', '1,284', '1,234,567']);
    expect([plural(1, 'document'), plural(0, 'document'), plural(2, 'canary', 'canaries')]).toEqual([
      '1 document',
      '0 documents',
      '2 canaries',
    ]);
  });

  it('never rounds a share to nothing or to all', () => {
    expect([
      percent(2, 1284),
      percent(1, 100_000),
      percent(412, 1283),
      percent(9999, 10_000),
      percent(5, 5),
    ]).toEqual(['0.2%', '<0.1%', '32%', '99%', '100%']);
  });

  it('writes durations from tenths of seconds to hours', () => {
    expect([400, 3800, 9960, 57_000, 59_600, 82_000, 7_500_000].map(duration)).toEqual([
      '0.4 s',
      '3.8 s',
      '10 s',
      '57 s',
      '1m 00s',
      '1m 22s',
      '2h 05m',
    ]);
  });

  it('writes small sums of money exactly enough, and tells free from unknown', () => {
    expect([0, 0.00007, 0.0001, 0.019, 0.5, 12.3, 1234.5, null].map(money)).toEqual([
      'free',
      '<$0.0001',
      '$0.0001',
      '$0.019',
      '$0.50',
      '$12.30',
      '$1,234.50',
      'price unknown',
    ]);
    expect([3500, 926_000, 1_250_000].map(tokens)).toEqual(['3,500 tokens', '926k tokens', '1.2M tokens']);
  });

  it('keeps the zone of a time and drops its fractions', () => {
    expect(isoTime('2026-11-21T23:41:09.123+08:00')).toBe('2026-11-21T23:41:09+08:00');
    expect(isoTime('2026-11-21T15:41:09Z')).toBe('2026-11-21T15:41:09Z');
  });
});

describe('widths', () => {
  it('pads by columns, not by characters, and does not count colour', () => {
    expect(displayWidth(padEnd('入门', 10))).toBe(10);
    expect(displayWidth(padEnd(colourStyle(1).red('入门'), 10))).toBe(10);
  });

  it('leaves out whole folders first, then the source, and cuts a base name last', () => {
    expect(shortenPath('handbook/guide/deep/er/auth.md', 30)).toBe('handbook/guide/deep/er/auth.md');
    expect(shortenPath('handbook/guide/deep/er/auth.md', 26)).toBe('handbook/.../er/auth.md');
    expect(shortenPath('handbook/guide/deep/er/auth.md', 20)).toBe('handbook/.../auth.md');
    expect(shortenPath('handbook/guide/deep/er/auth.md', 12)).toBe('.../auth.md');
    expect(shortenPath('a/a-very-long-base-name-indeed.md', 16)).toBe('a/a-v...ndeed.md');
  });

  it('never exceeds the width it was given', () => {
    const names = fc.array(fc.constantFrom('入', '安', 'a', 'bc', '/', '👩‍💻', 'é'), { maxLength: 60 });
    fc.assert(
      fc.property(names, fc.integer({ min: 0, max: 50 }), (parts, width) => {
        const name = parts.join('');
        expect(displayWidth(shortenPath(name, width))).toBeLessThanOrEqual(width);
        expect(displayWidth(shortenMiddle(name, width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('wraps items under the first one, and breaks none', () => {
    expect([...flowItems('Drift     ', ['aaaa', 'bbbb', 'cccc'], '; ', 21)]).toEqual([
      'Drift     aaaa; bbbb;',
      '          cccc',
    ]);
    expect([...flowItems('x ', ['a-long-command --with flags'], ' ', 5)]).toEqual([
      'x a-long-command --with flags',
    ]);
  });
});

describe('style', () => {
  it('paints only when it is told to', () => {
    expect(plainStyle.red('x')).toBe('x');
    expect(colourStyle(0).red('x')).toBe('x');
    expect(colourStyle(1).red('x')).toBe('\u001b[31mx\u001b[39m');
    expect(colourStyle(1).red('')).toBe('');
  });
});
