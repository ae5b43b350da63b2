import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { nextCommand } from '../../cli/next-command.js';
import { rebuildState } from '../../cli/state/rebuild-state.js';
import { EXIT } from '../../domain/results.js';
import { safeJson } from '../../report/escape.js';
import { renderRebuild } from '../../report/state/render-rebuild.js';

export default class StateRebuild extends BaseCommand {
  static override summary = 'Put a lost recorded state together again, from the live collections alone.';
  static override description =
    'Reads every record of the collections of the loaded manifests and checks it against its own checksums. Chroma is not changed. A document that is there in part is finished by the next apply; what live cannot tell is listed. Refused over a state that records something, unless --force says so; that one is backed up first.';
  static override examples = [
    '<%= config.bin %> state rebuild --env prod',
    '<%= config.bin %> state rebuild --env prod --force',
  ];
  static override flags = {
    force: Flags.boolean({ description: 'also over a state that records something' }),
  };

  protected override readonly needsStateFolder = true;

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(StateRebuild);
    const session = this.openSession(flags);
    const desired = await session.loadDesired({ inputs: false });
    const report = await rebuildState(session, desired, flags);
    const { style, width } = this.terminal;
    const { environment } = desired;
    const next = nextCommand('plan', environment, flags);
    const file = session.stateFile(environment);
    await this.terminal.out(
      flags.json ? [safeJson(report)] : renderRebuild(report, { style, width, next, file }),
    );
    return EXIT.ok;
  }
}
