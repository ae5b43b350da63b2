/** Everything that the rules find in a text: in order, and where findings overlap, one with the strictest action. */
import { type FindingAction, stricter } from '../../domain/pii.js';
import type { Detector } from './detectors/detector.js';
import { foldedView } from './folded-view.js';

export interface PiiRule {
  readonly name: string;
  readonly action: FindingAction;
  readonly find: Detector;
}

export interface FoundPii {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
  readonly action: FindingAction;
  /** One for all spellings of the value; for its hash only. */
  readonly canonical: string;
}

/** Both, each once: where they look for the same thing, the stricter of them. */
export function withRules(rules: readonly PiiRule[], more: readonly PiiRule[]): readonly PiiRule[] {
  if (more.length === 0) return rules;
  const byName = new Map<string, PiiRule>();
  for (const rule of [...rules, ...more]) {
    const known = byName.get(rule.name);
    if (known === undefined || stricter(known.action, rule.action) !== known.action)
      byName.set(rule.name, rule);
  }
  return [...byName.values()];
}

export type IsAllowed = (found: string) => boolean;

export function findPii(text: string, rules: readonly PiiRule[], isAllowed: IsAllowed): readonly FoundPii[] {
  if (rules.length === 0 || text === '') return [];
  const view = foldedView(text);
  const found: FoundPii[] = [];
  for (const { name, action, find } of rules) {
    for (const { start, end, canonical } of find(view.text)) {
      if (isAllowed(view.text.slice(start, end)) || isAllowed(canonical)) continue;
      found.push({ ...view.place(start, end), rule: name, action, canonical });
    }
  }
  return merged(
    found.sort((a, b) => a.start - b.start || b.end - a.end),
    text,
  );
}

function merged(sorted: readonly FoundPii[], text: string): readonly FoundPii[] {
  const disjoint: FoundPii[] = [];
  for (const next of sorted) {
    const last = disjoint.at(-1);
    if (last === undefined || next.start >= last.end) disjoint.push(next);
    else disjoint[disjoint.length - 1] = joined(last, next, text);
  }
  return disjoint;
}

function joined(a: FoundPii, b: FoundPii, text: string): FoundPii {
  const start = Math.min(a.start, b.start);
  const end = Math.max(a.end, b.end);
  const action = stricter(a.action, b.action);
  const leads = [a, b].filter((one) => one.action === action);
  const lead = leads.reduce((long, one) => (one.end - one.start > long.end - long.start ? one : long));
  const whole = lead.start === start && lead.end === end;
  return { start, end, rule: lead.rule, action, canonical: whole ? lead.canonical : text.slice(start, end) };
}
