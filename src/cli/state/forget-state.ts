/** `state rm`: shows what would be forgotten, asks, takes the lease, backs up, and forgets it in one transaction. */
import { IngestError } from '../../domain/errors.js';
import type { ForgetReport } from '../../domain/state-reports.js';
import { type Forgetting, findToForget, forget, type ToForget } from '../../execute/forget-records.js';
import { renderToForget } from '../../report/state/render-forget.js';
import { askApproval } from '../ask-approval.js';
import type { Terminal } from '../output/terminal.js';
import type { Session } from '../session/session.js';

export interface ForgetRequest extends Forgetting {
  readonly environment: string;
  /** Not asked when there is nothing to forget. */
  approve(found: ToForget): Promise<boolean>;
}

export async function forgetState(session: Session, request: ForgetRequest): Promise<ForgetReport> {
  const { environment, glob, manifestId } = request;
  const whole = glob === undefined;
  const reader = await session.openReader(environment);
  const found = findToForget(reader, request);
  const report = { environment, manifest_id: manifestId ?? null, whole, ...found, backup: null };
  reader.close();
  if (found.documents === 0 && !whole) return { outcome: 'nothing_to_forget', ...report };
  if (!(await request.approve(found))) return { outcome: 'declined', ...report };
  const writer = await session.acquireWriter(environment, 'state rm', 'doc');
  try {
    const now = findToForget(writer, request);
    refuseOthers(found, now);
    const backup = await session.backUp(environment, writer.fence);
    writer.transaction((tx) => {
      forget(tx, writer, request);
      tx.append({
        type: 'STATE_FORGOTTEN',
        run_id: writer.runId,
        manifest_id: manifestId ?? null,
        data: {
          by: session.identity,
          trace_id: session.trace.traceId,
          what: glob ?? 'the index',
          documents: now.documents,
          chunks: now.chunks,
          backup,
        },
      });
    });
    return { outcome: 'forgotten', ...report, ...now, backup };
  } finally {
    writer.close();
  }
}

/** A run that ended between question and lease may have recorded more: only what was shown was approved. */
function refuseOthers(shown: ToForget, now: ToForget): void {
  if (shown.documents === now.documents && shown.chunks === now.chunks) return;
  throw new IngestError('E603', 'the state changed after what would be forgotten was shown', {
    kind: 'world',
    advice: 'Nothing was changed. Run again, and look at what is shown then.',
  });
}

/** Nothing ever prompts without a terminal. */
export async function approveForgetting(
  terminal: Terminal,
  signal: AbortSignal,
  found: ToForget,
  { whole, ...flags }: { readonly 'auto-approve': boolean; readonly json: boolean; readonly whole: boolean },
): Promise<boolean> {
  const { style, width } = terminal;
  if (!flags.json) await terminal.out(renderToForget(found, { style, width, whole }));
  if (flags['auto-approve']) return true;
  return askApproval(terminal, signal, {
    question: 'Forget this?',
    unasked: {
      message: 'recorded rows would be forgotten, and nobody to approve it',
      advice: 'Nothing was changed. Look at what is listed; if it is meant, add --auto-approve.',
    },
  });
}
