/**
 * What is broken on purpose, so that the tests can be seen to notice: each is one exact replacement in one file, a bug
 * that tools of this kind really had, and the one test that must fail of it.
 */
import { KEEPING } from './mutations-keeping.js';
import { WRITING } from './mutations-writing.js';

export const PROMISES = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8', 'guards', 'replacement'] as const;

export interface Mutation {
  readonly promise: (typeof PROMISES)[number];
  /** The bug, in one sentence. */
  readonly bug: string;
  readonly file: string;
  /** Must be there exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly test: {
    readonly file: string;
    /** A part of the full name that picks it, and stands in the file as it is. */
    readonly name: string;
  };
}

export const MUTATIONS: readonly Mutation[] = [...WRITING, ...KEEPING].sort(
  (a, b) => PROMISES.indexOf(a.promise) - PROMISES.indexOf(b.promise),
);

/** As docs/reliability.md shows it. */
export function rowOf({ bug, test: { file, name } }: Mutation): string {
  return `| ${bug} | [${name}](../${file}) |`;
}
