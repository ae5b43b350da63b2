/** Prints a smoke report in the format that was asked for, or writes it to a file. */
import type { SmokeReport } from '../../domain/smoke.js';
import { safeJson } from '../../report/escape.js';
import { renderSmoke } from '../../report/smoke/render-smoke.js';
import { renderSmokeMarkdown } from '../../report/smoke/smoke-markdown.js';
import { plainStyle } from '../../report/style.js';
import { writeLines } from '../run/saved-plan.js';
import type { Terminal } from './terminal.js';

export const SMOKE_FORMATS = ['text', 'json', 'markdown'] as const;

export async function printSmoke(
  { out: print, style, width }: Terminal,
  report: SmokeReport,
  { format, out }: { readonly format: (typeof SMOKE_FORMATS)[number]; readonly out: string | undefined },
): Promise<void> {
  const options = out === undefined ? { style, width } : { style: plainStyle, width: 100 };
  const lines =
    format === 'json'
      ? [safeJson(report)]
      : format === 'markdown'
        ? renderSmokeMarkdown(report)
        : renderSmoke(report, options);
  if (out === undefined) await print(lines);
  else await writeLines(out, lines);
}
