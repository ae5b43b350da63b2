/** Where the time of a run goes. Phases overlap, so their busy times are no parts of the whole. */

/** In the order in which they are told. */
export const PHASES = [
  'load',
  'live',
  'scan',
  'text',
  'prepare',
  'embed',
  'upsert',
  'commit',
  'strict sync',
  'checks',
  'swap',
] as const;
export type Phase = (typeof PHASES)[number];

export interface Stopwatch {
  /** What `work` gives; the time until it is done, or its promise is settled, counts for the phase. */
  time<T>(phase: Phase, work: () => T): T;
  /** Until now; undefined when nothing is measured. */
  timings(): Timings | undefined;
}

/** Measures nothing and costs nothing. */
export const unmeasured: Stopwatch = { time: (_phase, work) => work(), timings: () => undefined };

export interface Timings {
  /** From the start of the command. */
  readonly wall_ms: number;
  /** Those that took place. `busy_ms`: while at least one of them was under way. */
  readonly phases: readonly { readonly phase: Phase; readonly busy_ms: number; readonly times: number }[];
}
