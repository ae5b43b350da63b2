/** `state gc`: shows what would go, asks, takes the lease, backs up, forgets rows, and deletes files last. */
import { IngestError } from '../../domain/errors.js';
import type { CleanedLanding, LandingGarbage } from '../../domain/state-reports.js';
import { type CleanLanding, deleteUnnamed, dropGarbage, findGarbage } from '../../execute/clean-landing.js';
import { renderGarbage } from '../../report/state/render-gc.js';
import { askApproval } from '../ask-approval.js';
import type { Terminal } from '../output/terminal.js';
import type { Session } from '../session/session.js';

export interface CleanRequest extends CleanLanding {
  readonly environment: string;
  /** Not asked when there is nothing to clean. */
  approve(found: LandingGarbage): Promise<boolean>;
}

export async function cleanLanding(session: Session, request: CleanRequest): Promise<CleanedLanding> {
  const { environment } = request;
  const store = await session.landing(environment);
  const reader = await session.openReader(environment);
  const { old: _, ...found } = findGarbage(reader, store, request);
  reader.close();
  const report = { type: 'landing_cleaned', environment, ...found, backup: null } as const;
  if (found.files === 0 && found.inputs === 0) return { ...report, outcome: 'nothing_to_clean' };
  if (!(await request.approve(found))) return { ...report, outcome: 'declined' };
  const writer = await session.acquireWriter(environment, 'state gc', 'doc');
  try {
    const now = findGarbage(writer, store, request);
    refuseMore(found, now);
    const backup = now.inputs === 0 ? null : await session.backUp(environment, writer.fence);
    dropGarbage(writer, now.old);
    const gone = deleteUnnamed(writer, store, session.options.signal);
    writer.transaction((tx) =>
      tx.append({
        type: 'LANDING_CLEANED',
        run_id: writer.runId,
        manifest_id: null,
        data: {
          by: session.identity,
          trace_id: session.trace.traceId,
          batches: now.batches,
          inputs: now.inputs,
          ...gone,
          backup,
        },
      }),
    );
    return { ...report, inputs: now.inputs, ...gone, outcome: 'cleaned', backup };
  } finally {
    writer.close();
  }
}

/** A run that ended between question and lease may have landed more: only what was shown was approved. */
function refuseMore(shown: LandingGarbage, now: LandingGarbage): void {
  if (now.inputs <= shown.inputs && now.files <= shown.files) return;
  throw new IngestError('E603', 'the landing store changed after what would go was shown', {
    kind: 'world',
    advice: 'Nothing was changed. Run again, and look at what is shown then.',
  });
}

/** Nothing ever prompts without a terminal. */
export async function approveCleaning(
  terminal: Terminal,
  signal: AbortSignal,
  found: LandingGarbage,
  flags: { readonly 'auto-approve': boolean; readonly json: boolean },
): Promise<boolean> {
  if (!flags.json) await terminal.out(renderGarbage(found, terminal.width));
  if (flags['auto-approve']) return true;
  return askApproval(terminal, signal, {
    question: 'Delete this?',
    unasked: {
      message: 'landed inputs would be deleted, and nobody to approve it',
      advice: 'Nothing was changed. Look at what is listed; if it is meant, add --auto-approve.',
    },
  });
}
