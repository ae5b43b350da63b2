/** A plan that can be executed: each index with what it was planned from. */
import type { Plan, PlanIndex } from '../domain/plan.js';
import type { PlanContext } from './plan-context.js';

export interface ExecutablePlan extends Plan {
  readonly indexes: readonly ExecutableIndex[];
}

export interface ExecutableIndex extends PlanIndex {
  readonly context: PlanContext;
}
