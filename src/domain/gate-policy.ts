/** What the gate does about what it finds: four judgements, of which the worst wins. */

/** From mild to grave. `warn` lets the document in; `quarantine` and `reject` keep it out. */
export const JUDGEMENTS = ['accept', 'warn', 'quarantine', 'reject'] as const;
export type Judgement = (typeof JUDGEMENTS)[number];

export const GATE_RULES = [
  'missing_checksum',
  'partial_metadata',
  'missing_metadata',
  'pii_gap',
  'contract_mismatch',
  'unknown_license',
] as const;
export type GateRule = (typeof GATE_RULES)[number];

export type GatePolicy = Readonly<Record<GateRule, Judgement>>;

/** `policy.gate` with its defaults filled in. */
export interface GateSpec extends GatePolicy {
  /** Field in which every document is to declare its checksum; undefined: those that bring one up. */
  readonly checksum_field?: string | undefined;
}

export function isWorse(one: Judgement, other: Judgement): boolean {
  return JUDGEMENTS.indexOf(one) > JUDGEMENTS.indexOf(other);
}

export function worst(one: Judgement, other: Judgement): Judgement {
  return isWorse(other, one) ? other : one;
}
