/** What the verbs that run again have in common as commands. */
import { BaseCommand } from '../base-command.js';
import type { Session } from '../session/session.js';
import { type AgainRequest, runAgain } from './run-again.js';

export abstract class AgainCommand extends BaseCommand {
  protected override readonly needsStateFolder = true;

  protected again(session: Session, request: AgainRequest): Promise<number> {
    const { terminal, interruption } = this;
    return runAgain({ terminal, interruption, session, timings: () => this.measured?.timings() }, request);
  }
}
