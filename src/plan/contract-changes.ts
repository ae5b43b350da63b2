/** What was edited in the contracts of an index since they were applied. */
import { classifyContractChange } from '../diff/classify-contract-change.js';
import type { Manifest } from '../domain/manifest.js';
import type { ContractChange, IndexAction } from '../domain/plan.js';
import type { StateReader } from '../domain/ports/state.js';
import type { ContractRow } from '../domain/state-rows.js';
import type { Preparer } from './scan/prepare-document.js';

/** What stands for a source without a contract: everything satisfies it. */
const NO_CONTRACT = { sha256: '', text: 'true' } as const;

/** The contracts in force, as an apply records them. */
export function contractsInForce(manifest: Manifest, preparer: Preparer): Omit<ContractRow, 'run_id'>[] {
  return manifest.sources.map(({ id }) => {
    const { sha256, text } = preparer.contract(id) ?? NO_CONTRACT;
    return { source_id: id, sha256, text };
  });
}

/** Undefined: none was edited, or none is recorded to compare with. */
export function contractAction(
  state: StateReader,
  manifest: Manifest,
  preparer: Preparer,
): IndexAction | undefined {
  const applied = new Map(state.contracts(manifest.manifest_id).map((row) => [row.source_id, row]));
  const contracts: ContractChange[] = [];
  for (const { source_id, sha256, text } of contractsInForce(manifest, preparer)) {
    const before = applied.get(source_id);
    if (before === undefined || before.sha256 === sha256) continue;
    contracts.push({ source_id, ...classifyContractChange(JSON.parse(before.text), JSON.parse(text)) });
  }
  if (contracts.length === 0) return undefined;
  return { action: 'contract', reasons: [...new Set(contracts.map((one) => one.class))].sort(), contracts };
}
