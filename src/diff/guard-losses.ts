/** Guards hold back losses: whatever would leave a recorded uri without chunks. */
import type { GuardVerdict } from '../domain/plan.js';

export interface SourceLosses {
  readonly source_id: string;
  /** Documents recorded for this source before the change. */
  readonly recorded: number;
  /** Losses of this source, moves taken out. */
  readonly losses: number;
  /** Of these, how many --allow-delete names: approved, so they don't count against the thresholds. */
  readonly allowed: number;
  /** Documents the listing yields now. */
  readonly listed: number;
  readonly complete: boolean;
  /** The source is no longer in the manifest: a declared removal, under the thresholds only. */
  readonly removed: boolean;
  readonly emptyAllowed: boolean;
}

/** What holds for the losses of one source: those that no glob names, and those that one does. */
export interface SourceGuard {
  readonly unnamed: GuardVerdict | null;
  readonly named: GuardVerdict | null;
}

/** `thresholds` may be lifted by a glob; an incomplete listing never is, an empty source by its own flag. */
export function guardLosses(
  source: SourceLosses,
  limits: { readonly max_count: number; readonly max_ratio: number },
): SourceGuard {
  if (source.losses === 0) return { unnamed: null, named: null };
  if (!source.complete) {
    const verdict = withheld(
      'incomplete-listing',
      `the listing of ${source.source_id} is incomplete: what was not seen is not gone`,
    );
    return { unnamed: verdict, named: verdict };
  }
  if (!source.removed && source.listed === 0 && source.recorded > 0 && !source.emptyAllowed) {
    const verdict = withheld(
      'empty-source',
      `${source.source_id} had ${source.recorded} documents and now yields none`,
    );
    return { unnamed: verdict, named: verdict };
  }
  const unnamed = source.losses - source.allowed;
  const verdict = threshold(source, unnamed, limits);
  return { unnamed: source.emptyAllowed && source.listed === 0 ? null : verdict, named: null };
}

function threshold(
  source: SourceLosses,
  losses: number,
  limits: { readonly max_count: number; readonly max_ratio: number },
): GuardVerdict | null {
  if (losses === 0) return null;
  const share = `${losses} of ${source.recorded} documents of ${source.source_id}`;
  if (losses > limits.max_count) return withheld('max_count', `${share}, limit ${limits.max_count}`);
  const ratio = losses / Math.max(1, source.recorded);
  if (losses >= 3 && ratio > limits.max_ratio) {
    return withheld('max_ratio', `${share} (${percent(ratio)}), limit ${percent(limits.max_ratio)}`);
  }
  return null;
}

function withheld(rule: GuardVerdict['rule'], message: string): GuardVerdict {
  return { rule, allowed_by: null, message };
}

function percent(ratio: number): string {
  const share = ratio * 100;
  return `${share < 10 ? Math.round(share * 10) / 10 : Math.round(share)}%`;
}
