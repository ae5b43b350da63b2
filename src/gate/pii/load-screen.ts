/** The PII rules of a source, from its manifest and its contract. What is wrong with a rule of the contract is E117. */
import { IngestError } from '../../domain/errors.js';
import type { PiiPolicy } from '../../domain/pii.js';
import { FieldRuleFault } from './field-rules.js';
import { loadPiiScreen, type PiiScreen } from './pii-screen.js';

export interface ContractText {
  readonly file: string;
  readonly text: string;
}

/** Undefined where there are no rules. @throws IngestError E117 */
export async function loadScreen(
  policy: PiiPolicy | undefined,
  contract: ContractText | undefined,
): Promise<PiiScreen | undefined> {
  try {
    return await loadPiiScreen(policy, contract === undefined ? undefined : JSON.parse(contract.text));
  } catch (error) {
    if (!(error instanceof FieldRuleFault)) throw error;
    throw new IngestError('E117', `the contract ${contract?.file}: ${error.message} (at ${error.pointer})`, {
      kind: 'input',
      advice: 'See docs/how-to/pii.md for what x-pii takes, and where it can stand.',
      cause: error,
    });
  }
}
