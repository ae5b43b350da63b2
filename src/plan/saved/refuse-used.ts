/** A saved plan is used once: (plan_id, lineage, serial of its base). The same situation may come again. */
import { IngestError } from '../../domain/errors.js';
import type { PlanHeader } from '../../domain/plan.js';
import type { StateWriter } from '../../domain/ports/state.js';

/** @throws IngestError E607 naming the run that applied it */
export function refuseUsedPlan(writer: StateWriter, { plan_id, base }: PlanHeader): void {
  const by = writer.planUsed(plan_id, base.lineage ?? writer.lineage, base.serial);
  if (by === undefined) return;
  throw new IngestError('E607', `plan ${plan_id.slice(0, 8)} was already applied by run ${by}`, {
    kind: 'input',
    advice: 'Plan again: `ingest plan --out FILE`. An interrupted apply continues with a smaller plan.',
  });
}
