import { Args } from '@oclif/core';
import { AgainCommand } from '../cli/run/again-command.js';
import { againFlags } from '../cli/run/run-again.js';
import { findRetry } from '../pipeline.js';

export default class Retry extends AgainCommand {
  static override summary = 'Repeat a run that did not end well, with its flags: plan, show, ask, execute.';
  static override description =
    'The same manifests and windows again, as they are declared now. What was confirmed is not done again, so doing it twice changes nothing. Without RUN it is the last run that did not end well.';
  static override examples = [
    '<%= config.bin %> retry --env prod --dry-run',
    '<%= config.bin %> retry 01M81PZG --env prod --auto-approve',
  ];
  static override args = { run: Args.string({ description: 'id of the run, or its beginning' }) };
  static override flags = { ...againFlags };

  protected async execute(): Promise<number> {
    const { flags, args } = await this.parse(Retry);
    const session = this.openSession(flags);
    const loaded = await session.loadDesired();
    const state = await session.openReader(loaded.environment);
    const { run, options, desired, why } = findRetry(state, loaded, args.run);
    return this.again(session, {
      words: ['retry', run.run_id],
      why,
      desired,
      options,
      flags,
      facts: { retry_of: run.run_id },
    });
  }
}
