/** Prints what the retrieval checks found; why some could not be run goes to stderr. */
import type { CheckReport } from '../../domain/checks.js';
import { IngestError } from '../../domain/errors.js';
import { safeJson } from '../../report/escape.js';
import { renderChecks } from '../../report/render-checks.js';
import { renderError } from '../../report/render-error.js';
import type { Terminal } from './terminal.js';

/** `quiet` leaves out a text in which all is well. */
export async function printChecks(
  terminal: Terminal,
  report: CheckReport,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
): Promise<void> {
  const { style, errorStyle, width } = terminal;
  for (const { error } of report.checks) {
    if (error === null) continue;
    const shown = new IngestError(error.code, error.message, { kind: 'world', advice: error.advice });
    terminal.err(renderError(shown, { style: errorStyle, width, verbose: false }));
  }
  if (json) await terminal.out([safeJson(report)]);
  else if (!quiet || report.outcome === 'failed' || report.outcome === 'error') {
    await terminal.out(renderChecks(report, { style, width }));
  }
}
