import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { nextCommand } from '../cli/next-command.js';
import { EXIT } from '../domain/results.js';
import { diagnose } from '../pipeline.js';
import { safeJson } from '../report/escape.js';
import { renderDiagnosis } from '../report/render-diagnosis.js';

export default class Diagnose extends BaseCommand {
  static override summary =
    'What happened to one document or record, what is wrong with it, and what mends it.';
  static override description =
    'Manifest, source and gate; the run that wrote it; checkpoint; each of its records in Chroma, with text, metadata and vector; the incident (none, gap, duplicate, mismatch, no-trace) and the command that mends it; then its history from the journal. Changes nothing. Exit 0 when nothing is wrong, 2 on an incident, 1 when live is unknown.';
  static override examples = [
    '<%= config.bin %> diagnose docs/guide.md --env prod',
    '<%= config.bin %> diagnose 6f0c21d9 --env prod --json',
  ];
  static override args = {
    subject: Args.string({
      required: true,
      description: 'uri of a document as plan shows it, or id of a record or its beginning',
    }),
  };

  protected async execute(): Promise<number> {
    const { flags, args } = await this.parse(Diagnose);
    const session = this.openSession(flags);
    const desired = await session.loadDesired();
    const state = await session.openReader(desired.environment);
    const ports = await session.planningPorts(desired.environment, state, undefined);
    const mend = ([command = '', ...more]: readonly string[]): string =>
      nextCommand(command, desired.environment, flags, more);
    const found = await diagnose(ports, desired, args.subject, mend);
    const { style, width } = this.terminal;
    await this.terminal.out(flags.json ? [safeJson(found)] : renderDiagnosis(found, { style, width }));
    if (found.coverage.live === 'unknown') return EXIT.error;
    return found.incident === 'none' ? EXIT.ok : EXIT.changes;
  }
}
