import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { printSmoke, SMOKE_FORMATS } from '../cli/output/print-smoke.js';
import { writeBuiltinProject } from '../cli/smoke/builtin-project.js';
import { removeFolder } from '../cli/smoke/remove-folder.js';
import { runSmoke } from '../cli/smoke/run-smoke.js';
import { EXIT } from '../domain/results.js';

export default class Smoke extends BaseCommand {
  static override summary = 'Try the whole way on a sample, and leave nothing behind.';
  static override description =
    'Before a first apply in production, and after an upgrade: takes some documents of every declared source through the declared gate, model and Chroma into a collection of its own with a temporary state; applies, applies again (nothing may change), verifies every record, asks for each document, checks the evidence of the run, destroys, and looks that nothing is left. Neither the recorded state nor the declared collection is touched. A provider that costs money is paid for the sample. Exits 1 when a step fails.';
  static override examples = [
    '<%= config.bin %> smoke --env prod',
    '<%= config.bin %> smoke --env prod --sample 5 --format markdown --out smoke.md',
    '<%= config.bin %> smoke --builtin',
  ];
  static override flags = {
    sample: Flags.integer({
      default: 20,
      min: 1,
      max: 1000,
      helpValue: 'N',
      description: 'documents of each source',
    }),
    k: Flags.integer({
      default: 10,
      min: 1,
      max: 100,
      helpValue: 'K',
      description: 'nearest chunks among which a document must be found by its own text',
    }),
    builtin: Flags.boolean({
      description:
        'three built-in documents, model and Chroma: is this installation sound? Needs no manifest, no network',
    }),
    format: Flags.option({
      options: SMOKE_FORMATS,
      default: 'text' as const,
      description: 'how to print it',
    })(),
    out: Flags.string({ helpValue: 'FILE', description: 'write it to a file, whole or not at all' }),
  };

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Smoke);
    const folder = mkdtempSync(join(tmpdir(), 'ingest-smoke-'));
    const declared = flags.builtin ? { file: [writeBuiltinProject(folder)], env: undefined } : flags;
    const outer = this.openSession({ ...flags, ...declared, state: join(folder, 'state') });
    this.interruption.finishRequests(() =>
      this.terminal.err(['Taking away what was made. Ctrl-C again stops now.']),
    );
    const options = { ...outer.options, onProgress: () => {} };
    const { Session } = await import('../cli/session/session.js');
    const found = await runSmoke({
      open: (signal) => new Session({ ...options, signal }),
      signal: this.interruption.signal,
      sample: flags.sample,
      k: flags.k,
      removeFolder: (desired) => removeFolder(folder, desired, outer),
      onStep: (name) => this.onProgress({ type: 'note', message: `smoke: ${name}` }),
    });
    await printSmoke(this.terminal, found, { format: flags.json ? 'json' : flags.format, out: flags.out });
    if (found.outcome === 'interrupted') return EXIT.interrupted;
    return found.outcome === 'passed' ? EXIT.ok : EXIT.error;
  }
}
