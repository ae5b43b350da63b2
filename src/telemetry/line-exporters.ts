/**
 * The exporters called `console`: one line of JSON for each span and each metric. To stderr: stdout is for results.
 */
import {
  type ExportResult,
  ExportResultCode,
  hrTimeDuration,
  hrTimeToMilliseconds,
} from '@opentelemetry/core';
import {
  AggregationTemporality,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

type Write = (line: string) => void;

export class LineSpanExporter implements SpanExporter {
  readonly #write: Write;

  constructor(write: Write) {
    this.#write = write;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext();
      this.#write(
        JSON.stringify({
          type: 'span',
          name: span.name,
          trace_id: traceId,
          span_id: spanId,
          parent_id: span.parentSpanContext?.spanId ?? null,
          start: new Date(hrTimeToMilliseconds(span.startTime)).toISOString(),
          duration_ms: hrTimeToMilliseconds(hrTimeDuration(span.startTime, span.endTime)),
          status: span.status,
          attributes: span.attributes,
          events: span.events.map(({ name, attributes }) => ({ name, attributes })),
        }),
      );
    }
    done({ code: ExportResultCode.SUCCESS });
  }

  async shutdown(): Promise<void> {}
}

export class LineMetricExporter implements PushMetricExporter {
  readonly #write: Write;

  constructor(write: Write) {
    this.#write = write;
  }

  export({ scopeMetrics }: ResourceMetrics, done: (result: ExportResult) => void): void {
    for (const { descriptor, dataPoints } of scopeMetrics.flatMap((scope) => scope.metrics)) {
      const points = dataPoints.map(({ attributes, value }) => ({ attributes, value }));
      this.#write(JSON.stringify({ type: 'metric', name: descriptor.name, unit: descriptor.unit, points }));
    }
    done({ code: ExportResultCode.SUCCESS });
  }

  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }

  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}
