/** The verbs that run again: say why this one and no other, then plan, show, ask and execute as apply does. */
import { Flags } from '@oclif/core';
import type { DesiredState } from '../../domain/manifest.js';
import type { PlanOptions } from '../../domain/plan.js';
import type { Timings } from '../../domain/ports/stopwatch.js';
import { plan } from '../../pipeline.js';
import { safe, safeJson } from '../../report/escape.js';
import { flowItems } from '../../report/flow-items.js';
import { planJson } from '../../report/plan-json.js';
import type { CommonFlags } from '../base-command.js';
import type { Interruption } from '../interruption.js';
import { nextCommand } from '../next-command.js';
import { printPlan } from '../output/print-plan.js';
import type { Terminal } from '../output/terminal.js';
import type { Session } from '../session/session.js';
import { approvePlan } from './approve-plan.js';
import { reportApply } from './report-apply.js';
import { runApply } from './run-apply.js';
import { writeSavedPlan } from './saved-plan.js';

export const againFlags = {
  'dry-run': Flags.boolean({ description: 'show the plan, and change nothing' }),
  out: Flags.string({
    helpValue: 'FILE',
    description: 'save the plan instead, to be applied as reviewed; .gz compresses',
  }),
  'auto-approve': Flags.boolean({ description: 'do not ask' }),
};

export interface AgainRequest {
  /** With its arguments, to run it again: `['backfill', '--source', 'tickets', ...]`. */
  readonly words: readonly [string, ...string[]];
  /** Why this verb, and what the others would do instead; a sentence each. */
  readonly why: readonly string[];
  readonly desired: DesiredState;
  readonly options: PlanOptions;
  readonly flags: CommonFlags & {
    readonly 'auto-approve': boolean;
    readonly 'dry-run': boolean;
    readonly out?: string | undefined;
  };
  /** More of what RUN_START says. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

export interface AgainPorts {
  readonly terminal: Terminal;
  readonly interruption: Interruption;
  readonly session: Session;
  readonly timings: () => Timings | undefined;
}

export async function runAgain(ports: AgainPorts, request: AgainRequest): Promise<number> {
  const { terminal, session } = ports;
  const { words, why, desired, flags } = request;
  const [verb] = words;
  if (flags.json) terminal.emit(safeJson({ type: 'verb', verb, why }));
  else if (!flags.quiet) {
    const { width } = terminal;
    await terminal.out(renderWhy(why, width));
  }
  if (flags['dry-run'] || flags.out !== undefined) return planOnly(ports, request);
  const answer = await runApply(session, {
    desired,
    options: request.options,
    saved: undefined,
    fsync: 'doc',
    command: words.join(' '),
    facts: { verb, why, ...request.facts },
    approve: (found, resume) =>
      approvePlan(terminal, ports.interruption.signal, found, resume, flags, undefined),
    onEvent: (event) => {
      if (flags.json) terminal.emit(safeJson(event));
    },
  });
  return reportApply(terminal, answer, desired.environment, flags, ports.timings(), words);
}

function* renderWhy(why: readonly string[], width: number): Generator<string> {
  for (const [i, sentence] of why.entries()) {
    yield* flowItems((i === 0 ? 'Why' : '').padEnd(10), safe(sentence).split(' '), ' ', width);
  }
}

/** Under no lease, and saved where that is asked for: then it is applied as it was reviewed. */
async function planOnly(
  { terminal, session, timings }: AgainPorts,
  { words, desired, options, flags }: AgainRequest,
): Promise<number> {
  const { environment } = desired;
  const state = await session.openReader(environment);
  const holder = await session.livingHolder(environment, state);
  const found = await plan(await session.planningPorts(environment, state, holder?.fence), desired, options);
  try {
    if (flags.out !== undefined) await writeSavedPlan(flags.out, planJson(found));
    const [verb, ...more] = words;
    const next =
      flags.out === undefined
        ? nextCommand(verb, environment, flags, more)
        : nextCommand(`apply ${flags.out}`, environment, flags);
    const shown = { ...flags, format: 'text', 'max-bytes': Number.MAX_SAFE_INTEGER, diff: false };
    await printPlan(terminal, found, shown, next, { timings: timings() });
    return 0;
  } finally {
    found.close();
  }
}
