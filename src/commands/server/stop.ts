import { BaseCommand } from '../../cli/base-command.js';
import { stopServer } from '../../cli/embedded-server.js';
import { EXIT } from '../../domain/results.js';
import { safeJson } from '../../report/escape.js';
import { renderServer } from '../../report/render-server.js';

export default class ServerStop extends BaseCommand {
  static override summary = 'Stop the embedded Chroma gently: after the commands that use it have ended.';
  static override description = 'Only for `chroma: embedded`. A command that is using it is not cut off.';
  static override examples = ['<%= config.bin %> server stop --env dev'];

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(ServerStop);
    const status = await stopServer(this.openSession(flags));
    const { style, width } = this.terminal;
    await this.terminal.out(flags.json ? [safeJson(status)] : renderServer(status, { style, width }));
    return EXIT.ok;
  }
}
