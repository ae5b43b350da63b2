import { BaseCommand } from '../cli/base-command.js';
import { printChecks } from '../cli/output/print-checks.js';
import { EXIT } from '../domain/results.js';
import { check } from '../pipeline.js';

export default class Check extends BaseCommand {
  static override summary = "Ask the manifest's retrieval checks of the live index. Exits 5 when they fail.";
  static override description =
    'Each query of `checks` is embedded and asked as a searcher asks it; the documents or the text that it names must be among the nearest chunks. Shows ranks, recall and mrr, and what changed since the last apply that ran them. Changes nothing and records nothing. Exit 1 when a query could not be embedded or asked: then nothing is known. apply runs the same checks.';
  static override examples = [
    '<%= config.bin %> check --env prod',
    '<%= config.bin %> check --env prod --json',
  ];

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Check);
    const session = this.openSession(flags);
    const desired = await session.loadDesired({ inputs: false });
    const state = await session.openReader(desired.environment);
    const ports = await session.planningPorts(desired.environment, state, undefined);
    const asked = await check(ports, (manifest) => session.embedder(manifest, undefined), desired);
    const report = { ...asked, trace_id: session.trace.traceId };
    await printChecks(this.terminal, report, flags);
    if (report.outcome === 'error') return EXIT.error;
    return report.outcome === 'failed' ? EXIT.partial : EXIT.ok;
  }
}
