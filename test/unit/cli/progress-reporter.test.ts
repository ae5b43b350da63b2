/** When progress is told, and at what rate; what it looks like is tested with the renderer. */
import { describe, expect, it } from 'vitest';
import { ProgressReporter } from '../../../src/cli/output/progress-reporter.js';
import type { ProgressEvent } from '../../../src/domain/events.js';
import type { Clock } from '../../../src/domain/ports/clock.js';

function reporting(live: boolean) {
  let now = 1000;
  const drawn: (readonly string[])[] = [];
  const logged: string[] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    random: () => 0,
    sleep: () => Promise.reject(new Error('progress waits for nothing')),
  };
  const terminal = {
    live,
    width: 100,
    progressWidth: 100,
    progress: (lines: readonly string[]) => void drawn.push(lines),
    err: (lines: Iterable<string>) => void logged.push(...lines),
  };
  const reporter = new ProgressReporter(terminal, clock);
  const at = (ms: number, event: ProgressEvent): void => {
    now = 1000 + ms;
    reporter.report(event);
  };
  return { at, drawn, logged };
}

const apply = (chunks_done: number): ProgressEvent => ({
  type: 'apply',
  manifest_id: 'docs',
  batch_id: '',
  documents_done: 0,
  documents_total: 100,
  chunks_done,
  chunks_total: 100_000,
  embedded: 0,
  retries: 0,
});

describe('on a terminal', () => {
  it('is drawn at once, and then as often as an eye follows', () => {
    const { at, drawn, logged } = reporting(true);
    for (let ms = 0; ms < 1000; ms += 10) at(ms, apply(ms));
    expect(drawn.length).toBe(10);
    expect(drawn.every((lines) => lines.length === 2)).toBe(true);
    expect(logged).toEqual([]);
  });
});

describe('in a log', () => {
  it('is silent for a short run, and a line now and then in a long one', () => {
    const { at, drawn, logged } = reporting(false);
    for (let ms = 0; ms < 14_900; ms += 100) at(ms, apply(ms));
    expect(logged).toEqual([]);
    for (let ms = 14_900; ms <= 60_000; ms += 100) at(ms, apply(ms));
    expect(logged).toHaveLength(4);
    expect(logged[3]).toContain('chunks 60,000/100,000  1,000/s  ETA 40 s');
    expect(drawn).toEqual([]);
  });

  it('passes notes on at once', () => {
    const { at, logged } = reporting(false);
    at(0, { type: 'note', message: 'Lease held' });
    expect(logged).toEqual(['Lease held']);
  });
});

describe('the rate', () => {
  const last = (lines: readonly string[]): string => lines.at(-1) ?? '';

  it('is that of the last half minute, not of the whole run', () => {
    const { at, logged } = reporting(false);
    for (let s = 0; s <= 60; s++) at(s * 1000, apply(s * 1000));
    for (let s = 61; s <= 120; s++) at(s * 1000, apply(60_000 + (s - 60) * 10));
    expect(last(logged)).toContain('  10/s');
  });

  it('is told of batches that are further apart than that', () => {
    const { at, logged } = reporting(false);
    for (let s = 0; s <= 300; s++) at(s * 1000, apply(Math.floor(s / 60) * 600));
    expect(last(logged)).toContain('chunks 3,000/100,000  10/s');
  });

  it('falls while nothing comes any more', () => {
    const { at, logged } = reporting(false);
    at(0, apply(0));
    at(10_000, apply(1000));
    for (let s = 11; s <= 100; s++) at(s * 1000, apply(1000));
    expect(last(logged)).toMatch(/ {2}1[0-9]\/s /);
  });

  it('begins anew with each phase', () => {
    const { at, drawn } = reporting(true);
    for (let s = 0; s <= 10; s++) at(s * 1000, { type: 'scan', documents: s * 1000 });
    expect(drawn.at(-1)).toEqual(['scanning   10,000 documents  1,000/s']);
    at(600_000, apply(0));
    at(601_000, apply(50));
    expect(last(drawn.at(-1) ?? [])).toContain('  50/s');
  });
});
