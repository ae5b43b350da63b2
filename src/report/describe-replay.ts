/** Whether what a plan brings can be applied again without its sources. */
import type { SourceSummary } from '../domain/plan.js';
import { safe } from './escape.js';

const OFF = 'unavailable (landing is off)';

/** One for all, or by source where they differ; a plan of an older version does not say. */
export function describeReplay(sources: readonly SourceSummary[]): string[] {
  const told = sources.filter(({ replay }) => replay !== undefined);
  const available = told.filter(({ replay }) => replay === 'available').length;
  if (told.length === 0) return [];
  if (available === told.length) return ['available'];
  if (available === 0) return [OFF];
  return told.map(({ source_id, replay }) => `${safe(source_id)} ${replay === 'available' ? replay : OFF}`);
}
