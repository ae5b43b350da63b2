/** Spans and metrics of our port, by OpenTelemetry. Nothing global is set: another SDK in the process stays alone. */
import {
  type Context,
  createContextKey,
  createTraceState,
  type HrTime,
  isSpanContextValid,
  type Meter,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { hrTime } from '@opentelemetry/core';
import { ERROR_CODES } from '../domain/error-codes.js';
import { IngestError } from '../domain/errors.js';
import type {
  CounterName,
  DurationName,
  GaugeName,
  OpenSpan,
  Span,
  SpanAttributes,
  SpanName,
  Telemetry,
} from '../domain/ports/telemetry.js';
import type { TraceContext } from '../domain/trace-context.js';

export interface SpanParts {
  readonly tracer: Tracer;
  readonly meter: Meter;
  readonly contexts: AsyncLocalStorageContextManager;
  /** What the first span is below of, if anything. */
  readonly trace: TraceContext;
}

/** Said of a span, these hold for everything below it. */
const ANCHORS: ReadonlySet<string> = new Set(['run_id', 'manifest_id', 'batch_id', 'environment']);
const INHERITED = createContextKey('anchors of the span');

type Inherited = Record<string, string | number | boolean>;

const COUNTERS: Readonly<Record<CounterName, { readonly unit: string; readonly description: string }>> = {
  documents: { unit: '{document}', description: 'Documents by what the run did with them' },
  chunks: { unit: '{chunk}', description: 'Chunks by operation' },
  retries: { unit: '{retry}', description: 'Requests to the embedding provider that were sent again' },
  'embed.tokens': { unit: '{token}', description: 'Tokens that were embedded, estimated' },
  'embed.cost': { unit: '{USD}', description: 'What embedding them cost, by the declared price' },
};

export class OtelTelemetry implements Telemetry {
  readonly #parts: SpanParts;
  readonly #root: Context;

  constructor(parts: SpanParts) {
    this.#parts = parts;
    this.#root = rootContext(parts.trace);
  }

  span<T>(name: SpanName, attributes: SpanAttributes, work: (span: Span) => T): T {
    const { context, span } = this.#start(name, attributes);
    let result: T;
    try {
      result = this.#parts.contexts.with(context, () => work(span));
    } catch (error) {
      span.fail(error);
      span.end();
      throw error;
    }
    if (!(result instanceof Promise)) {
      span.end();
      return result;
    }
    return result.then(
      (value: unknown) => {
        span.end();
        return value;
      },
      (error: unknown) => {
        span.fail(error);
        span.end();
        throw error;
      },
    ) as T;
  }

  open(name: SpanName, attributes: SpanAttributes): OpenSpan {
    return this.#start(name, attributes).span;
  }

  count(name: CounterName, by: number, attributes: SpanAttributes): void {
    if (by > 0)
      this.#parts.meter.createCounter(prefixed(name), COUNTERS[name]).add(by, attributesOf(attributes));
  }

  duration(name: DurationName, seconds: number, attributes: SpanAttributes): void {
    const options = { unit: 's', advice: { explicitBucketBoundaries: SECONDS } };
    this.#parts.meter.createHistogram(prefixed(name), options).record(seconds, attributesOf(attributes));
  }

  gauge(name: GaugeName, value: number, attributes: SpanAttributes): void {
    this.#parts.meter.createGauge(prefixed(name)).record(value, attributesOf(attributes));
  }

  headers(): Readonly<Record<string, string>> {
    const found = trace.getSpanContext(this.#active());
    if (found === undefined || !isSpanContextValid(found)) return {};
    const flags = found.traceFlags.toString(16).padStart(2, '0');
    const state = found.traceState?.serialize();
    return {
      traceparent: `00-${found.traceId}-${found.spanId}-${flags}`,
      ...(state === undefined || state === '' ? {} : { tracestate: state }),
    };
  }

  #active(): Context {
    const active = this.#parts.contexts.active();
    return active === ROOT_CONTEXT ? this.#root : active;
  }

  #start(name: SpanName, attributes: SpanAttributes): { context: Context; span: OpenSpan } {
    const parent = this.#active();
    const inherited: Inherited = { ...(parent.getValue(INHERITED) as Inherited | undefined) };
    const span = this.#parts.tracer.startSpan(name, {}, parent);
    span.setAttributes(attributesOf(inherited));
    const started = new StartedSpan(span, inherited);
    started.set(attributes);
    return { context: trace.setSpan(parent, span).setValue(INHERITED, inherited), span: started };
  }
}

class StartedSpan implements OpenSpan {
  readonly #span: OtelSpan;
  /** Read by every span that begins below this one. */
  readonly #inherited: Inherited;
  #paused: HrTime | undefined;
  #failed = false;

  constructor(span: OtelSpan, inherited: Inherited) {
    this.#span = span;
    this.#inherited = inherited;
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(attributesOf(attributes));
    for (const [key, value] of Object.entries(attributes)) {
      if (ANCHORS.has(key) && value !== undefined) this.#inherited[key] = value;
    }
  }

  /** By code and title alone: a message may quote a document. */
  fail(error: unknown): void {
    if (error === undefined) {
      if (!this.#failed) this.#span.setStatus({ code: SpanStatusCode.ERROR });
      return;
    }
    this.#failed = true;
    const code = error instanceof IngestError ? error.code : undefined;
    const type = code ?? (error instanceof Error ? error.name : 'Error');
    const message = code === undefined ? type : ERROR_CODES[code];
    this.#span.setAttribute('error.type', type);
    this.#span.addEvent('exception', { 'exception.type': type, 'exception.message': message });
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  pause(): void {
    this.#paused ??= hrTime();
  }

  end(): void {
    this.#span.end(this.#paused);
  }
}

/** From a hundredth of a second to an hour. */
const SECONDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1800, 3600];

function rootContext({ traceId, parentId, flags, state }: TraceContext): Context {
  if (parentId === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: parentId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(state === undefined ? {} : { traceState: createTraceState(state) }),
  });
}

function attributesOf(attributes: SpanAttributes): Record<string, string | number | boolean> {
  const found: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) found[prefixed(key)] = value;
  }
  return found;
}

function prefixed(name: string): string {
  return `ingest.${name}`;
}
