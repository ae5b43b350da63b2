/** Opens telemetry as it was asked for. The only file that a command loads, and only when something asks for it. */
import { randomBytes } from 'node:crypto';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Clock } from '../domain/ports/clock.js';
import type { Telemetry } from '../domain/ports/telemetry.js';
import type { TraceContext } from '../domain/trace-context.js';
import { chooseSampler } from './choose-sampler.js';
import { Connections, createMetricExporters, createSpanExporters } from './create-exporters.js';
import type { TelemetrySettings } from './read-settings.js';
import { OtelTelemetry } from './trace-spans.js';

export interface TelemetryOptions {
  readonly settings: TelemetrySettings;
  readonly trace: TraceContext;
  readonly toolVersion: string;
  readonly clock: Clock;
  /** One line of the exporters called `console`. */
  readonly write: (line: string) => void;
}

export interface OpenedTelemetry {
  readonly telemetry: Telemetry;
  /** Sends what is left, for a few seconds at most. Why not all of it was delivered, or undefined. */
  close(): Promise<string | undefined>;
}

/** Spans that may wait for the collector; beyond that they are dropped, never the run held up. */
const MAX_WAITING = 16_384;
const EVERY_MS = 2000;
const METRICS_EVERY_MS = 15_000;
/** The end of a command waits no longer for a collector. */
const CLOSE_MS = 4000;

export async function openTelemetry(options: TelemetryOptions): Promise<OpenedTelemetry> {
  const { settings, trace, toolVersion, clock, write } = options;
  const connections = new Connections();
  let failure: string | undefined;
  setGlobalErrorHandler((error) => {
    failure ??= reasonOf(error);
  });
  const sampler = chooseSampler(settings.sampler, settings.samplerArgument);
  if (sampler === undefined) failure = `there is no sampler called ${settings.sampler.slice(0, 40)}`;
  const resource = resourceFromAttributes({ 'service.name': 'ingest', 'service.version': toolVersion }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  const parts = { write, connections };
  const tracers = new TracerProvider({
    resource,
    ...(sampler === undefined ? {} : { sampler }),
    // The trace that everything else of this command names as well.
    idGenerator: {
      generateTraceId: () => trace.traceId,
      generateSpanId: () => randomBytes(8).toString('hex'),
    },
    spanProcessors: (await createSpanExporters(settings.traces, parts)).map(
      (exporter) =>
        new BatchSpanProcessor({
          exporter,
          maxQueueSize: MAX_WAITING,
          scheduledDelayMillis: EVERY_MS,
          exportTimeoutMillis: settings.traces.timeoutMs,
        }),
    ),
  });
  const meters = new MeterProvider({
    resource,
    readers: (await createMetricExporters(settings.metrics, parts)).map(
      (exporter) =>
        new PeriodicExportingMetricReader({
          exporter,
          exportIntervalMillis: METRICS_EVERY_MS,
          exportTimeoutMillis: settings.metrics.timeoutMs,
        }),
    ),
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  const scope = ['chroma-ingest', toolVersion] as const;
  return {
    telemetry: new OtelTelemetry({
      tracer: tracers.getTracer(...scope),
      meter: meters.getMeter(...scope),
      contexts,
      trace,
    }),
    async close() {
      const waiting = new AbortController();
      const ended = Promise.allSettled([tracers.shutdown(), meters.shutdown()]).then((results) => {
        for (const result of results) if (result.status === 'rejected') failure ??= reasonOf(result.reason);
      });
      const late = clock.sleep(CLOSE_MS, waiting.signal).then(
        () => {
          failure ??= `no answer within ${CLOSE_MS / 1000} s`;
        },
        () => {},
      );
      await Promise.race([ended, late]);
      waiting.abort();
      connections.close();
      contexts.disable();
      return failure;
    },
  };
}

/** Of a failure on the way to the collector: its headers are no part of it. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { readonly message?: unknown; readonly code?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(code ?? 'unknown failure');
  return text.slice(0, 200);
}
