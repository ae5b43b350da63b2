/**
 * Traces and metrics, as narrow as the program needs them. Nothing here holds text of a document or a secret: names,
 * numbers, ids. By default nothing is told to anybody.
 */

/**
 * run: one command. source: one listing of a source. batch: the input of one index being applied. embed: one request
 * to a provider; upsert: one change of Chroma; commit: one transaction of the recorded state.
 */
export type SpanName = 'run' | 'source' | 'batch' | 'embed' | 'upsert' | 'commit';

/** Without the prefix `ingest.`, which all of them get. Undefined ones are left out. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Span {
  /** Of the span, and, as far as they are anchors, of all that begin below it from now on. */
  set(attributes: SpanAttributes): void;
  /** It did not end well; a span whose work throws is told so by itself. Undefined: nothing was thrown. */
  fail(error: unknown): void;
}

/** One that is ended by hand. */
export interface OpenSpan extends Span {
  /** Its work is done; more may still be said of it. */
  pause(): void;
  end(): void;
}

/** What is only ever added to. */
export type CounterName =
  | 'documents' // by class
  | 'chunks' // by operation
  | 'retries'
  | 'embed.tokens'
  | 'embed.cost'; // dollars

/** Seconds. */
export type DurationName = 'run.duration' | 'embed.duration';

/** As it was found. */
export type GaugeName = 'drift.records'; // by class

export interface Telemetry {
  /** Below the span that this is called in; ended when `work`, or its promise, is. */
  span<T>(name: SpanName, attributes: SpanAttributes, work: (span: Span) => T): T;
  open(name: SpanName, attributes: SpanAttributes): OpenSpan;
  count(name: CounterName, by: number, attributes: SpanAttributes): void;
  duration(name: DurationName, seconds: number, attributes: SpanAttributes): void;
  gauge(name: GaugeName, value: number, attributes: SpanAttributes): void;
  /** For a request that is part of the span that this is called in: `traceparent`, or nothing. */
  headers(): Readonly<Record<string, string>>;
}

const nowhere: OpenSpan = { set: () => {}, fail: () => {}, pause: () => {}, end: () => {} };

/** Tells nobody and costs nothing. */
export const untold: Telemetry = {
  span: (_name, _attributes, work) => work(nowhere),
  open: () => nowhere,
  count: () => {},
  duration: () => {},
  gauge: () => {},
  headers: () => ({}),
};
