/**
 * prevent_destroy: whether an index may lose what searchers have of it. Recorded, mirrored in the live
 * collection, and kept when the key leaves the manifest: only an explicit `false`, planned and applied, ends it.
 * Pure, and asked by everything that destroys.
 */
import { IngestError } from '../domain/errors.js';
import type { GuardVerdict, IndexAction, Protection } from '../domain/plan.js';

export interface ProtectionFacts {
  /** What the manifest says; undefined when it says nothing. */
  readonly declared: boolean | undefined;
  /** Undefined: nothing is recorded of this index. */
  readonly recorded: boolean | undefined;
  /** What the live collection's metadata says; undefined: not looked at, not there, or it does not know the index. */
  readonly live: boolean | undefined;
}

/** Either witness is enough: a state that was lost or restored must not end a protection that live remembers. */
export function decideProtection({ declared, recorded, live }: ProtectionFacts): Protection {
  const now = recorded === true || live === true;
  return { now, next: declared ?? now };
}

/** Undefined: nothing changes, or the index is new and its creation says it. */
export function protectionAction(facts: ProtectionFacts): IndexAction | undefined {
  const { recorded, live } = facts;
  if (recorded === undefined && live === undefined) return undefined;
  const { now, next } = decideProtection(facts);
  if (now !== next) {
    const changes = [{ field: 'prevent_destroy', from: now, to: next }];
    return { action: 'protection', reasons: ['policy'], changes };
  }
  // One of the two does not know yet: an apply was interrupted, a backup restored, the metadata edited.
  if (recorded !== undefined && recorded !== next) return { action: 'protection', reasons: ['not-recorded'] };
  if (live !== undefined && live !== next) return { action: 'protection', reasons: ['missing-in-index'] };
  return undefined;
}

/** Until an apply has ended the protection it holds, also for the plan that ends it. */
export function isProtected({ now, next }: Protection): boolean {
  return now || next;
}

/**
 * Losses that would leave nothing of what is recorded: documents that are only planned do not count, as they may
 * fail. `losses` are those that no other guard holds back.
 */
export function guardLastDocuments(
  protection: Protection,
  recorded: number,
  losses: number,
): GuardVerdict | null {
  if (!isProtected(protection) || losses === 0 || losses < recorded) return null;
  const all = losses === 1 ? 'the only recorded document' : `all ${losses} recorded documents`;
  return {
    rule: 'prevent_destroy',
    allowed_by: null,
    message: `${all} would go, and the index is protected`,
  };
}

/**
 * To be called before an index, its collection or its recorded state is given up.
 * `what`: what would happen to it, for example "would be destroyed". @throws IngestError E609
 */
export function refuseDestruction(manifestId: string, protection: Protection, what: string): void {
  if (!isProtected(protection)) return;
  throw new IngestError('E609', `${manifestId} is protected (prevent_destroy) and ${what}`, {
    kind: 'input',
    advice:
      'Nothing was changed. If it is meant: set policy.prevent_destroy: false in the manifest, apply that, and repeat.',
  });
}
