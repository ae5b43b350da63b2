import type { ResumeReport } from '../domain/results.js';
import { safe } from './escape.js';
import { flowItems } from './flow-items.js';
import { shortRun } from './layout.js';

/** First line of an apply: what a resume found, in the journal's own field names. */
export function* renderResume(report: ResumeReport, options: { readonly width: number }): Generator<string> {
  const head = [
    `run ${safe(shortRun(report.run_id))}`,
    `resume_active=${report.resume_active} (${safe(report.resume_reason)})`,
  ];
  const fsync = `fsync=${safe(report.fsync)}`;
  const found = report.resume_active
    ? [
        `journal_version=${report.journal_version}`,
        `done_docs=${report.done_docs}`,
        `committed_batches=${report.committed_batches}`,
        `chunks_upserted_total=${report.chunks_upserted_total}`,
        `open_intents=${report.open_intents}`,
        ...(report.confirmed_intents > 0 ? [`confirmed_intents=${report.confirmed_intents}`] : []),
      ]
    : [];
  yield* flowItems('', [...head, ...found, fsync], '   ', options.width);
}
