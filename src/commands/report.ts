import { extname } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { nextCommand } from '../cli/next-command.js';
import { printRunReport, REPORT_FORMATS, type ReportFormat } from '../cli/output/print-run-report.js';
import { EXIT } from '../domain/results.js';
import { report } from '../pipeline.js';

const FORMAT_OF: Readonly<Record<string, ReportFormat>> = {
  '.html': 'html',
  '.htm': 'html',
  '.md': 'markdown',
  '.json': 'json',
};

export default class Report extends BaseCommand {
  static override summary = 'The evidence of one run: what went in, what came of it, what to do.';
  static override description =
    'Says what was declared, accepted, skipped, rejected, withheld and failed, and why; whether counts and checksums agree; coverage, durations, tokens, cost, warnings and checks; whether others may build on the index; and the next action. Made from the journal of that run alone: an old run is reported in the same words whatever happened since, and one that was killed has a report, too. Always exits 0.';
  static override examples = [
    '<%= config.bin %> report --env prod',
    '<%= config.bin %> report 01KB7Q4M --env prod --format markdown',
    '<%= config.bin %> report --env prod --out run.html',
  ];
  static override args = {
    run: Args.string({ description: 'id or unambiguous prefix; the last run when not given' }),
  };
  static override flags = {
    format: Flags.option({
      options: REPORT_FORMATS,
      description: 'how to print it; else as the name of --out says (.html, .md, .json), else text',
    })(),
    out: Flags.string({ helpValue: 'FILE', description: 'write it to a file, whole or not at all' }),
  };

  protected override readonly needsStateFolder = true;

  protected async execute(): Promise<number> {
    const { flags, args } = await this.parse(Report);
    const session = this.openSession(flags);
    // Evidence is read whatever became of the manifests, once it is said of which environment.
    const environment =
      flags.env ?? (await session.loadDesired({ models: false, inputs: false })).environment;
    const state = await session.openReader(environment);
    const holder = await session.livingHolder(environment, state);
    const found = report(state, environment, { run: args.run, running: holder?.run_id });
    const [verb, ...words] = found.verdict.command;
    const named = flags.out === undefined ? undefined : FORMAT_OF[extname(flags.out).toLowerCase()];
    await printRunReport(this.terminal, found, {
      format: flags.json ? 'json' : (flags.format ?? named ?? 'text'),
      out: flags.out,
      next: verb === undefined ? '' : nextCommand(verb, environment, flags, words),
      verbose: flags.verbose,
    });
    return EXIT.ok;
  }
}
