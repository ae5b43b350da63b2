/** Times of cues: `[hours:]minutes:seconds.milliseconds`, in SRT with a comma. Pure. */

const CLOCK = /^(?:(\d{1,9}):)?([0-5]?\d):([0-5]?\d)(?:[.,](\d{1,9}))?$/;

/** Milliseconds; undefined for what is no time. Hours have no limit but 9 digits. */
export function readClock(text: string): number | undefined {
  const found = CLOCK.exec(text);
  if (found === null) return undefined;
  const [, hours = '0', minutes = '0', seconds = '0', fraction = ''] = found;
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return whole * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
}

export interface CueTimes {
  readonly start_ms: number;
  readonly end_ms: number;
}

/** `00:01.000 --> 00:02.000`, and whatever says where the cue is shown. */
export function readCueTimes(line: string): CueTimes | undefined {
  const found = /^\s*(\S+)\s*-->\s*(\S+)/.exec(line);
  if (found === null) return undefined;
  const [start_ms, end_ms] = [readClock(found[1] ?? ''), readClock(found[2] ?? '')];
  return start_ms === undefined || end_ms === undefined ? undefined : { start_ms, end_ms };
}
