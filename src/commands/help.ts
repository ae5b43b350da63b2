import { Args, Command, loadHelpClass } from '@oclif/core';

export default class HelpCommand extends Command {
  static override summary = 'Show what a command does, its flags and examples.';
  static override description = 'The same as --help behind the command. Without a command: all of them.';
  static override examples = ['<%= config.bin %> help plan', '<%= config.bin %> help state unlock'];
  static override args = { command: Args.string({ description: 'the command, in one word or several' }) };
  /** A command may be several words. */
  static override strict = false;

  override async run(): Promise<void> {
    const { argv } = await this.parse(HelpCommand);
    const Help = await loadHelpClass(this.config);
    await new Help(this.config).showHelp(argv as string[]);
  }
}
