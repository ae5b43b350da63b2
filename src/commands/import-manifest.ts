import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { importFile } from '../cli/import-file.js';
import { EXIT } from '../domain/results.js';
import { safeJson } from '../report/escape.js';
import { renderImport } from '../report/render-import.js';

export default class ImportManifest extends BaseCommand {
  static override summary = "Turn a source_manifest_v1 (JSON) into a manifest of ingest's own.";
  static override description =
    'Checks it by its schema and rules, all faults at once; opens every file that it names and compares checksums and sizes; and says of every field whether it was mapped, kept as metadata or not carried over, and why. The manifest goes to stdout, or to --out. Exit 5: written, but some asset is missing, is not what was declared, or cannot be imported.';
  static override examples = [
    '<%= config.bin %> import-manifest course/manifest-help_center-20261101-001.json --out desired/help-center.yaml',
    '<%= config.bin %> import-manifest manifest.json --json',
  ];
  static override args = {
    file: Args.string({ required: true, description: 'the JSON file of their manifest' }),
  };
  static override flags = {
    out: Flags.string({
      helpValue: 'FILE',
      description: 'write the manifest here; paths in it are relative to it',
    }),
    force: Flags.boolean({ description: 'write over another manifest that is there' }),
  };

  protected async execute(): Promise<number> {
    const { args, flags } = await this.parse(ImportManifest);
    const { text, report } = await importFile({ file: args.file, out: flags.out, force: flags.force });
    if (flags.json) await this.terminal.out([safeJson({ ...report, manifest: text })]);
    else if (flags.out === undefined) await this.terminal.out([text.trimEnd()]);
    if (!flags.json && !flags.quiet) {
      this.terminal.err(renderImport(report, { style: this.terminal.errorStyle }));
    }
    return report.outcome === 'partial' ? EXIT.partial : EXIT.ok;
  }
}
