/** `--fail-on`: what makes a plan exit 5 although planning went well, for checks that must stop a merge. */
import { Flags } from '@oclif/core';
import { IngestError } from '../../domain/errors.js';
import type { Plan, RefusedVerdict } from '../../domain/plan.js';

const KINDS = ['withheld', 'reject', 'quarantine', 'delete', 'replace'] as const;
type Kind = (typeof KINDS)[number];

export const failOnFlag = Flags.string({
  helpValue: 'KINDS',
  description: 'exit 5 on any of these: withheld, reject, quarantine, delete, replace, warn:KEY',
});

type FailOn = (plan: Plan) => boolean;

/** Kinds separated by commas; `warn:KEY` for a warning. @throws IngestError E606 */
export function parseFailOn(value: string | undefined): FailOn {
  if (value === undefined) return () => false;
  const kinds = new Set<Kind>();
  const warnings = new Set<string>();
  for (const part of value.split(',').map((text) => text.trim())) {
    const kind = KINDS.find((known) => known === part);
    if (kind !== undefined) kinds.add(kind);
    else if (/^warn:[a-z0-9-]+$/.test(part)) warnings.add(part.slice('warn:'.length));
    else throw unknown(part);
  }
  return ({ header, indexes }) => {
    const { summary } = header;
    const counts: Readonly<Record<Kind, number>> = {
      withheld: summary.withheld,
      reject: summary.reject - summary.quarantined,
      quarantine: summary.quarantined,
      delete: summary.delete,
      replace: indexes.filter((index) => index.header.index_actions.some((one) => one.action === 'replace'))
        .length,
    };
    return (
      [...kinds].some((kind) => counts[kind] > 0) ||
      // One whose old version goes (on_reject: delete) is a delete in the counts.
      (kinds.has('reject') && hasRefused(indexes, 'reject')) ||
      (kinds.has('quarantine') && hasRefused(indexes, 'quarantine')) ||
      indexes.some((index) => index.header.warnings.some((warning) => warnings.has(warning.key)))
    );
  };
}

function hasRefused(indexes: Plan['indexes'], verdict: RefusedVerdict): boolean {
  for (const index of indexes) {
    for (const change of index.changes()) if (change.verdict === verdict) return true;
  }
  return false;
}

function unknown(part: string): IngestError {
  return new IngestError('E606', `--fail-on does not know "${part}"`, {
    kind: 'input',
    advice: `Known are ${KINDS.join(', ')} and warn:KEY, separated by commas.`,
  });
}
