/** Flags that choose among the refused documents on record. */
import { Flags } from '@oclif/core';
import type { RefusedVerdict } from '../../domain/plan.js';

export const refusedFlags = {
  verdict: Flags.custom<RefusedVerdict>({
    options: ['quarantine', 'reject'],
    description: 'only those with this verdict',
  })(),
  code: Flags.string({ helpValue: 'CODE', description: 'only those with this reason among theirs' }),
  source: Flags.string({ helpValue: 'SOURCE_ID', description: 'only those of this source' }),
  manifest: Flags.string({ helpValue: 'MANIFEST_ID', description: 'only those of this index' }),
};
