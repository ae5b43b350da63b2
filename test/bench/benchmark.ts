/** What a benchmark is, and what it hands back: tables of ratios. */

export interface BenchOptions {
  /** Rounds: in each, every contender runs once, one after the other. */
  readonly rounds: number;
  /** 1, or less for a quick look whose figures mean nothing. */
  readonly scale: number;
  /** Also the sizes that take hours on a busy machine. */
  readonly full: boolean;
  readonly say: (line: string) => void;
}

export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Benchmark {
  readonly name: string;
  /** One sentence: what is raced against what. */
  readonly about: string;
  /** On two quiet cores, with the default number of rounds. */
  readonly minutes: number;
  /** Counts: rounds would all say the same. */
  readonly exact?: true;
  run(options: BenchOptions): Promise<readonly Table[]>;
}
