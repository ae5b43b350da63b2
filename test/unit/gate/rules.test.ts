/** The gate beyond the contract: each rule speaks of documents that bring it up, and the worst that is found wins. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../../src/desired/defaults.js';
import type { ParsedRecord } from '../../../src/domain/document.js';
import {
  GATE_RULES,
  type GatePolicy,
  type GateSpec,
  JUDGEMENTS,
  type Judgement,
} from '../../../src/domain/gate-policy.js';
import { canonicalJson, sha256Hex } from '../../../src/domain/hashing.js';
import type { GateVerdict } from '../../../src/domain/ports/gate.js';
import { FULL_SNAPSHOT } from '../../../src/domain/source-spec.js';
import { loadGate } from '../../../src/gate/gate.js';
import { refusalOf, warningsOf } from '../../../src/gate/weigh-findings.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ingest-rules-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Asked {
  readonly contract?: object;
  readonly gate?: Partial<GateSpec> | undefined;
  readonly source?: Readonly<Record<string, unknown>>;
}

let files = 0;
async function gateOf({ contract, gate, source = {} }: Asked) {
  const file = path.join(folder, `contract-${++files}.json`);
  if (contract !== undefined) await writeFile(file, JSON.stringify(contract));
  return loadGate(
    {
      id: 'docs',
      type: 'files',
      root: folder,
      include: [],
      exclude: [],
      contract: contract === undefined ? undefined : file,
      load: FULL_SNAPSHOT,
      metadata: source,
    },
    { on_reject: 'keep', gate: gate === undefined ? undefined : { ...DEFAULTS.gate, ...gate } },
  );
}

async function judge(
  asked: Asked,
  metadata: Record<string, unknown>,
  text = 'Text.\n',
  record?: ParsedRecord,
): Promise<GateVerdict> {
  return (await gateOf(asked)).judge({ metadata, text, record });
}

/** `quarantine pii-gap`, `accept gate-missing-checksum`. */
function said(verdict: GateVerdict): string {
  const what = verdict.verdict === 'accept' ? verdict.warnings.map(({ key }) => key) : verdict.codes;
  return [verdict.verdict, ...what].join(' ');
}

const ALL: Asked = { gate: {} };
/** Every document is to declare its checksum. */
const SUM: Asked = { gate: { checksum_field: 'sum' } };

describe('a plain document', () => {
  test('passes the whole gate untouched: it brings nothing up', async () => {
    expect(said(await judge(ALL, {}))).toBe('accept');
    expect(said(await judge(ALL, { title: 'Start', tags: ['a'] }))).toBe('accept');
  });

  test('is judged by its contract alone where policy.gate is not written, as it always was', async () => {
    const odd = {
      license_tag: 'unknown',
      metadata_status: 'missing',
      pii_scan_status: 'not_run',
      checksum_sha256: 'x',
    };
    expect(said(await judge({}, odd))).toBe('accept');
    const contract = { required: ['owner', 'license_tag'] };
    expect(said(await judge({ contract }, {}))).toBe('reject contract');
  });
});

describe('a rule', () => {
  test.each<[string, Asked, Record<string, unknown>, string]>([
    ['partial metadata', ALL, { metadata_status: 'partial' }, 'accept gate-partial-metadata'],
    ['missing metadata', ALL, { metadata_status: 'missing' }, 'quarantine missing-metadata'],
    [
      'metadata of which nothing is known',
      ALL,
      { metadata_status: 'unknown' },
      'quarantine missing-metadata',
    ],
    ['complete metadata', ALL, { metadata_status: 'complete' }, 'accept'],
    ['a scan that was not run', ALL, { pii_scan_status: 'not_run' }, 'quarantine pii-gap'],
    ['a scan that is clear', ALL, { pii_scan_status: 'clear' }, 'accept'],
    ['an unknown licence', ALL, { license_tag: 'unknown' }, 'reject unknown-license'],
    ['a licence left empty', ALL, { license_tag: ' ' }, 'reject unknown-license'],
    ['a licence', ALL, { license_tag: 'cc_by' }, 'accept'],
    [
      'a licence of the source',
      { gate: {}, source: { license_tag: 'cc_by' }, contract: { required: ['license_tag'] } },
      {},
      'accept',
    ],
    ['a checksum left empty', ALL, { checksum_sha256: null }, 'accept gate-missing-checksum'],
    [
      'a licence that the contract only speaks of',
      { gate: {}, contract: { properties: { license_tag: {} } } },
      {},
      'reject unknown-license',
    ],
    [
      'a checksum that the contract only speaks of',
      { gate: {}, contract: { allOf: [{ properties: { checksum_sha256: {} } }] } },
      {},
      'accept gate-missing-checksum',
    ],
    [
      'one of two required fields',
      { gate: { contract_mismatch: 'accept' }, contract: { required: ['a', 'b'] } },
      { a: 1 },
      'accept gate-partial-metadata',
    ],
    [
      'none of the required fields',
      { gate: { contract_mismatch: 'accept' }, contract: { required: ['a', 'b'] } },
      {},
      'quarantine missing-metadata',
    ],
    [
      'a contract that may be broken',
      { gate: { contract_mismatch: 'warn' }, contract: { properties: { a: { type: 'string' } } } },
      { a: 1 },
      'accept gate-contract',
    ],
  ])('judges %s', async (_name, asked, metadata, expected) => {
    expect(said(await judge(asked, metadata))).toBe(expected);
  });

  test('may be set to anything, but what is suspected is quarantined at least', async () => {
    for (const pii_gap of JUDGEMENTS) {
      const { verdict } = await judge({ gate: { pii_gap } }, { pii_scan_status: 'suspected' });
      expect(verdict).toBe(pii_gap === 'reject' ? 'reject' : 'quarantine');
    }
  });

  test('says which field, and never what stands in it', async () => {
    const all = {
      license_tag: 'unknown',
      pii_scan_status: 'suspected',
      checksum_sha256: 'planted',
      metadata_status: 'partial',
    };
    const verdict = await judge(ALL, all);
    expect(JSON.stringify(verdict)).not.toContain('planted');
    expect(verdict).toMatchObject({
      verdict: 'reject',
      codes: ['checksum-mismatch', 'unknown-license', 'pii-suspected'],
    });
  });
});

describe('a declared checksum', () => {
  const body = '\nThe text of it.\n';

  test('of the text below the front matter passes, whatever blank lines stand around it', async () => {
    for (const text of [body, 'The text of it.\n', 'The text of it.']) {
      for (const checksum of [sha256Hex(text), `sha256:${sha256Hex(text).toUpperCase()}`]) {
        expect(said(await judge(SUM, { sum: checksum }, body))).toBe('accept');
      }
    }
  });

  test('that does not match is a reject: the gate opens the file and does not believe what it is told', async () => {
    const made = { sum: 'ab'.repeat(32) };
    expect(await judge(SUM, made, body)).toMatchObject({
      verdict: 'reject',
      code: 'checksum-mismatch',
      detail: 'sum is not the checksum of the text',
    });
    const lenient = Object.fromEntries(GATE_RULES.map((rule) => [rule, 'accept'])) as GatePolicy;
    expect(said(await judge({ gate: lenient }, { checksum_sha256: 'ab'.repeat(32) }, body))).toBe(
      'reject checksum-mismatch',
    );
  });

  test('of a record covers its fields, without the checksum itself', async () => {
    const fields = { id: 7, text: 'Hello', about: { by: 'ana' } };
    const compose = (of: Readonly<Record<string, unknown>>) => ({ text: String(of['text']), metadata: {} });
    const sum = sha256Hex(canonicalJson(fields));
    const asked = { gate: { checksum_field: 'about.sum' } };
    const record = (over: object) => ({ fields: { ...fields, ...over }, compose });
    expect(said(await judge(asked, {}, '', record({ about: { by: 'ana', sum } })))).toBe('accept');
    expect(said(await judge(asked, {}, '', record({ about: { by: 'bob', sum } })))).toBe(
      'reject checksum-mismatch',
    );
    expect(said(await judge(asked, {}, '', record({ about: { by: 'bob', sum: sha256Hex('Hello') } })))).toBe(
      'accept',
    );
  });

  test('that is asked for and not there is what missing_checksum says', async () => {
    expect(said(await judge(SUM, {}))).toBe('accept gate-missing-checksum');
    expect(said(await judge({ gate: { checksum_field: 'sum', missing_checksum: 'reject' } }, {}))).toBe(
      'reject missing-checksum',
    );
  });
});

test('the worst of any findings wins, and only what is worth a warning becomes one', () => {
  const finding = fc.record({
    code: fc.constantFrom('contract', 'pii-gap', 'unknown-license', 'missing-checksum'),
    judgement: fc.constantFrom<Judgement>(...JUDGEMENTS),
    detail: fc.constant('why'),
  });
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 6 }), (findings) => {
      const weight = Math.max(0, ...findings.map(({ judgement }) => JUDGEMENTS.indexOf(judgement)));
      const refusal = refusalOf(findings);
      expect(refusal?.verdict).toBe(weight >= 2 ? JUDGEMENTS[weight] : undefined);
      if (refusal !== undefined) {
        const grave = findings.filter(({ judgement }) => JUDGEMENTS.indexOf(judgement) >= 2);
        expect(new Set(refusal.codes)).toEqual(new Set(grave.map(({ code }) => code)));
        expect(refusal.code).toBe(refusal.codes[0]);
        expect(
          grave.some(({ code, judgement }) => code === refusal.code && judgement === refusal.verdict),
        ).toBe(true);
      }
      expect(warningsOf(findings)).toHaveLength(
        findings.filter(({ judgement }) => judgement === 'warn').length,
      );
    }),
  );
});

test('the recipe follows every rule, and is what it was for a manifest that uses none of them', async () => {
  const recipe = async (asked: Asked) => (await gateOf(asked)).recipe;
  const plain = await recipe({});
  expect(plain).toBe('26a6ac79b159396c8ddbd6e05ab1f56c');
  const others = [await recipe(ALL), await recipe(SUM)];
  for (const rule of GATE_RULES) others.push(await recipe({ gate: { [rule]: 'accept' } }));
  expect(new Set([plain, ...others]).size).toBe(others.length + 1);
});
