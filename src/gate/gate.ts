/** The gate of one source: does a document satisfy contract and policy, and can its metadata be stored? */
import type { RejectCode } from '../domain/document.js';
import { type GateInputs, gateRecipe } from '../domain/identity.js';
import type { PolicySpec } from '../domain/manifest.js';
import type { Gate, Refused } from '../domain/ports/gate.js';
import type { SourceSpec } from '../domain/source-spec.js';
import type { Warning } from '../domain/warning.js';
import { describeViolations } from './describe-violations.js';
import type { Finding } from './finding.js';
import { flattenMetadata, MAPPING_VERSION, mergeMetadata } from './flatten-metadata.js';
import { loadScreen } from './pii/load-screen.js';
import { readContract } from './read-contract.js';
import { applyRules } from './rules/apply-rules.js';
import { NOTHING_DECLARED } from './rules/declared-fields.js';
import { refusalOf, warningsOf } from './weigh-findings.js';

/** Of what the rules beyond the contract say; part of gate_recipe. */
const RULES_VERSION = 1;

/** Of how fields become text: separators, and how lists and structures are written. */
const COMPOSITION_VERSION = 1;

export interface LoadedGate extends Gate {
  /** About the contract itself. */
  readonly warnings: readonly Warning[];
}

/** @throws IngestError E117 when there is a contract and it cannot be used. */
export async function loadGate(
  source: SourceSpec,
  policy: Pick<PolicySpec, 'on_reject' | 'gate' | 'pii'>,
): Promise<LoadedGate> {
  const contract = source.contract === undefined ? undefined : await readContract(source.contract);
  const { gate } = policy;
  const declared = contract?.fields ?? NOTHING_DECLARED;
  const screen = await loadScreen(policy.pii, contract);
  let known: string | undefined;
  const recipe = (): string => {
    known ??= gateRecipe({
      contract_sha256: contract?.sha256 ?? null,
      on_reject: policy.on_reject,
      metadata: source.metadata,
      mapping: MAPPING_VERSION,
      ...composition(source),
      ...writtenRules(policy),
      ...(screen === undefined ? {} : { pii: screen.recipe }),
    });
    return known;
  };
  const conceal = (message: string): string => screen?.conceal(message) ?? message;
  return {
    // Asked for late: it may need the key of the PII hashes, which is not always there.
    get recipe() {
      return recipe();
    },
    conceal,
    concealOld: (text, madeUnder) =>
      screen === undefined || madeUnder === recipe() ? text : screen.concealOld(text),
    warnings: contract?.warnings ?? [],
    contract,
    judge(input) {
      const { metadata: found, text: parsed, record } = input;
      const own = record?.fields ?? found;
      const judged = mergeMetadata(source.metadata, own);
      const findings: Finding[] = [];
      const violations = contract?.schema.validate(judged) ?? [];
      if (violations.length > 0) {
        const judgement = gate?.contract_mismatch ?? 'reject';
        findings.push({ code: 'contract', judgement, detail: conceal(describeViolations(violations)) });
      }
      if (gate !== undefined) {
        const text = () => record?.compose(record.fields).text ?? parsed;
        const about = {
          judged,
          own,
          isRecord: record !== undefined,
          scannedHere: screen?.scansText === true,
          text,
        };
        findings.push(...applyRules(gate, declared, about));
      }
      const screened = screen?.screen({ ...input, source: source.metadata });
      const pii = screened?.report;
      if (screened?.kind === 'denied') {
        findings.push({ code: 'pii', judgement: 'reject', detail: screened.detail });
      }
      const refusal = refusalOf(findings);
      if (refusal !== undefined) return { ...refusal, pii };
      const clean = screened?.kind === 'clean' ? screened : undefined;
      const made = clean ?? record?.compose(record.fields) ?? { text: parsed, metadata: found };
      const flat = flattenMetadata(mergeMetadata(clean?.source ?? source.metadata, made.metadata));
      if (!flat.ok) return { ...refused('metadata', flat.detail), pii };
      return {
        verdict: 'accept',
        metadata: flat.metadata,
        text: made.text,
        redacted: clean?.redacted ?? false,
        fields: clean?.fields,
        pii,
        warnings: [...flat.warnings, ...warningsOf(findings)],
      };
    },
  };
}

/** How records are composed decides metadata and text as much as a contract does. */
function composition(source: SourceSpec): Pick<GateInputs, 'record' | 'transcript'> {
  if (source.type === 'transcript') return { transcript: source.fields };
  if (!('mapping' in source)) return {};
  const { text, metadata_from } = source.mapping;
  return { record: { version: COMPOSITION_VERSION, text, metadata_from } };
}

function refused(code: RejectCode, detail: string): Refused {
  return { verdict: 'reject', code, codes: [code], detail };
}

/** Part of the recipe of a manifest that writes `policy.gate`. */
function writtenRules({ gate }: Pick<PolicySpec, 'gate'>): Pick<GateInputs, 'rules'> {
  if (gate === undefined) return {};
  const { checksum_field = null, ...policy } = gate;
  return { rules: { version: RULES_VERSION, policy, checksum_field } };
}
