/** The contracts that an index was built under, once all of it is: what the next ones are compared with. */
import type { StateReader, StateTransaction } from '../domain/ports/state.js';
import { contractsInForce } from '../plan/contract-changes.js';
import type { PlanContext } from '../plan/plan-context.js';

export interface ContractsToRecord {
  readonly put: readonly { readonly source_id: string; readonly sha256: string; readonly text: string }[];
  readonly drop: readonly string[];
}

/** Undefined: they are recorded as they are. */
export function contractsToRecord(
  state: StateReader,
  { manifest, preparer }: PlanContext,
): ContractsToRecord | undefined {
  const known = new Map(state.contracts(manifest.manifest_id).map((row) => [row.source_id, row.sha256]));
  const inForce = contractsInForce(manifest, preparer);
  const put = inForce.filter(({ source_id, sha256 }) => known.get(source_id) !== sha256);
  const declared = new Set(inForce.map(({ source_id }) => source_id));
  const drop = [...known.keys()].filter((id) => !declared.has(id));
  return put.length + drop.length === 0 ? undefined : { put, drop };
}

export function recordContracts(
  tx: StateTransaction,
  manifestId: string,
  runId: string,
  { put, drop }: ContractsToRecord,
): void {
  for (const row of put) tx.putContract(manifestId, { ...row, run_id: runId });
  for (const id of drop) tx.deleteContract(manifestId, id);
}
