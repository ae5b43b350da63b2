/** contracts/source_manifest_v1.schema.json, and the contracts that such manifests refer to. */
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadGate } from '../../src/gate/gate.js';
import { compileSchema } from '../../src/platform/json-schema.js';
import { ownSchema } from '../../src/platform/own-schemas.js';

const FIXTURES = new URL('fixtures/', import.meta.url);
const read = async (file: URL): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));

async function fixtures(kind: 'pass' | 'fail'): Promise<[name: string, value: unknown][]> {
  const folder = new URL(`source_manifest_v1/${kind}/`, FIXTURES);
  const names = (await readdir(folder)).sort();
  return Promise.all(
    names.map(async (name): Promise<[string, unknown]> => [name, await read(new URL(name, folder))]),
  );
}

test('the schema is a schema, and every object of it refuses keys that it does not know', async () => {
  const schema = await read(new URL('../../contracts/source_manifest_v1.schema.json', import.meta.url));
  const compiled = await compileSchema(schema, { vocabulary: ['patternErrorMessage'] });
  expect(compiled.notes).toEqual([]);
  const open: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null || path.endsWith('/allOf')) return;
    const { type, additionalProperties } = value as {
      readonly type?: unknown;
      readonly additionalProperties?: unknown;
    };
    if ([type].flat().includes('object') && additionalProperties !== false) open.push(path);
    for (const [key, item] of Object.entries(value)) visit(item, `${path}/${key}`);
  };
  visit(schema, '');
  expect(open).toEqual([]);
});

test('fixtures that pass, pass', async () => {
  const schema = await ownSchema('source-manifest');
  const found = await fixtures('pass');
  expect(found.length).toBeGreaterThan(4);
  expect(found.map(([name, value]) => [name, schema.validate(value)])).toEqual(
    found.map(([name]) => [name, []]),
  );
});

test('fixtures that fail, fail', async () => {
  const schema = await ownSchema('source-manifest');
  const found = await fixtures('fail');
  expect(found.length).toBeGreaterThan(14);
  expect(found.filter(([, value]) => schema.validate(value).length === 0).map(([name]) => name)).toEqual([]);
});

const CONTRACTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  doc_asset: {
    source_id: 'doc:help_center:abcdef123456',
    asset_type: 'html',
    schema_version: 'doc_asset_v1',
    source_fingerprint: 'a'.repeat(64),
    ingest_batch_id: 'b1',
    license_tag: 'cc_by',
    source_url: 'https://docs.example/reset',
    modality: 'document',
    pii_level: 'none',
    quality_gate: 'pass',
    owner: 'docs-team',
  },
  ticket: {
    ticket_id: 'TKT-20261101-000001',
    schema_version: 'ticket_v1',
    source_id: 's',
    ingest_batch_id: 'b1',
    customer_id: 'c',
    status: 'open',
    priority: 'p2_high',
    product_line: 'unknown',
    created_at: '2026-11-01T00:00:00Z',
    pii_level: 'low',
    quality_gate: 'pass',
    owner: 'support',
  },
  audio_asset: {
    call_id: 'CALL-20261101-00000001',
    schema_version: 'audio_asset_v1',
    source_id: 's',
    ingest_batch_id: 'b1',
    audio_type: 'call',
    duration_sec: 12.5,
    pii_level: 'high',
    pii_redacted: true,
    quality_gate: 'pass',
    owner: 'support',
    license_tag: 'proprietary',
    ingest_ts: '2026-11-01T00:00:00Z',
  },
  video_asset: {
    video_id: 'VID-setup_guide-abcdef123456',
    schema_version: 'video_asset_v1',
    source_id: 's',
    ingest_batch_id: 'b1',
    video_type: 'tutorial',
    duration_sec: 300,
    pii_level: 'none',
    quality_gate: 'pending',
    owner: 'docs-team',
    license_tag: 'cc_by',
    ingest_ts: '2026-11-01T00:00:00Z',
  },
};
/** One value of each that only a checked format or pattern refuses. */
const WRONG: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  doc_asset: { source_url: 'not a uri' },
  ticket: { created_at: 'yesterday' },
  audio_asset: { ingest_ts: '2026-11-01' },
  video_asset: { video_id: 'VID-Setup-abcdef123456' },
};

test.each(Object.keys(CONTRACTS))(
  'the contract %s, whose $schema lacks the final /schema, compiles and judges, with a warning that says so',
  async (name) => {
    const file = new URL(`course-contracts/${name}.schema.json`, FIXTURES);
    expect(await read(file)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12' });
    const source = { id: 'docs', contract: file.pathname, metadata: {} } as unknown as Parameters<
      typeof loadGate
    >[0];
    const gate = await loadGate(source, { on_reject: 'keep' });
    expect(gate.warnings).toEqual([expect.objectContaining({ key: 'contract-schema-uri' })]);
    const judge = (metadata: Readonly<Record<string, unknown>>) =>
      gate.judge({ metadata, text: 'text' } as unknown as Parameters<typeof gate.judge>[0]).verdict;
    const right = CONTRACTS[name] ?? {};
    expect(judge(right)).toBe('accept');
    expect(judge({ ...right, ...WRONG[name] })).toBe('reject');
    expect(judge({ ...right, colour: 'blue' })).toBe('reject');
    const { [Object.keys(right)[0] ?? '']: _, ...less } = right as Record<string, unknown>;
    expect(judge(less)).toBe('reject');
  },
);

test.each([
  'https://json-schema.org/draft/2020-12',
  'https://json-schema.org/draft/2020-12/',
  'https://json-schema.org/draft/2020-12#',
  'http://json-schema.org/draft/2020-12',
])('%s is read as 2020-12', async ($schema) => {
  const schema = await compileSchema({ $schema, type: 'object', dependentRequired: { a: ['b'] } });
  expect(schema.shortSchemaUri).toBe(true);
  expect(schema.validate({ a: 1 })).toHaveLength(1);
});
