/** Traces and metrics as a collector gets them, and what a run does when there is none, or a bad one. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ApplyResult } from '../../src/domain/results.js';
import { type EmbeddingServer, startEmbeddingServer } from '../support/embedding-server.js';
import { applyResult } from '../support/ingest-cli.js';
import { type Collector, type SeenPoint, type SeenSpan, startCollector } from '../support/otlp-collector.js';
import { article, Project } from '../support/project.js';

const chromaUrl = inject('chromaUrl');
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;
const RECORDER = new URL('../support/record-modules.mjs', import.meta.url).href;
const KEY = 'sk-planted-4711';

describe.skipIf(chromaUrl === '')('telemetry', () => {
  let project: Project;
  let collector: Collector;
  let model: EmbeddingServer;
  let env: Record<string, string>;

  beforeEach(async () => {
    project = new Project(chromaUrl, true);
    collector = await startCollector();
    model = await startEmbeddingServer({ key: KEY });
    env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', KEY };
    project.manifest({
      embedding: [
        'provider: openai-compatible',
        `base_url: ${model.url}`,
        `api_key: \${KEY}`,
        'model: test',
        'dimensions: 8',
        'price_per_million_tokens: 20',
      ],
      sources: { docs: ['root: ../docs'], more: ['root: ../more'] },
    });
    project.docs(2);
    project.ws.write('more/extra.md', article('extra'));
  });
  afterEach(async () => {
    await project.dispose();
    await collector.stop();
    await model.stop();
  });

  const APPLY = ['apply', '--json', '--auto-approve'];
  const apply = (more: Record<string, string> = {}) => project.call(APPLY, { env: { ...env, ...more } });
  /** With an end of its own, which must wait for what is to be delivered and for nothing else. */
  const startApply = (more: Record<string, string> = {}) => project.run(APPLY, { env: { ...env, ...more } });
  const named = (name: string): readonly SeenSpan[] => collector.spans.filter((span) => span.name === name);
  const only = (name: string): SeenSpan => {
    const found = named(name);
    expect(found.map((span) => span.name)).toEqual([name]);
    return found[0] as SeenSpan;
  };
  const points = (metric: string): readonly SeenPoint[] =>
    collector.points.filter((point) => point.metric === metric);

  it('tells a run as spans: source and batch in it, embed, upsert and commit in the batch, all in its trace', async () => {
    const [index] = (await project.plan()).indexes;
    const applied = await startApply({ TRACEPARENT });
    expect({ code: applied.code, stderr: applied.code === 0 ? '' : applied.stderr }).toEqual({
      code: 0,
      stderr: '',
    });
    const { run_id, trace_id } = applyResult<ApplyResult>(applied);
    expect(trace_id).toBe(TRACE);
    expect(new Set(collector.spans.map((span) => span.traceId))).toEqual(new Set([TRACE]));

    const run = only('run');
    expect(run.parentSpanId).toBe(PARENT);
    expect(run.attributes).toMatchObject({ 'ingest.command': 'apply', 'ingest.run_id': run_id });
    const batch = only('batch');
    expect(batch.parentSpanId).toBe(run.spanId);
    const anchors = {
      'ingest.run_id': run_id,
      'ingest.manifest_id': 'docs',
      'ingest.batch_id': index?.batch_id,
    };
    expect(batch.attributes).toMatchObject(anchors);
    const sources = named('source');
    expect(sources.map((span) => [span.parentSpanId, span.attributes['ingest.source_id']])).toEqual([
      [run.spanId, 'docs'],
      [run.spanId, 'more'],
    ]);
    expect(sources.map((span) => span.attributes['ingest.source_fingerprint'])).toEqual(
      index?.sources.map((source) => source.fingerprint),
    );
    for (const name of ['embed', 'upsert', 'commit']) {
      const inBatch = named(name).filter((span) => span.parentSpanId === batch.spanId);
      expect(inBatch.length, name).toBeGreaterThan(0);
      for (const span of inBatch) {
        expect(span.attributes).toMatchObject(anchors);
        expect(span.start >= batch.start && span.end <= batch.end).toBe(true);
      }
    }
    expect(named('embed')[0]?.attributes).toMatchObject({
      'ingest.provider': 'openai-compatible',
      'ingest.model': 'test',
    });
    for (const span of collector.spans) expect(span.status).toBe(0);
  });

  it('counts what its result counts', async () => {
    const applied = await apply();
    const result = applyResult<ApplyResult>(applied);
    const by = (metric: string, key: string): Record<string, number> =>
      Object.fromEntries(
        points(metric).map((point) => [String(point.attributes[`ingest.${key}`]), point.value]),
      );
    expect(by('ingest.documents', 'class')).toEqual({ create: 3 });
    expect(by('ingest.chunks', 'operation')).toEqual({
      upserted: result.upserted,
      embedded: result.embedded,
    });
    expect(points('ingest.run.duration')).toEqual([
      expect.objectContaining({ unit: 's', count: 1, value: result.duration_ms / 1000 }),
    ]);
    const [tokens] = points('ingest.embed.tokens');
    expect(tokens?.value).toBeGreaterThan(100);
    expect(points('ingest.embed.cost')[0]?.value).toBeCloseTo(((tokens?.value ?? 0) / 1e6) * 20, 10);
    expect(points('ingest.embed.duration')[0]?.count).toBe(model.requests.length);
    project.doc('doc-000.md', article('changed'));
    await apply();
    expect(by('ingest.documents', 'class')).toEqual({ update: 1, unchanged: 2 });
    expect(by('ingest.chunks', 'operation')).toMatchObject({ upserted: 3, deleted: 3 });
  });

  it('counts requests that were sent again, and drift by class', async () => {
    model.next({ kind: 'status', status: 503 });
    const { retries } = applyResult<ApplyResult>(await apply());
    expect(retries).toBeGreaterThan(0);
    expect(points('ingest.retries')[0]?.value).toBe(retries);
    const failed = named('embed').filter((span) => span.status === 2);
    expect(failed).toHaveLength(1);
    await (await project.collection()).delete({ where: { ingest_uri: 'docs/doc-001.md' } });
    expect((await project.call(['drift', '--json'], { env })).code).toBe(2);
    expect(points('ingest.drift.records')).toEqual([
      expect.objectContaining({
        value: 3,
        attributes: {
          'ingest.environment': 'test',
          'ingest.manifest_id': 'docs',
          'ingest.class': 'missing',
        },
      }),
    ]);
  });

  it('says its name and what the environment adds, and sends the headers that the environment gives', async () => {
    await apply({
      OTEL_SERVICE_NAME: 'docs-index',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=staging,team=search',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=abc',
    });
    expect(collector.resource).toMatchObject({
      'service.name': 'docs-index',
      'deployment.environment': 'staging',
      team: 'search',
      'service.version': expect.any(String),
    });
    for (const headers of collector.headers) expect(headers['x-collector-key']).toBe('abc');
  });

  it('speaks protobuf unless JSON is asked for', async () => {
    await startApply({ OTEL_EXPORTER_OTLP_PROTOCOL: '', TRACEPARENT });
    const traces = collector.bodies.filter(({ path }) => path === '/v1/traces');
    expect(traces.length).toBeGreaterThan(0);
    expect(new Set(collector.headers.map((headers) => headers['content-type']))).toEqual(
      new Set(['application/x-protobuf']),
    );
    const sent = Buffer.concat(traces.map(({ body }) => body));
    expect(sent.includes(Buffer.from(TRACE, 'hex'))).toBe(true);
    for (const name of ['run', 'source', 'batch', 'embed', 'upsert', 'commit']) {
      expect(sent.includes(Buffer.from(name)), name).toBe(true);
    }
    expect(collector.bodies.some(({ path }) => path === '/v1/metrics')).toBe(true);
  });

  it('marks what failed, by code, and ends the run as it would without', async () => {
    model.always({ kind: 'status', status: 401 });
    const { code, stdout, stderr } = await apply({ TRACEPARENT });
    expect(code).toBe(1);
    expect(applyResult<ApplyResult>({ code, stdout, stderr, signal: null }).outcome).toBe('failed');
    for (const name of ['embed', 'batch', 'run']) {
      expect(
        named(name).some((span) => span.status === 2),
        name,
      ).toBe(true);
    }
    const [event] = only('batch').events;
    expect(event).toMatchObject({
      name: 'exception',
      attributes: { 'exception.type': expect.stringMatching(/^E\d/) },
    });
  });

  it('tells no text of a document and no secret', async () => {
    project.doc('secret.md', '# Planted heading\n\nPLANTEDTEXT stands in this document and nowhere else.\n');
    model.next({ kind: 'echo-text' });
    await apply({ OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=sk-collector' });
    const sent = collector.bodies.map(({ body }) => body.toString()).join('\n');
    expect(sent).toContain('ingest.run_id');
    for (const planted of ['PLANTEDTEXT', 'Planted heading', KEY, 'sk-collector']) {
      expect(sent.includes(planted), planted).toBe(false);
    }
  });

  describe('on the way to others', () => {
    let chroma: { url: string; seen: IncomingMessage['headers'][]; server: Server };

    beforeEach(async () => {
      const seen: IncomingMessage['headers'][] = [];
      const server = createServer((incoming, outgoing) => {
        seen.push(incoming.headers);
        const to = new URL(incoming.url ?? '/', chromaUrl);
        const { method, headers } = incoming;
        const onward = httpRequest(to, { method, headers: { ...headers, host: to.host } }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outgoing);
        });
        incoming.pipe(onward);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      chroma = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server };
    });
    afterEach(async () => {
      chroma.server.closeAllConnections();
      await new Promise((resolve) => chroma.server.close(resolve));
    });

    it('requests to the provider and to Chroma name the span that they are part of', async () => {
      const given = { TRACEPARENT, TRACESTATE: 'vendor=opaque', CHROMA_URL: chroma.url };
      expect((await apply(given)).code).toBe(0);
      const spanIds = new Map(collector.spans.map((span) => [span.spanId, span.name]));
      const parentOf = (headers: IncomingMessage['headers']): string | undefined => {
        expect(headers['tracestate']).toBe('vendor=opaque');
        const [, trace, span = ''] = String(headers['traceparent']).split('-');
        expect(trace).toBe(TRACE);
        return spanIds.get(span);
      };
      expect(new Set(model.requests.map(({ headers }) => parentOf(headers)))).toEqual(new Set(['embed']));
      expect(new Set(chroma.seen.map(parentOf))).toContain('upsert');
    });

    it('they say nothing of a trace while telemetry is off', async () => {
      await project.call(APPLY, {
        env: { KEY, TRACEPARENT, CHROMA_URL: chroma.url },
      });
      expect(model.requests.length).toBeGreaterThan(0);
      for (const headers of [...chroma.seen, ...model.requests.map((one) => one.headers)]) {
        expect(headers).not.toHaveProperty('traceparent');
      }
    });
  });

  describe('a collector', () => {
    const outcome = async (more: Record<string, string>) => {
      const { code, stdout, stderr } = await startApply(more);
      const lines = stderr.split('\n').filter((line) => line.includes('telemetry was not delivered'));
      return {
        code,
        outcome: applyResult<ApplyResult>({ code, stdout, stderr, signal: null }).outcome,
        lines,
      };
    };

    it('that is dead fails no run, and is named once', async () => {
      const { url } = collector;
      await collector.stop();
      const seen = await outcome({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
      expect(seen).toMatchObject({ code: 0, outcome: 'applied' });
      expect(seen.lines).toHaveLength(1);
      collector = await startCollector();
    });

    it('that never answers is not waited for', async () => {
      const hanging = await startCollector({ hang: true });
      try {
        const seen = await outcome({ OTEL_EXPORTER_OTLP_ENDPOINT: hanging.url });
        expect(seen).toMatchObject({ code: 0, outcome: 'applied' });
        expect(seen.lines).toHaveLength(1);
        expect(hanging.bodies.length).toBeGreaterThan(0);
      } finally {
        await hanging.stop();
      }
    });

    it('that is killed in the middle of a run does not end it', async () => {
      const killed = await startCollector();
      const hold = { kind: 'slow', ms: 4000 } as const;
      model.next(hold);
      const running = project.ws.start(APPLY, {
        env: { ...project.env, ...env, OTEL_EXPORTER_OTLP_ENDPOINT: killed.url },
      });
      // The first spans have arrived while the provider is still at work.
      while (killed.spans.length === 0) await sleep(20);
      await killed.stop();
      const ended = await running.finished;
      expect(ended.code).toBe(0);
      expect(applyResult<ApplyResult>(ended).outcome).toBe('applied');
      expect(ended.stderr).toContain('telemetry was not delivered');
    });

    it('whose address is nonsense is a warning, not an error, and its password is not repeated', async () => {
      const seen = await outcome({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:planted-4712@no host' });
      expect(seen).toMatchObject({ code: 0, outcome: 'applied' });
      expect(seen.lines).toHaveLength(1);
      expect(seen.lines[0]).not.toContain('planted-4712');
    });
  });

  it('is delivered after Ctrl-C, too', async () => {
    model.always({ kind: 'hang' });
    const running = project.ws.start(APPLY, {
      env: { ...project.env, ...env },
    });
    while (model.requests.length === 0) await sleep(20);
    running.kill('SIGINT');
    const ended = await running.finished;
    expect(ended.code).toBe(130);
    expect(only('run').attributes).toMatchObject({ 'ingest.exit_code': 130 });
    expect(only('batch').parentSpanId).toBe(only('run').spanId);
    expect(points('ingest.run.duration')[0]?.attributes).toMatchObject({ 'ingest.outcome': 'interrupted' });
  });

  describe('is off, and nothing of OpenTelemetry is loaded,', () => {
    const loaded = async (more: Record<string, string>): Promise<boolean> => {
      const file = join(project.ws.root, 'modules.txt');
      const { code } = await project.run(APPLY, {
        env: { KEY, RECORD_MODULES: file, NODE_OPTIONS: `--import=${RECORDER}`, ...more },
      });
      expect(code).toBe(0);
      expect(existsSync(file)).toBe(true);
      return readFileSync(file, 'utf8').includes('@opentelemetry');
    };

    it.each<[string, Record<string, string>]>([
      ['when nothing asks for it', {}],
      ['when it is disabled', { OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'otlp' }],
      ['when both signals are none', { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }],
      ['when only a trace is given', { TRACEPARENT }],
    ])('%s', async (_when, more) => {
      expect(await loaded(more)).toBe(false);
    });

    it('and it is loaded when it is asked for, as this test can see', async () => {
      expect(await loaded(env)).toBe(true);
    });
  });

  it('goes to stderr as lines of JSON when the console is asked for, and stdout stays the result', async () => {
    const { stdout, stderr } = await project.run(APPLY, {
      env: { KEY, TRACEPARENT, OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'console' },
    });
    expect(applyResult<ApplyResult>({ code: 0, stdout, stderr, signal: null }).outcome).toBe('applied');
    const lines = stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const spans = lines.filter((line) => line['type'] === 'span');
    expect(spans.at(-1)).toMatchObject({ name: 'run', trace_id: TRACE, parent_id: PARENT });
    expect(lines.filter((line) => line['type'] === 'metric').map((line) => line['name'])).toContain(
      'ingest.chunks',
    );
  });

  it('follows the sampler that the environment names, and the decision of the caller', async () => {
    await apply({ OTEL_TRACES_SAMPLER: 'always_off' });
    await apply({ TRACEPARENT: TRACEPARENT.replace(/01$/, '00') });
    expect(collector.spans).toEqual([]);
    await apply({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' });
    expect(named('run')).toHaveLength(1);
  });
});
