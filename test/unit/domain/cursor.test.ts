import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CursorType,
  compareCursors,
  earlier,
  inWindow,
  laterCursor,
  readCursor,
} from '../../../src/domain/cursor.js';

function cursor(type: CursorType, value: unknown): string {
  const read = readCursor(type, value);
  if (!read.ok) throw new Error(`${String(value)} ${read.problem}`);
  return read.cursor;
}

describe('timestamps', () => {
  it.each([
    ['2026-01-31T17:30:00+08:00', '2026-01-31T09:30:00.000000000Z'],
    ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000000000Z'],
    ['2026-01-31 09:30:00.123456 +00:00', '2026-01-31T09:30:00.123456000Z'],
    ['2026-01-31t09:30z', '2026-01-31T09:30:00.000000000Z'],
    ['2026-01-31T00:15:00-0930', '2026-01-31T09:45:00.000000000Z'],
  ])('%s is the instant, whatever its zone', (text, instant) => {
    expect(cursor('timestamp', text)).toBe(instant);
  });

  it.each([
    '2026-01-31T09:30:00',
    '2026-02-31T09:30:00Z',
    '31.1.2026',
    'yesterday',
    1769851800,
    '2026-01-31',
    {},
    '',
    null,
  ])('%s is refused: no zone, no date, or no text', (value) => {
    expect(readCursor('timestamp', value).ok).toBe(false);
  });

  it('compare as instants: Z and +00:00 are one, and a later wall clock may be earlier', () => {
    const zulu = cursor('timestamp', '2026-01-31T09:30:00Z');
    expect(compareCursors('timestamp', zulu, cursor('timestamp', '2026-01-31T09:30:00+00:00'))).toBe(0);
    expect(compareCursors('timestamp', cursor('timestamp', '2026-01-31T10:00:00+08:00'), zulu)).toBeLessThan(
      0,
    );
  });

  it('keep what is below a millisecond when the lateness is taken off', () => {
    expect(earlier('timestamp', '2026-01-31T00:00:01.000000007Z', 2000)).toBe(
      '2026-01-30T23:59:59.000000007Z',
    );
  });

  it('of any two dates sort as their times, in any zone', () => {
    const instants = fc.date({
      min: new Date('0001-01-02'),
      max: new Date('9998-12-30'),
      noInvalidDate: true,
    });
    const zones = fc.integer({ min: -14 * 60, max: 14 * 60 });
    const written = (date: Date, zone: number): string => {
      const wall = new Date(date.getTime() + zone * 60_000).toISOString().slice(0, -1);
      const [h, m] = [Math.floor(Math.abs(zone) / 60), Math.abs(zone) % 60];
      return `${wall}${zone < 0 ? '-' : '+'}${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`;
    };
    fc.assert(
      fc.property(instants, instants, zones, zones, (a, b, za, zb) => {
        const order = compareCursors(
          'timestamp',
          cursor('timestamp', written(a, za)),
          cursor('timestamp', written(b, zb)),
        );
        expect(Math.sign(order)).toBe(Math.sign(a.getTime() - b.getTime()));
      }),
    );
  });
});

describe('numbers', () => {
  it('compare by value, not by how they are written, and beyond 2^53 exactly', () => {
    expect(compareCursors('number', cursor('number', '10'), cursor('number', 9))).toBeGreaterThan(0);
    expect(cursor('number', 1e3)).toBe('1000');
    expect(
      compareCursors('number', cursor('number', '9007199254740993'), cursor('number', '9007199254740992')),
    ).toBe(1);
    expect(compareCursors('number', cursor('number', 1.5), cursor('number', '1'))).toBe(1);
    expect(earlier('number', '9007199254740993', 3)).toBe('9007199254740990');
  });

  it.each(['', 'abc', Number.NaN, Number.POSITIVE_INFINITY, null, true])('%s is refused', (value) => {
    expect(readCursor('number', value).ok).toBe(false);
  });
});

it('texts compare by their UTF-8 bytes', () => {
  expect(compareCursors('string', '\u{1F600}', '\uFFFD')).toBeGreaterThan(0);
  expect(readCursor('string', 7).ok).toBe(false);
});

it('a window holds its start and not its end', () => {
  const window = { start: '5', end: '10' };
  expect(['4', '5', '9', '10'].map((value) => inWindow('number', value, window))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(inWindow('number', '-1000', { start: null, end: null })).toBe(true);
});

it('the later of two cursors is the later, and nothing is before everything', () => {
  expect(laterCursor('number', '9', '10')).toBe('10');
  expect(laterCursor('number', null, '1')).toBe('1');
  expect(laterCursor('number', null, null)).toBe(null);
});
