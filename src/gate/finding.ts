/** Something the gate noticed about a document, and how grave the policy says it is. */
import type { RejectCode } from '../domain/document.js';
import type { Judgement } from '../domain/gate-policy.js';

export interface Finding {
  readonly code: RejectCode;
  readonly judgement: Judgement;
  /** For a person: names fields and rules, never a document's values. */
  readonly detail: string;
}
