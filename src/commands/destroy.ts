import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { approveDestroy } from '../cli/run/approve-destroy.js';
import { chooseDoomed } from '../cli/run/choose-doomed.js';
import { indexFlag, planOptions } from '../cli/run/plan-flags.js';
import { noChangesAnswer, reportApply } from '../cli/run/report-apply.js';
import { runApply } from '../cli/run/run-apply.js';
import { safeJson } from '../report/escape.js';

export default class Destroy extends BaseCommand {
  static override summary =
    'Delete all that one manifest owns: its records, its collections, its recorded rows.';
  static override description =
    'Shows the plan and asks for the manifest id. Records of other manifests and of other tools stay, and so does a collection that holds any. Interrupt it at any time and run it again. Refused while the index is protected (prevent_destroy). The sources, the embedding cache and the journal stay: apply builds the index again. See it before: plan --destroy.';
  static override examples = [
    '<%= config.bin %> destroy --env staging',
    '<%= config.bin %> destroy --env prod --index support-docs',
    '<%= config.bin %> destroy --env preview --auto-approve --json',
  ];
  static override flags = {
    index: indexFlag,
    'auto-approve': Flags.boolean({ description: 'do not ask' }),
  };

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Destroy);
    const session = this.openSession(flags);
    const desired = await chooseDoomed(session, flags.index);
    const id = desired.manifests[0]?.manifest_id;
    const answer =
      id === undefined
        ? noChangesAnswer(desired.environment)
        : await runApply(session, {
            desired,
            options: planOptions({}, 'ids', true),
            saved: undefined,
            fsync: 'doc',
            command: 'destroy',
            approve: (plan) => approveDestroy(this.terminal, this.interruption.signal, plan, flags),
            onEvent: (event) => {
              if (flags.json) this.terminal.emit(safeJson(event));
            },
          });
    if (id === undefined && !flags.json) await this.terminal.out(['Nothing to destroy.']);
    const again = ['destroy', '--index', id ?? ''] as const;
    return reportApply(this.terminal, answer, desired.environment, flags, undefined, again);
  }
}
