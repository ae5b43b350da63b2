/** Prints a drift report in the format that was asked for. */
import type { DriftReport } from '../../domain/drift-report.js';
import { IngestError } from '../../domain/errors.js';
import { renderDriftJunit } from '../../report/drift/drift-junit.js';
import { renderDriftMarkdown } from '../../report/drift/drift-markdown.js';
import { renderDriftPrometheus } from '../../report/drift/drift-prometheus.js';
import { type RenderDriftOptions, renderDrift } from '../../report/drift/render-drift.js';
import { safeJson } from '../../report/escape.js';
import { renderError } from '../../report/render-error.js';
import type { Terminal } from './terminal.js';

export const DRIFT_FORMATS = ['text', 'json', 'markdown', 'prometheus', 'junit'] as const;
export type DriftFormat = (typeof DRIFT_FORMATS)[number];

type Render = (report: DriftReport, options: RenderDriftOptions) => Iterable<string>;

const RENDER: Readonly<Record<DriftFormat, Render>> = {
  text: renderDrift,
  json: (report) => [safeJson(report)],
  markdown: (report, { next }) => renderDriftMarkdown(report, next),
  prometheus: renderDriftPrometheus,
  junit: renderDriftJunit,
};

/** `quiet` leaves out a clean text; programs always get the whole. */
export async function printDrift(
  terminal: Terminal,
  report: DriftReport,
  { format, quiet, next }: { readonly format: DriftFormat; readonly quiet: boolean; readonly next: string },
): Promise<void> {
  const { style, errorStyle, width } = terminal;
  for (const { error } of report.indexes) {
    if (error === null) continue;
    const { code, message, advice } = error;
    const shown = new IngestError(code, message, { kind: 'world', advice });
    terminal.err(renderError(shown, { style: errorStyle, width, verbose: false }));
  }
  if (quiet && format === 'text' && !report.drift && !report.unknown) return;
  await terminal.out(RENDER[format](report, { style, width, next }));
}
