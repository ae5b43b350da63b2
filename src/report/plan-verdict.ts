import type { PlanSummary } from '../domain/plan.js';
import { groupDigits } from './layout.js';

const TO_DO = [
  ['create', 'to add'],
  ['move', 'to move'],
  ['update', 'to change'],
  ['repair', 'to repair'],
  ['replace', 'to replace'],
  ['delete', 'to delete'],
] as const satisfies readonly (readonly [keyof PlanSummary, string])[];

const HELD = [
  ['quarantined', 'quarantined'],
  ['failed', 'unreadable'],
  ['withheld', 'WITHHELD'],
] as const satisfies readonly (readonly [keyof PlanSummary, string])[];

/** `2 to add, 1 to move (1 resumed); 1 rejected, 412 WITHHELD`; empty without any. */
export function describeSummary(summary: PlanSummary): string {
  const todo = TO_DO.filter(([key]) => summary[key] > 0).map(
    ([key, words]) => `${groupDigits(summary[key])} ${words}`,
  );
  const resumed = summary.resume > 0 ? ` (${groupDigits(summary.resume)} of them resumed)` : '';
  const held = describeHeld(summary);
  return [todo.length > 0 ? todo.join(', ') + resumed : '', held].filter((part) => part !== '').join('; ');
}

/** What the plan will not do: `1 rejected, 412 WITHHELD, 3 known rejects`. */
export function describeHeld(summary: PlanSummary): string {
  const rejected = summary.reject - summary.quarantined;
  const held = [
    ...(rejected > 0 ? [`${groupDigits(rejected)} rejected`] : []),
    ...HELD.filter(([key]) => summary[key] > 0).map(
      ([key, words]) => `${groupDigits(summary[key])} ${words}`,
    ),
  ];
  if (summary.known_rejects > 0) {
    held.push(`${groupDigits(summary.known_rejects)} known reject${summary.known_rejects === 1 ? '' : 's'}`);
  }
  return held.join(', ');
}
