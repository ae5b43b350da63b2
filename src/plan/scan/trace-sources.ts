/** One span for each source that is listed, told what was found once the listing was gone through. */
import type { SourceSummary } from '../../domain/plan.js';
import type { Source } from '../../domain/ports/source.js';
import type { OpenSpan, Telemetry } from '../../domain/ports/telemetry.js';
import type { Preparer } from './prepare-document.js';

export interface TracedSources {
  readonly preparer: Preparer;
  /** `found`: undefined when the scan failed. */
  end(found: readonly SourceSummary[] | undefined, error?: unknown): void;
}

export function traceSources(telemetry: Telemetry, manifestId: string, preparer: Preparer): TracedSources {
  const spans = new Map<string, OpenSpan>();
  const traced = (id: string, source: Source): Source =>
    withOwn(source, {
      async *list(signal, window) {
        // It may be listed once more, from its beginning.
        const span =
          spans.get(id) ??
          telemetry.open('source', { manifest_id: manifestId, source_id: id, type: source.type });
        spans.set(id, span);
        yield* source.list(signal, window);
        span.pause();
      },
    });
  return {
    preparer: withOwn(preparer, { source: (id) => traced(id, preparer.source(id)) }),
    end(found, error) {
      for (const [id, span] of spans) {
        const { fingerprint, documents, complete } = found?.find(({ source_id }) => source_id === id) ?? {};
        span.set({ source_fingerprint: fingerprint, documents, complete });
        if (found === undefined) span.fail(error);
        span.end();
      }
    },
  };
}

/** The same object, but for some of its methods; it may be of any class. */
function withOwn<T extends object>(target: T, own: Partial<T>): T {
  return new Proxy(target, {
    get(of, key) {
      if (key in own) return Reflect.get(own, key) as unknown;
      const value: unknown = Reflect.get(of, key, of);
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
}
