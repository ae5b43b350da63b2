import { BaseCommand } from '../../cli/base-command.js';
import { serverStatus } from '../../cli/embedded-server.js';
import { EXIT } from '../../domain/results.js';
import { safeJson } from '../../report/escape.js';
import { renderServer } from '../../report/render-server.js';

export default class ServerStatus extends BaseCommand {
  static override summary = 'Show whether the embedded Chroma runs, where, and who uses it.';
  static override description = 'Only for `chroma: embedded`. Starts nothing.';
  static override examples = ['<%= config.bin %> server status --env dev'];

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(ServerStatus);
    const status = await serverStatus(this.openSession(flags));
    const { style, width } = this.terminal;
    await this.terminal.out(flags.json ? [safeJson(status)] : renderServer(status, { style, width }));
    return EXIT.ok;
  }
}
