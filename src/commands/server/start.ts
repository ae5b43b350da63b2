import { BaseCommand } from '../../cli/base-command.js';
import { startServer } from '../../cli/embedded-server.js';
import { EXIT } from '../../domain/results.js';
import { safeJson } from '../../report/escape.js';
import { renderServer } from '../../report/render-server.js';

export default class ServerStart extends BaseCommand {
  static override summary = 'Start the embedded Chroma and keep it running until `server stop`.';
  static override description =
    'Only for `chroma: embedded`. Other commands start one by themselves when they need it, and it stops after them; this one stays.';
  static override examples = ['<%= config.bin %> server start --env dev'];

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(ServerStart);
    const status = await startServer(this.openSession(flags));
    const { style, width } = this.terminal;
    await this.terminal.out(flags.json ? [safeJson(status)] : renderServer(status, { style, width }));
    return EXIT.ok;
  }
}
