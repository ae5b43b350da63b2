/** Flags that shape a plan; apply takes the same and plans with them. */
import { Flags } from '@oclif/core';
import type { PlanOptions, VerifyLevel } from '../domain/plan.js';

const LEVELS: readonly VerifyLevel[] = ['off', 'counts', 'ids', 'content'];

export const verifyFlag = Flags.string({
  options: [...LEVELS],
  default: 'counts',
  description: 'how closely live Chroma is looked at',
});

export const scopeFlags = {
  only: Flags.string({ multiple: true, helpValue: 'GLOB', description: 'only documents whose uri matches' }),
  force: Flags.string({ multiple: true, helpValue: 'GLOB', description: 'write these documents again' }),
  'allow-delete': Flags.string({
    multiple: true,
    helpValue: 'GLOB',
    description: 'approve losses that the thresholds would hold back',
  }),
  'allow-empty': Flags.string({
    multiple: true,
    helpValue: 'SOURCE_ID',
    description: 'approve that this source is empty now',
  }),
};

export interface ScopeFlagValues {
  readonly only?: string[] | undefined;
  readonly force?: string[] | undefined;
  readonly 'allow-delete'?: string[] | undefined;
  readonly 'allow-empty'?: string[] | undefined;
}

export function planOptions(flags: ScopeFlagValues, verify: string): PlanOptions {
  return {
    verify: verify as VerifyLevel,
    only: flags.only ?? [],
    force: flags.force ?? [],
    allow_delete: flags['allow-delete'] ?? [],
    allow_empty: flags['allow-empty'] ?? [],
    destroy: false,
  };
}

/** The scoping flags that were given; they may not stand beside a saved plan. */
export function givenScopeFlags(flags: ScopeFlagValues): string[] {
  return Object.keys(scopeFlags).filter((name) => (flags[name as keyof ScopeFlagValues]?.length ?? 0) > 0);
}
