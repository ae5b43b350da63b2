import type { Timings } from '../domain/ports/stopwatch.js';
import { duration, padStart, percent, plural } from './layout.js';
import type { Style } from './style.js';

/** The wall time, and below it how long each phase was busy; that they overlap is said where they do. */
export function* renderTimings(
  { wall_ms, phases }: Timings,
  { style }: { readonly style: Style },
): Generator<string> {
  yield `${style.dim('Timings'.padEnd(10))}${duration(wall_ms)} in all`;
  for (const { phase, busy_ms, times } of phases) {
    const share = padStart(percent(Math.min(busy_ms, wall_ms), wall_ms), 5);
    const often = times > 1 ? `  ${plural(times, 'time')}` : '';
    yield `  ${phase.padEnd(12)}${padStart(duration(busy_ms), 8)}  ${share}${often}`;
  }
  const busy = phases.reduce((sum, phase) => sum + phase.busy_ms, 0);
  if (busy > wall_ms) yield style.dim('  phases overlap: each is the time in which it was busy');
}
