/** Rounds of a seed, one after the other, and what came of them. */
import { cpSync } from 'node:fs';
import { Corpus } from './corpus.js';
import { seeded } from './random.js';
import { SoakRig } from './rig.js';
import { changeOnly, type RoundReport, runRound } from './round.js';

export interface SoakOptions {
  readonly seed: number;
  readonly rounds: number;
  /** The first round; those before only change the documents. Default 1. */
  readonly from?: number;
  /** Records that the corpus keeps to. Default 3,600. */
  readonly records?: number;
  /** Where the workspace of a round with a violation is copied to. */
  readonly keep?: string;
  /** Ends it between two rounds. */
  readonly signal?: AbortSignal;
  readonly onRound?: (report: RoundReport) => void;
}

export async function soak(options: SoakOptions): Promise<RoundReport[]> {
  const { seed, rounds, from = 1, records = 3600, onRound = () => {} } = options;
  const rig = await SoakRig.start();
  const reports: RoundReport[] = [];
  try {
    const corpus = new Corpus(
      {
        write: (path, text) => rig.workspace.write(`docs/${path}`, text),
        remove: (path) => rig.workspace.remove(`docs/${path}`),
      },
      records,
      seeded(seed, 0),
    );
    for (let number = 1; number < from; number++) changeOnly(corpus, seed, number);
    // A replay meets an index that is built, as the round did.
    if (from > 1) await build(rig);
    for (let number = from; number < from + rounds && options.signal?.aborted !== true; number++) {
      const report = await runRound(rig, corpus, seed, number);
      reports.push(report);
      onRound(report);
      if (report.violations.length > 0 && options.keep !== undefined) {
        cpSync(rig.workspace.root, `${options.keep}/${seed}-${number}`, { recursive: true });
      }
    }
    return reports;
  } finally {
    await rig.stop();
  }
}

async function build(rig: SoakRig): Promise<void> {
  const { code, stdout, stderr } = await rig.apply().finished;
  if (code !== 0) throw new Error(`the first build ended with ${code}:\n${stdout}\n${stderr}`);
  rig.ledger.end();
}
