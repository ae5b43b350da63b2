/** Exporters as they were asked for. Endpoint, headers, certificates and compression the OTLP ones read themselves. */
import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { LineMetricExporter, LineSpanExporter } from './line-exporters.js';
import type { SignalSettings } from './read-settings.js';

export interface ExporterParts {
  /** One line of the exporters called `console`. */
  readonly write: (line: string) => void;
  readonly connections: Connections;
}

/** Those to the collector, so that one that hangs can be let go at the end. */
export class Connections {
  readonly #agents = new Set<HttpAgent | HttpsAgent>();

  async open(protocol: string): Promise<HttpAgent | HttpsAgent> {
    const { Agent } = protocol === 'https:' ? await import('node:https') : await import('node:http');
    const agent = new Agent({ keepAlive: true });
    this.#agents.add(agent);
    return agent;
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }
}

export function createSpanExporters(settings: SignalSettings, parts: ExporterParts): Promise<SpanExporter[]> {
  return Promise.all(
    settings.exporters.map(async (name) => {
      if (name === 'console') return new LineSpanExporter(parts.write);
      const { OTLPTraceExporter } =
        settings.protocol === 'http/json'
          ? await import('@opentelemetry/exporter-trace-otlp-http')
          : await import('@opentelemetry/exporter-trace-otlp-proto');
      return new OTLPTraceExporter(optionsOf(settings, parts));
    }),
  );
}

export function createMetricExporters(
  settings: SignalSettings,
  parts: ExporterParts,
): Promise<PushMetricExporter[]> {
  return Promise.all(
    settings.exporters.map(async (name) => {
      if (name === 'console') return new LineMetricExporter(parts.write);
      const { OTLPMetricExporter } =
        settings.protocol === 'http/json'
          ? await import('@opentelemetry/exporter-metrics-otlp-http')
          : await import('@opentelemetry/exporter-metrics-otlp-proto');
      return new OTLPMetricExporter(optionsOf(settings, parts));
    }),
  );
}

function optionsOf({ timeoutMs }: SignalSettings, { connections }: ExporterParts) {
  // The agent's type knows either protocol only; the factory is asked for one at a time.
  const httpAgentOptions = (protocol: string) => connections.open(protocol) as Promise<HttpAgent>;
  return { timeoutMillis: timeoutMs, httpAgentOptions };
}
