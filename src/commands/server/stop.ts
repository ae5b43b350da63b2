import { BaseCommand } from '../../cli/base-command.js';
import { embeddedStateDir } from '../../cli/server-environment.js';
import { EXIT } from '../../domain/results.js';
import { renderServer } from '../../report/render-server.js';

export default class ServerStop extends BaseCommand {
  static override summary = 'Stop the embedded Chroma gently: after the commands that use it have ended.';
  static override examples = ['<%= config.bin %> server stop --env dev'];

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(ServerStop);
    const session = this.openSession(flags);
    const stateDir = await embeddedStateDir(session);
    const { stopServer } = await import('../../live/embedded/control.js');
    const status = await stopServer(stateDir, { clock: this.clock, signal: this.interruption.signal });
    const { style, width } = this.terminal;
    await this.terminal.out(flags.json ? [JSON.stringify(status)] : renderServer(status, { style, width }));
    return EXIT.ok;
  }
}
