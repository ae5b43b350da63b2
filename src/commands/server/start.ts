import { BaseCommand } from '../../cli/base-command.js';
import { embeddedStateDir } from '../../cli/server-environment.js';
import { userCacheDir } from '../../cli/session.js';
import { EXIT } from '../../domain/results.js';
import { renderServer } from '../../report/render-server.js';

export default class ServerStart extends BaseCommand {
  static override summary = 'Start the embedded Chroma and keep it running until `server stop`.';
  static override examples = ['<%= config.bin %> server start --env dev'];

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(ServerStart);
    const session = this.openSession(flags);
    const stateDir = await embeddedStateDir(session);
    const { startEmbedded } = await import('../../live/start-embedded.js');
    const status = await startEmbedded({
      stateDir,
      cacheDir: userCacheDir(),
      env: process.env,
      clock: this.clock,
      signal: this.interruption.signal,
      onNote: (message) => this.onProgress({ type: 'note', message }),
    });
    const { style, width } = this.terminal;
    await this.terminal.out(flags.json ? [JSON.stringify(status)] : renderServer(status, { style, width }));
    return EXIT.ok;
  }
}
