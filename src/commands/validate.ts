import { BaseCommand } from '../cli/base-command.js';
import { validateDocuments } from '../cli/validate/validate-documents.js';
import { EXIT } from '../domain/results.js';
import { safeJson } from '../report/escape.js';

export default class Validate extends BaseCommand {
  static override summary =
    'Check manifests, contracts and every document against them. Needs no Chroma and no key.';
  static override description =
    'Every fault in every manifest at once, with file, line and advice. Then each document is read and checked by the contract of its source.';
  static override examples = [
    '<%= config.bin %> validate',
    '<%= config.bin %> validate -f desired/support.yaml --env prod',
  ];

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Validate);
    const session = this.openSession(flags);
    const states = flags.env === undefined ? await session.validateAll() : [await session.loadDesired()];
    for (const warning of states.flatMap((state) => state.warnings)) this.warnOnce(warning);
    const report = await validateDocuments(session, states, (event) => this.onProgress(event));
    if (flags.json) await this.terminal.out([safeJson(report)]);
    else await this.terminal.out(report.lines(this.terminal.style));
    return report.rejected + report.quarantined + report.unreadable > 0 ? EXIT.error : EXIT.ok;
  }
}
