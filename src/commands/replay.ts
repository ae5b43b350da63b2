import { Args } from '@oclif/core';
import { nextCommand } from '../cli/next-command.js';
import { AgainCommand } from '../cli/run/again-command.js';
import { chooseBatch } from '../cli/run/choose-batch.js';
import { planOptions, verifyFlag } from '../cli/run/plan-flags.js';
import { againFlags } from '../cli/run/run-again.js';
import type { BatchList } from '../domain/batches.js';
import { EXIT } from '../domain/results.js';
import { recordedBatches } from '../pipeline.js';
import { safeJson } from '../report/escape.js';
import { shortSum } from '../report/layout.js';
import { renderBatches } from '../report/render-batches.js';

export default class Replay extends AgainCommand {
  static override summary = 'Apply a past input again, from the landing store: plan, show, ask, execute.';
  static override description =
    'Takes what was landed of one batch, and no source. It moves no cursor, deletes nothing and never overwrites a newer version, so doing it twice changes nothing. It also mends from the landing store what live lost of any recorded document. Without a BATCH it lists them.';
  static override examples = [
    '<%= config.bin %> replay --env prod',
    '<%= config.bin %> replay 9f3c11d0 --env prod --dry-run',
    '<%= config.bin %> replay 9f3c11d0 --env prod --auto-approve',
  ];
  static override args = {
    batch: Args.string({ description: 'which input, by any unambiguous beginning of its id' }),
  };
  static override flags = { verify: verifyFlag, ...againFlags };

  protected async execute(): Promise<number> {
    const { flags, args } = await this.parse(Replay);
    const session = this.openSession(flags);
    const loaded = await session.loadDesired({ inputs: false });
    const { environment } = loaded;
    const state = await session.openReader(environment);
    const batches = recordedBatches(
      state,
      loaded.manifests.map(({ manifest_id }) => manifest_id),
    );
    state.close();
    if (args.batch === undefined) {
      const list: BatchList = { type: 'batches', environment, batches };
      const { style, width } = this.terminal;
      const next = nextCommand('replay BATCH', environment, flags);
      await this.terminal.out(flags.json ? [safeJson(list)] : renderBatches(batches, { style, width, next }));
      return EXIT.ok;
    }
    const { batch_id, manifest_id } = chooseBatch(batches, args.batch);
    return this.again(session, {
      words: ['replay', shortSum(batch_id)],
      why: [
        `a replay takes batch ${shortSum(batch_id)} as it was landed, whatever its sources have now. It moves no cursor and overwrites nothing newer.`,
        'apply would read the sources as they are now; retry repeats a run that failed; backfill reads a past window from the source.',
      ],
      desired: {
        ...loaded,
        manifests: loaded.manifests.filter((one) => one.manifest_id === manifest_id),
      },
      options: { ...planOptions({}, flags.verify), input: { verb: 'replay', batch_id } },
      flags,
    });
  }
}
