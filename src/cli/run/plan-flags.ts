/** Flags that shape a plan; apply takes the same and plans with them. */
import { Flags } from '@oclif/core';
import type { PlanOptions, VerifyLevel } from '../../domain/plan.js';

const LEVELS: readonly VerifyLevel[] = ['off', 'counts', 'ids', 'content'];

export const verifyFlag = Flags.string({
  options: [...LEVELS],
  default: 'counts',
  description: 'how closely live Chroma is looked at',
});

/** Given more than once, one value each: none swallows the argument that follows. */
const MANY = { multiple: true, multipleNonGreedy: true } as const;

export const timingsFlag = Flags.boolean({ description: 'say at the end where the time went, on stderr' });

export const whatIfFlag = Flags.string({
  ...MANY,
  helpValue: 'KEY=VALUE',
  description:
    'plan as if the manifests said so, and show what of the index would survive; not to be saved or applied',
  exclusive: ['out'],
});

export const scopeFlags = {
  only: Flags.string({
    ...MANY,
    helpValue: 'GLOB',
    description: 'only documents whose uri matches',
  }),
  force: Flags.string({ ...MANY, helpValue: 'GLOB', description: 'write these documents again' }),
  'allow-delete': Flags.string({
    ...MANY,
    helpValue: 'GLOB',
    description: 'approve losses that the thresholds would hold back',
  }),
  'allow-empty': Flags.string({
    ...MANY,
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

/** With --destroy, and of `destroy`: which index. */
export const indexFlag = Flags.string({
  helpValue: 'MANIFEST_ID',
  description: 'which index to destroy, also one whose manifest is gone; implied when only one is loaded',
});

export function planOptions(flags: ScopeFlagValues, verify: string, destroy = false): PlanOptions {
  return {
    verify: verify as VerifyLevel,
    only: flags.only ?? [],
    force: flags.force ?? [],
    allow_delete: flags['allow-delete'] ?? [],
    allow_empty: flags['allow-empty'] ?? [],
    destroy,
  };
}

/** The scoping flags as they were given, for the command to run next: without them it would do something else. */
export function scopeWords(flags: ScopeFlagValues): string[] {
  return Object.keys(scopeFlags).flatMap((name) =>
    (flags[name as keyof ScopeFlagValues] ?? []).flatMap((value) => [`--${name}`, value]),
  );
}

/** The scoping flags that were given; they may not stand beside a saved plan. */
export function givenScopeFlags(flags: ScopeFlagValues): string[] {
  return Object.keys(scopeFlags).filter((name) => (flags[name as keyof ScopeFlagValues]?.length ?? 0) > 0);
}
