/** Who held the lease, what became of it, how to go back and what to do next. */
import type { HolderReport, UnlockReport } from '../domain/state-reports.js';
import { safe } from './escape.js';
import { labelled, labelledText } from './flow-items.js';
import type { Style } from './style.js';

interface RenderOptions {
  readonly style: Style;
  readonly width: number;
}

export function* renderHolder(
  holder: HolderReport,
  { width }: { readonly width: number },
): Generator<string> {
  const who = [safe(holder.command), `${safe(holder.user)}@${safe(holder.host)}`, `pid ${holder.pid}`];
  yield* labelled('Holder', [`run ${safe(holder.run_id)}`, ...who], width);
  const beat =
    holder.last_heartbeat === null ? 'no heartbeat file' : `last heartbeat ${holder.last_heartbeat}`;
  yield* labelled('Since', [safe(holder.since), beat], width);
  const { liveness, evidence } = holder;
  yield* labelledText('Judged', `${liveness}: ${safe(evidence)}`, width);
}

export function* renderUnlock(
  report: UnlockReport,
  options: RenderOptions & { readonly next: string; readonly file: string },
): Generator<string> {
  const { style, width, next, file } = options;
  if (report.holder === null) {
    yield style.bold(`Nothing to unlock: no run holds the lease of ${safe(report.environment)}.`);
    return;
  }
  yield* renderHolder(report.holder, options);
  if (report.outcome === 'declined') {
    yield style.bold('Not unlocked; nothing was changed.');
    return;
  }
  if (report.backup !== null) {
    yield* labelled('Backup', [safe(report.backup)], width);
    yield* labelledText('Go back', `while no run is active, copy it over ${safe(file)}`, width);
  }
  yield style.bold('Unlocked: that run cannot record or send anything any more.');
  yield `${style.dim('Next'.padEnd(10))}${safe(next)}`;
}
