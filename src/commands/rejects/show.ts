import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { nextCommand } from '../../cli/next-command.js';
import { EXIT } from '../../domain/results.js';
import { refusedDocument } from '../../pipeline.js';
import { safeJson } from '../../report/escape.js';
import { renderReject } from '../../report/rejects/render-reject.js';

export default class RejectsShow extends BaseCommand {
  static override summary = 'Why one document is refused, what the gate says of it now, and what to do.';
  static override description =
    'All reasons, the content and the rules that were judged, the first and the last run that did; then the source is asked and the document judged as it is now. Changes nothing.';
  static override examples = [
    '<%= config.bin %> rejects show handbook/faq/pricing.md --env prod',
    '<%= config.bin %> rejects show tickets/TKT-20260101-000042 --env prod --json',
  ];
  static override args = {
    uri: Args.string({ required: true, description: 'uri of the document, as rejects lists it' }),
  };

  protected async execute(): Promise<number> {
    const { flags, args } = await this.parse(RejectsShow);
    const session = this.openSession(flags);
    const desired = await session.loadDesired();
    const state = await session.openReader(desired.environment);
    const ports = await session.planningPorts(desired.environment, state, undefined);
    const found = await refusedDocument(ports, desired, args.uri);
    const [verb, ...words] = found.next ?? [];
    const next = verb === undefined ? null : nextCommand(verb, desired.environment, flags, words);
    const { style, width } = this.terminal;
    await this.terminal.out(flags.json ? [safeJson(found)] : renderReject(found, { style, width, next }));
    return EXIT.ok;
  }
}
