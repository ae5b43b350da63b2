/** A real OTLP/HTTP receiver: takes what an exporter sends as JSON apart, and can be told to misbehave. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { listenLocally, stopServer } from './local-server.js';

export interface SeenSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly {
    readonly name: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
  /** 2: error. */
  readonly status: number;
  readonly start: bigint;
  readonly end: bigint;
}

export interface SeenPoint {
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of a sum or gauge; of a histogram the sum of what was recorded. */
  readonly value: number;
  readonly count: number | undefined;
}

export interface Collector {
  readonly url: string;
  readonly spans: readonly SeenSpan[];
  /** As of the last export. */
  readonly points: readonly SeenPoint[];
  readonly resource: Readonly<Record<string, unknown>>;
  readonly headers: readonly IncomingMessage['headers'][];
  readonly bodies: readonly { readonly path: string; readonly body: Buffer }[];
  stop(): Promise<void>;
}

interface Value {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
}
type Attributes = readonly { readonly key: string; readonly value: Value }[];

/** `hang`: never answers. */
export async function startCollector({ hang = false }: { readonly hang?: boolean } = {}): Promise<Collector> {
  const spans: SeenSpan[] = [];
  let points: SeenPoint[] = [];
  let resource: Record<string, unknown> = {};
  const headers: IncomingMessage['headers'][] = [];
  const bodies: { path: string; body: Buffer }[] = [];
  const server: Server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    headers.push(request.headers);
    bodies.push({ path: request.url ?? '', body });
    if (hang) return;
    if (request.headers['content-type'] === 'application/json') {
      const message = JSON.parse(body.toString()) as Message;
      for (const one of [...(message.resourceSpans ?? []), ...(message.resourceMetrics ?? [])]) {
        resource = { ...resource, ...valuesOf(one.resource.attributes) };
      }
      spans.push(...spansOf(message));
      if (message.resourceMetrics !== undefined) points = pointsOf(message);
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  const url = await listenLocally(server);
  return {
    url,
    spans,
    get points() {
      return points;
    },
    get resource() {
      return resource;
    },
    headers,
    bodies,
    stop: () => stopServer(server),
  };
}

interface Point {
  readonly attributes: Attributes;
  readonly asInt?: string | number;
  readonly asDouble?: number;
  readonly sum?: number;
  readonly count?: string | number;
}
interface Points {
  readonly dataPoints: readonly Point[];
}
interface Message {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly unit: string;
        readonly sum?: Points;
        readonly gauge?: Points;
        readonly histogram?: Points;
      }[];
    }[];
  }[];
}
interface WireSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Attributes;
  readonly events?: readonly { readonly name: string; readonly attributes: Attributes }[];
  readonly status?: { readonly code?: number };
}

function spansOf({ resourceSpans = [] }: Message): SeenSpan[] {
  return resourceSpans
    .flatMap((one) => one.scopeSpans)
    .flatMap((scope) => scope.spans)
    .map((span) => ({
      name: span.name,
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
      attributes: valuesOf(span.attributes),
      events: (span.events ?? []).map(({ name, attributes }) => ({ name, attributes: valuesOf(attributes) })),
      status: span.status?.code ?? 0,
      start: BigInt(span.startTimeUnixNano),
      end: BigInt(span.endTimeUnixNano),
    }));
}

function pointsOf({ resourceMetrics = [] }: Message): SeenPoint[] {
  return resourceMetrics
    .flatMap((one) => one.scopeMetrics)
    .flatMap((scope) => scope.metrics)
    .flatMap(({ name, unit, sum, gauge, histogram }) =>
      (sum ?? gauge ?? histogram ?? { dataPoints: [] }).dataPoints.map((point) => ({
        metric: name,
        unit,
        attributes: valuesOf(point.attributes),
        value: Number(point.asInt ?? point.asDouble ?? point.sum),
        count: point.count === undefined ? undefined : Number(point.count),
      })),
    );
}

function valuesOf(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue),
    ]),
  );
}
