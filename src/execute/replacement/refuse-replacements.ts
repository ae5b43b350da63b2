/** Which replacements are not begun, said before anything is touched. */
import { refuseDestruction } from '../../diff/protection.js';
import { IngestError } from '../../domain/errors.js';
import type { ExecutablePlan } from '../../plan/executable-plan.js';

/** @throws IngestError E605 for one that may not be made as it was asked for, E609 for one of a protected index */
export function refuseReplacements(plan: ExecutablePlan): void {
  refusePartReplacement(plan);
  refuseAbandoning(plan);
  refuseEmptyHanded(plan);
}

/** A part of an index takes nobody's place. */
function refusePartReplacement(plan: ExecutablePlan): void {
  for (const { header, context } of plan.indexes) {
    if (context.replacement === undefined) continue;
    const { only, verify } = context.options;
    const flag = only.length > 0 ? '--only' : verify === 'off' ? '--verify off' : undefined;
    if (flag === undefined) continue;
    throw new IngestError('E605', `${header.manifest_id} must be replaced, which ${flag} does not allow`, {
      kind: 'input',
      advice: `A new collection is built whole and looked at before it takes the old one's place: run without ${flag}.`,
    });
  }
}

/** Another target leaves the recorded collection as it is for ever: searchers there would be served by nobody. */
function refuseAbandoning(plan: ExecutablePlan): void {
  for (const { header, context } of plan.indexes) {
    if (context.replacement?.reasons.includes('target') !== true) continue;
    refuseDestruction(header.manifest_id, context.protection, 'its recorded collection would be abandoned');
  }
}

/** What a guard holds back, or nobody can read now, could not come along: at the new target it would be lost. */
function refuseEmptyHanded(plan: ExecutablePlan): void {
  for (const { header, context } of plan.indexes) {
    const { replacement } = context;
    if (replacement?.reasons.includes('target') !== true || replacement.old !== undefined) continue;
    const kept = header.summary.withheld + header.coverage.failed;
    if (kept === 0) continue;
    throw new IngestError(
      'E605',
      `${header.manifest_id} keeps ${kept} ${kept === 1 ? 'document' : 'documents'} that cannot be read, or whose loss is withheld: they are in the old collection only, which is not within reach`,
      {
        kind: 'input',
        advice:
          'Make the sources readable again, or say that the losses are meant (--allow-delete, --allow-empty); the old collection stays as it is.',
      },
    );
  }
}
