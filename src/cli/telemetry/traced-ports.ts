/** Ports that also tell telemetry what passes through them. Where it is off, none of them is put in between. */
import type { Clock } from '../../domain/ports/clock.js';
import type { EmbeddingProvider } from '../../domain/ports/embedder.js';
import type { Phase, Stopwatch } from '../../domain/ports/stopwatch.js';
import type { SpanName, Telemetry } from '../../domain/ports/telemetry.js';

const SPANS: Partial<Record<Phase, SpanName>> = { upsert: 'upsert', commit: 'commit' };

export function tracedStopwatch(stopwatch: Stopwatch, telemetry: Telemetry): Stopwatch {
  return {
    time(phase, work) {
      const name = SPANS[phase];
      if (name === undefined) return stopwatch.time(phase, work);
      return telemetry.span(name, {}, () => stopwatch.time(phase, work));
    },
    timings: () => stopwatch.timings(),
  };
}

export function tracedProvider(
  provider: EmbeddingProvider,
  telemetry: Telemetry,
  clock: Clock,
): EmbeddingProvider {
  const about = { provider: provider.name, model: provider.model };
  const embed: EmbeddingProvider['embed'] = async (texts, role, signal) => {
    const began = clock.monotonic();
    try {
      return await telemetry.span('embed', { ...about, role, texts: texts.length }, () =>
        provider.embed(texts, role, signal),
      );
    } finally {
      telemetry.duration('embed.duration', (clock.monotonic() - began) / 1000, { ...about, role });
    }
  };
  return new Proxy(provider, {
    get(target, key) {
      const value: unknown = key === 'embed' ? embed : Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Every request says which span it is part of, so that the server's own spans can be below it. */
export function tracedFetch(send: typeof fetch, telemetry: Telemetry): typeof fetch {
  return (input, init) => {
    const own = telemetry.headers();
    if (Object.keys(own).length === 0) return send(input, init);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}));
    for (const [name, value] of Object.entries(own)) headers.set(name, value);
    return send(input, { ...init, headers });
  };
}
