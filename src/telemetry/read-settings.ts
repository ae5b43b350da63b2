/**
 * Whether telemetry is asked for, by the standard variables of OpenTelemetry, and in which form. Read at every start,
 * so nothing of OpenTelemetry is loaded here.
 */
import type { Warning } from '../domain/warning.js';

export type ExporterName = 'otlp' | 'console';
export type OtlpProtocol = 'http/protobuf' | 'http/json';
type Signal = 'traces' | 'metrics';

export interface SignalSettings {
  /** None: this signal is off. */
  readonly exporters: readonly ExporterName[];
  readonly protocol: OtlpProtocol;
  /** Milliseconds for one export, its retries included. */
  readonly timeoutMs: number;
}

export interface TelemetrySettings {
  readonly traces: SignalSettings;
  readonly metrics: SignalSettings;
  /** OTEL_TRACES_SAMPLER and its argument; read by the sampler. */
  readonly sampler: string;
  readonly samplerArgument: string;
}

export interface FoundSettings {
  /** Undefined: nothing asks for telemetry. */
  readonly settings: TelemetrySettings | undefined;
  readonly warnings: readonly Warning[];
}

/** An export that takes longer would keep the command waiting at its end. */
const MAX_TIMEOUT_MS = 3000;
const PROTOCOLS: readonly string[] = ['http/protobuf', 'http/json'];

type Environment = Readonly<Record<string, string | undefined>>;

export function readSettings(env: Environment): FoundSettings {
  const warnings: Warning[] = [];
  if (textOf(env, 'OTEL_SDK_DISABLED').toLowerCase() === 'true') return { settings: undefined, warnings };
  const warn = (message: string, detail: string): void => {
    warnings.push({ key: 'telemetry', message, detail, functional: false });
  };
  const traces = readSignal(env, 'traces', warn);
  const metrics = readSignal(env, 'metrics', warn);
  if (traces.exporters.length + metrics.exporters.length === 0) return { settings: undefined, warnings };
  const sampler = textOf(env, 'OTEL_TRACES_SAMPLER');
  const samplerArgument = textOf(env, 'OTEL_TRACES_SAMPLER_ARG');
  return { settings: { traces, metrics, sampler, samplerArgument }, warnings };
}

function readSignal(
  env: Environment,
  signal: Signal,
  warn: (message: string, detail: string) => void,
): SignalSettings {
  const own = (name: string): string =>
    textOf(env, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`) ||
    textOf(env, `OTEL_EXPORTER_OTLP_${name}`);
  const variable = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const given = textOf(env, variable) || (own('ENDPOINT') === '' ? 'none' : 'otlp');
  const names = given.split(',').map((name) => name.trim());
  const exporters = names.filter((name): name is ExporterName => name === 'otlp' || name === 'console');
  for (const name of names) {
    if (name === 'none' || name === 'otlp' || name === 'console') continue;
    warn(`${variable} names an exporter that ingest does not have: no ${signal} go to it`, name);
  }
  const protocol = own('PROTOCOL') || 'http/protobuf';
  const known = PROTOCOLS.includes(protocol);
  if (!known && exporters.includes('otlp')) {
    warn(
      `${signal} are not sent: ingest speaks OTLP over HTTP only; set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf, and the endpoint to the collector's HTTP port (4318)`,
      protocol,
    );
  }
  const timeout = Number(own('TIMEOUT'));
  return {
    exporters: [...new Set(exporters)].filter((name) => known || name !== 'otlp'),
    protocol: known ? (protocol as OtlpProtocol) : 'http/protobuf',
    timeoutMs: timeout > 0 ? Math.min(timeout, MAX_TIMEOUT_MS) : MAX_TIMEOUT_MS,
  };
}

/** Set and empty is as good as not set, as the specification says. */
function textOf(env: Environment, name: string): string {
  return env[name]?.trim() ?? '';
}
