import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { nextCommand } from '../../cli/next-command.js';
import { approveUnlock } from '../../cli/state/approve-unlock.js';
import { unlockState } from '../../cli/state/unlock-state.js';
import { EXIT } from '../../domain/results.js';
import { safeJson } from '../../report/escape.js';
import { renderUnlock } from '../../report/render-unlock.js';

export default class StateUnlock extends BaseCommand {
  static override summary =
    'Take the lease from a run that cannot give it back. Refused while that run is alive.';
  static override description =
    'Shows who holds the lease, since when, and what is known of that process. Not needed after a crash: the next apply takes over by itself once the heartbeat has stood still for 30 s.';
  static override examples = [
    '<%= config.bin %> state unlock --env prod',
    '<%= config.bin %> state unlock --env prod --force 01KB7R2FZ5M8Q0N3V6X9C2D4EA',
  ];
  static override flags = {
    force: Flags.string({
      helpValue: 'RUN_ID',
      description: 'fence this run off although it is alive',
    }),
    'auto-approve': Flags.boolean({ description: 'do not ask' }),
  };

  protected override readonly needsStateFolder = true;

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(StateUnlock);
    const session = this.openSession(flags);
    const { environment } = await session.loadDesired({ inputs: false });
    const report = await unlockState(session, {
      environment,
      force: flags.force,
      approve: (holder) => approveUnlock(this.terminal, this.interruption.signal, holder, flags),
    });
    const { style, width } = this.terminal;
    const next = nextCommand('apply', environment, flags);
    await this.terminal.out(
      flags.json
        ? [safeJson(report)]
        : renderUnlock(report, { style, width, next, file: session.stateFile(environment) }),
    );
    return report.outcome === 'declined' ? EXIT.error : EXIT.ok;
  }
}
