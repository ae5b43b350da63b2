/** Prints a plan in the format that was asked for; `plan` and `show` alike. */
import { Flags } from '@oclif/core';
import type { Plan } from '../../domain/plan.js';
import type { Timings } from '../../domain/ports/stopwatch.js';
import type { WhatIfReport } from '../../domain/what-if.js';
import { MIN_BYTES, renderPlanMarkdown } from '../../report/markdown/render-plan-markdown.js';
import { planJson } from '../../report/plan-json.js';
import { renderPlan } from '../../report/render-plan.js';
import { renderWhatIf } from '../../report/render-what-if.js';
import { withoutText } from '../../report/text-diff/plan-text.js';
import type { Terminal } from './terminal.js';

export const formatFlags = {
  format: Flags.string({
    options: ['text', 'json', 'markdown'],
    default: 'text',
    description: 'how to print it; markdown is a pull-request comment',
  }),
  'max-bytes': Flags.integer({
    default: 60_000,
    min: MIN_BYTES,
    helpValue: 'N',
    description: 'of --format markdown: cut between rows, what is dangerous first',
  }),
  diff: Flags.boolean({ description: 'show the text that changes, old from Chroma; it may be confidential' }),
};

export interface PrintFlags {
  readonly json: boolean;
  readonly format: string;
  readonly 'max-bytes': number;
  readonly verbose: boolean;
  readonly diff: boolean;
}

/** Of this run, which no saved plan has. */
interface PrintedBeside {
  readonly timings?: Timings | undefined;
  readonly whatIf?: WhatIfReport | undefined;
}

/** `next`: the command to run with it. */
export async function printPlan(
  { out, style, width }: Terminal,
  whole: Plan,
  flags: PrintFlags,
  next: string,
  { timings, whatIf }: PrintedBeside = {},
): Promise<void> {
  const { diff, verbose } = flags;
  const plan = diff ? whole : withoutText(whole);
  if (flags.json || flags.format === 'json') await out(planJson(plan, { timings, what_if: whatIf }));
  else if (flags.format === 'markdown')
    await out(renderPlanMarkdown(plan, { maxBytes: flags['max-bytes'], diff }));
  else await out(renderPlan(plan, { style, width, verbose, diff, next }));
  if (whatIf !== undefined && !flags.json && flags.format === 'text') {
    await out(renderWhatIf(whatIf, { style, width }));
  }
}
