/** How numbers, times, checksums and paths are written, and how they line up (by display width). */
import stringWidth from 'string-width';

/** Columns on a terminal: two for a CJK character, none for colour. */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - stringWidth(text))) + text;
}

/** 1284 -> `1,284`. */
export function groupDigits(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 document`, `1,284 documents`, `2 canaries`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${groupDigits(count)} ${count === 1 ? noun : many}`;
}

/** `0.2%`, `32%`. Never rounded to 0% or 100% when it is not. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '0%';
  const value = (part / whole) * 100;
  if (value > 0 && value < 0.1) return '<0.1%';
  if (value < 10) return `${Number(value.toFixed(1))}%`;
  if (value < 100) return `${Math.min(99, Math.round(value))}%`;
  return `${Math.round(value)}%`;
}

/** Milliseconds -> `0.4 s`, `57 s`, `1m 22s`, `2h 05m`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`;
  const minutes = Math.round(whole / 60);
  return `${groupDigits(Math.floor(minutes / 60))}h ${String(minutes % 60).padStart(2, '0')}m`;
}

/** A step may be over at once: `15 ms`, then as `duration`. */
export function span(ms: number): string {
  return ms < 100 ? `${Math.round(ms)} ms` : duration(ms);
}

/** `~4 s`: an estimate pretends no tenths. Nothing when it is not known, or not worth a word. */
export function roughDuration(seconds: number | null | undefined): string[] {
  // Plans of an earlier minor version do not say it.
  if (typeof seconds !== 'number' || seconds < 0.5) return [];
  return [seconds < 9.5 ? `~${Math.round(seconds)} s` : `~${duration(seconds * 1000)}`];
}

/** Dollars -> `$0.0001`, `$0.019`, `$12.30`; `free` for zero, `price unknown` for null. */
export function money(dollars: number | null): string {
  if (dollars === null) return 'price unknown';
  if (dollars === 0) return 'free';
  if (dollars < 0.0001) return '<$0.0001';
  if (dollars < 0.01) return `$${Number(dollars.toFixed(4))}`;
  if (dollars < 1) return `$${dollars.toFixed(3).replace(/0$/, '')}`;
  const cents = dollars.toFixed(2);
  return `$${groupDigits(Number(cents.slice(0, -3)))}${cents.slice(-3)}`;
}

/** `3,500 tokens`, `926k tokens`, `1.2M tokens`: estimates, so no false precision. */
export function tokens(count: number): string {
  if (count < 100_000) return plural(count, 'token');
  if (count < 999_500) return `${Math.round(count / 1000)}k tokens`;
  return `${groupDigits(Math.floor(count / 1e6))}.${Math.floor((count % 1e6) / 1e5)}M tokens`;
}

/** Eight hex digits of a checksum, a plan id or a batch id. */
export function shortSum(checksum: string): string {
  return checksum.slice(0, 8);
}

/** Eight characters of a ULID: its time to about a second; commands accept such prefixes. */
export function shortRun(runId: string): string {
  return runId.slice(0, 8);
}

/** ISO 8601 without fractions of a second, zone kept: `2026-11-21T23:41:09+08:00`. */
export function isoTime(text: string): string {
  return text.replace(/(T\d\d:\d\d:\d\d)[.,]\d+/, '$1');
}

const GAP = '...';

/** Cuts out the middle so that the text fits `width` columns; graphemes stay whole. */
export function shortenMiddle(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width <= GAP.length) return GAP.slice(0, Math.max(0, width));
  const clusters = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].map(
    (part) => part.segment,
  );
  const room = width - GAP.length;
  // The end says more (base name, extension), so it gets the larger half.
  const tail = take(clusters.toReversed(), Math.ceil(room * 0.6))
    .toReversed()
    .join('');
  const head = take(clusters, room - stringWidth(tail)).join('');
  return head + GAP + tail;
}

function take(clusters: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const cluster of clusters) {
    used += stringWidth(cluster);
    if (used > width) break;
    taken.push(cluster);
  }
  return taken;
}

/**
 * A path in `width` columns: whole folders are left out first (`handbook/.../auth.md`), keeping the
 * source and as much of the end as fits, then the source; only a base name too long itself is cut.
 */
export function shortenPath(path: string, width: number): string {
  if (stringWidth(path) <= width) return path;
  const segments = path.split('/');
  const first = segments[0] ?? '';
  for (let from = 2; from < segments.length; from++) {
    const short = `${first}/${GAP}/${segments.slice(from).join('/')}`;
    if (stringWidth(short) <= width) return short;
  }
  const base = `${GAP}/${segments.at(-1) ?? ''}`;
  return segments.length > 1 && stringWidth(base) <= width ? base : shortenMiddle(path, width);
}
