/** Prints the report of a run in the format that was asked for, or writes it to a file. */
import type { RunReport } from '../../domain/run-report.js';
import { safeJson } from '../../report/escape.js';
import { type RunReportOptions, renderRunReport } from '../../report/run/run-report-text.js';
import type { Terminal } from './terminal.js';

export const REPORT_FORMATS = ['text', 'json', 'markdown', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

type Render = (report: RunReport, options: RunReportOptions) => Iterable<string> | Promise<Iterable<string>>;

const RENDER: Readonly<Record<ReportFormat, Render>> = {
  text: renderRunReport,
  json: (report) => [safeJson(report)],
  markdown: async (report, { next }) => {
    const { renderRunMarkdown } = await import('../../report/run/run-report-markdown.js');
    return renderRunMarkdown(report, next);
  },
  html: async (report, { next }) => {
    const { renderRunHtml } = await import('../../report/run/page/run-report-html.js');
    return renderRunHtml(report, next);
  },
};

export interface PrintRunReportOptions {
  readonly format: ReportFormat;
  /** Undefined: to stdout. */
  readonly out: string | undefined;
  readonly next: string;
  readonly verbose: boolean;
}

export async function printRunReport(
  terminal: Terminal,
  report: RunReport,
  { format, out, next, verbose }: PrintRunReportOptions,
): Promise<void> {
  const { plainStyle } = await import('../../report/style.js');
  // A file is for others: no colours, and no wider than a page.
  const style = out === undefined ? terminal.style : plainStyle;
  const width = out === undefined ? terminal.width : 100;
  const lines = await RENDER[format](report, { style, width, verbose, next });
  if (out === undefined) return terminal.out(lines);
  const { writeLines } = await import('../run/saved-plan.js');
  await writeLines(out, lines);
}
