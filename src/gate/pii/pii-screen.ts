/**
 * The PII rules of one source: what they take out of a document, and whether they refuse it. Precedence: a rule about a
 * whole field stands for that field, and nothing else looks into it; of everything else that meets in one place, the
 * strictest wins (deny, redact, hash, warn). What is allowed is no finding.
 */
import { IngestError } from '../../domain/errors.js';
import { type FindingAction, PII_DETECTORS, type PiiPolicy, type PiiReport } from '../../domain/pii.js';
import type { GateInput } from '../../domain/ports/gate.js';
import { type Cleaning, cleanMap, type Nested } from './clean-values.js';
import { FieldRuleFault, type FieldRules, readFieldRules } from './field-rules.js';
import { type FoundPii, findPii, withRules } from './find-pii.js';
import { CONCEALED, concealedAs, hashedAs, keyId, redactedAs } from './placeholders.js';
import { replaceFound } from './replace-found.js';
import { createReport, type ReportBuilder } from './report-findings.js';

export interface PiiInput extends GateInput {
  /** What the source says of all its documents. */
  readonly source: Nested;
}

export type Screened =
  | { readonly kind: 'denied'; readonly detail: string; readonly report: PiiReport }
  | {
      readonly kind: 'clean';
      readonly source: Nested;
      readonly metadata: Nested;
      readonly text: string;
      /** Of a record: what it is composed of. */
      readonly fields: Nested | undefined;
      readonly redacted: boolean;
      readonly report: PiiReport;
    };

export interface PiiScreen {
  /** Part of gate_recipe. @throws IngestError when the hash key is needed and not there */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** Something looks into every text. */
  readonly scansText: boolean;
  screen(input: PiiInput): Screened;
  /** A message that may quote a document, without what the rules find in it. */
  conceal(message: string): string;
  /** Of a text that was made by other rules: where whole fields are taken out, nobody can tell them in it. */
  concealOld(text: string): string;
}

/** HMAC-SHA256 is as strong as its key: a phone number is soon guessed, a key of this length is not. */
const SHORTEST_KEY = 16;

/**
 * Undefined where there are no rules, and then nothing of them is loaded.
 * @throws FieldRuleFault for a rule of the contract that cannot be used
 */
export async function loadPiiScreen(
  policy: PiiPolicy | undefined,
  contract: unknown,
): Promise<PiiScreen | undefined> {
  const fields = readFieldRules(contract);
  if (policy === undefined && fields === undefined) return undefined;
  const { compileRules } = await import('./compile-rules.js');
  const { rules, detectorRule, isAllowed, version } = compileRules(policy);
  const asksForHash = fields?.asksForHash === true || rules.some(({ action }) => action === 'hash');
  if (fields?.asksForHash === true && policy?.hash_key === undefined) {
    throw new FieldRuleFault('#', 'x-pii asks for a hash, and the manifest has no policy.pii.hash_key');
  }
  let known: string | undefined;
  const key = (): string => {
    known ??= readKey(policy);
    return known;
  };

  const scan: Cleaning['scan'] = (text, wanted) => findPii(text, wanted, isAllowed);
  const token: Cleaning['token'] = ({ rule, action, canonical }) => {
    if (action === 'hash') return hashedAs(key(), rule, canonical);
    return action === 'warn' ? undefined : redactedAs(rule);
  };
  const textRule = fields?.text;
  const within: Cleaning['within'] = ({ action, detect }) =>
    (detect ?? []).map((name) => detectorRule(name, action as FindingAction));
  const textRules = textRule === undefined ? rules : withRules(rules, within(textRule));

  function cleaning(fieldRules: FieldRules | undefined, report: ReportBuilder): Cleaning {
    return {
      fields: fieldRules,
      rules,
      scan,
      within,
      token,
      note: (rule, action, pointer) => report.add({ rule, action, field: pointer }),
    };
  }

  function cleanBody(text: string, report: ReportBuilder, isTold: (found: FoundPii) => boolean): string {
    const found = scan(text, textRules);
    report.addText(
      text,
      found.filter((one) => !isTold(one)),
    );
    return replaceFound(text, found, token);
  }

  // A field's rule may be the only one; then nobody said what a message must not hold.
  const quoted = (
    textRules.length > 0 ? textRules : PII_DETECTORS.map((name) => detectorRule(name, 'redact'))
  ).filter(({ action }) => action !== 'warn');
  const conceal = (message: string): string =>
    replaceFound(message, scan(message, quoted), ({ rule }) => concealedAs(rule));

  return {
    get recipe() {
      return {
        version,
        rules: rules.map(({ name, action }) => ({ name, action })),
        patterns: (policy?.patterns ?? []).map(({ name, pattern }) => ({ name, pattern })),
        allow: policy?.allow ?? [],
        key: asksForHash ? keyId(key()) : null,
      };
    },
    scansText: textRules.length > 0,
    screen({ uri, source, metadata, text, record, first_line, line_ranges }) {
      const report = createReport({ first_line, line_ranges });
      const cleanSource = cleanMap(source, cleaning(fields, report));
      // What is only warned of is still there at the second look, and no second finding.
      const told = new Set<string>();
      const isTold = ({ rule, action, canonical }: FoundPii): boolean =>
        action === 'warn' && told.has(`${rule} ${canonical}`);
      const first = cleaning(fields, report);
      const own = cleanMap(record?.fields ?? metadata, {
        ...first,
        scan: (value, wanted) => {
          const found = first.scan(value, wanted);
          if (record !== undefined) for (const { rule, canonical } of found) told.add(`${rule} ${canonical}`);
          return found;
        },
      });
      // Composed of what is left; and looked at again, since two harmless fields may make one that is not.
      const made = record?.compose(own) ?? { text, metadata: own };
      const composed =
        record === undefined
          ? made.metadata
          : cleanMap(made.metadata, {
              ...cleaning(undefined, report),
              scan: (value, wanted) => scan(value, wanted).filter((one) => !isTold(one)),
            });
      const body = cleanBody(made.text, report, isTold);
      if (uri !== undefined) for (const { rule } of scan(uri, rules)) report.addUri(rule);
      const denied = report.denied();
      if (denied !== undefined) return { kind: 'denied', detail: denied, report: report.report() };
      return {
        kind: 'clean',
        source: cleanSource,
        metadata: composed,
        text: body,
        fields: record === undefined ? undefined : own,
        redacted: report.tookOut(),
        report: report.report(),
      };
    },
    conceal,
    concealOld: (text) => (fields?.takesWhole === true ? CONCEALED : conceal(text)),
  };
}

function readKey(policy: PiiPolicy | undefined): string {
  const key = policy?.hash_key?.reveal() ?? '';
  if (key.length >= SHORTEST_KEY) return key;
  throw new IngestError('E107', `policy.pii.hash_key has fewer than ${SHORTEST_KEY} characters`, {
    kind: 'input',
    advice: 'Make one with `openssl rand -hex 32`, and keep it: with another key every hash is another.',
  });
}
