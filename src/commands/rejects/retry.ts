import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { approvePlan } from '../../cli/run/approve-plan.js';
import { chooseRefused } from '../../cli/run/choose-refused.js';
import { planOptions, verifyFlag } from '../../cli/run/plan-flags.js';
import { refusedFlags } from '../../cli/run/refused-flags.js';
import { noChangesAnswer, reportApply } from '../../cli/run/report-apply.js';
import { runApply } from '../../cli/run/run-apply.js';
import { refusedDocuments } from '../../pipeline.js';
import { safeJson } from '../../report/escape.js';
import { renderRetry } from '../../report/rejects/render-retry.js';

export default class RejectsRetry extends BaseCommand {
  static override summary = 'Judge again what is refused, after a repair, and index what passes now.';
  static override description =
    'A plan of the refused documents alone, shown and approved as that of apply, which would do everything else as well. What is refused still stays known: it is no news, and running it twice changes nothing.';
  static override examples = [
    '<%= config.bin %> rejects retry --env prod',
    "<%= config.bin %> rejects retry 'handbook/faq/**' --env prod --auto-approve",
  ];
  static override args = { uri: Args.string({ description: 'only those whose uri matches this glob' }) };
  static override flags = {
    ...refusedFlags,
    verify: verifyFlag,
    'auto-approve': Flags.boolean({ description: 'do not ask' }),
  };

  protected override readonly needsStateFolder = true;

  protected async execute(): Promise<number> {
    const { flags, args } = await this.parse(RejectsRetry);
    const session = this.openSession(flags);
    const desired = await session.loadDesired();
    const { environment } = desired;
    const state = await session.openReader(environment);
    const found = refusedDocuments(state, environment, { ...flags, glob: args.uri });
    const chosen = chooseRefused(found, planOptions({}, flags.verify));
    state.close();
    if (!flags.json && !flags.quiet) await this.terminal.out(renderRetry(chosen, this.terminal.width));
    const command = ['rejects retry', ...(args.uri === undefined ? [] : [args.uri])] as const;
    if (chosen.documents === 0) {
      return reportApply(this.terminal, noChangesAnswer(environment), environment, flags, undefined, command);
    }
    const answer = await runApply(session, {
      desired,
      options: chosen.options,
      saved: undefined,
      fsync: 'doc',
      command: 'rejects retry',
      approve: (plan, resume) =>
        approvePlan(this.terminal, this.interruption.signal, plan, resume, flags, undefined),
      onEvent: (event) => {
        if (flags.json) this.terminal.emit(safeJson(event));
      },
    });
    return reportApply(this.terminal, answer, environment, flags, undefined, command);
  }
}
