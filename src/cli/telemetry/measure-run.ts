/** What came of a run, as metrics: the same numbers as in its result and its plan. */
import type { DriftReport } from '../../domain/drift-report.js';
import type { Manifest } from '../../domain/manifest.js';
import type { PlanSummary } from '../../domain/plan.js';
import type { Embedder } from '../../domain/ports/embedder.js';
import type { CounterName, Telemetry } from '../../domain/ports/telemetry.js';
import type { ApplyResult } from '../../domain/results.js';

/** `planned`: what was found; undefined when nothing was planned. */
export function measureRun(
  telemetry: Telemetry,
  result: ApplyResult,
  planned: PlanSummary | undefined,
): void {
  const { environment, outcome } = result;
  const documents: Readonly<Record<string, number>> = {
    ...result.applied,
    failed: result.failed,
    reject: result.rejected,
    withheld: result.withheld,
    unchanged: planned?.unchanged ?? 0,
    skipped: planned?.skipped ?? 0,
    quarantined: planned?.quarantined ?? 0,
    known_reject: planned?.known_rejects ?? 0,
  };
  const { upserted, embedded, cached, relabelled, deleted } = result;
  const each = (name: CounterName, key: string, counts: Readonly<Record<string, number>>): void => {
    for (const [value, by] of Object.entries(counts))
      telemetry.count(name, by, { environment, [key]: value });
  };
  each('documents', 'class', documents);
  each('chunks', 'operation', { upserted, embedded, cached, relabelled, deleted });
  telemetry.count('retries', result.retries, { environment });
  telemetry.duration('run.duration', result.duration_ms / 1000, { environment, outcome });
}

export function measureEmbedding(telemetry: Telemetry, { embedding }: Manifest, embedder: Embedder): void {
  const about = { provider: embedding.provider, model: embedding.model };
  const { tokens } = embedder.stats();
  telemetry.count('embed.tokens', tokens, about);
  const price = embedding.price_per_million_tokens ?? 0;
  telemetry.count('embed.cost', (tokens / 1_000_000) * price, about);
}

/** Every class that was found; the one of an index without drift is not there, so zero is said of it. */
export function measureDrift(telemetry: Telemetry, { environment, indexes }: DriftReport): void {
  for (const { manifest_id, classes } of indexes) {
    const about = { environment, manifest_id };
    if (classes.length === 0) telemetry.gauge('drift.records', 0, { ...about, class: 'none' });
    for (const found of classes) {
      telemetry.gauge('drift.records', found.records, { ...about, class: found.class });
    }
  }
}
