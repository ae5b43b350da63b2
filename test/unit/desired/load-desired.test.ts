import path from 'node:path';
import { expect, test } from 'vitest';
import { loadAllEnvironments, loadDesired } from '../../../src/desired/load-desired.js';
import { IngestError } from '../../../src/domain/errors.js';
import { structureHash } from '../../../src/domain/hashing.js';
import { FULL_SNAPSHOT } from '../../../src/domain/source-spec.js';
import { faultsIn, faultsOf, MINIMAL, options, shortly, workspace } from './workspace.js';

const FULL = `apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: support-docs, owner: docs-team }
environments:
  dev: { chroma: embedded }
  prod:
    chroma:
      url: \${PROD_CHROMA_URL}
      headers: { x-chroma-token: "\${CHROMA_TOKEN}", x-team: docs }
      collection: support_docs
      space: ip
embedding:
  provider: openai-compatible
  base_url: https://api.openai.com/v1/
  api_key: \${OPENAI_API_KEY}
  model: text-embedding-3-small
  dimensions: 512
  price_per_million_tokens: 0.02
chunking: { strategy: markdown, max_chars: 900 }
sources:
  - id: a
    root: ../docs
    include: ["**/*.md"]
    metadata: { product: "\${PRODUCT:-workspace}" }
    load: { mode: full_snapshot }
    landing: false
  - { id: a-b, root: ../docs }
policy:
  deletes: { max_count: 7 }
  prevent_destroy: true
`;

test('the smallest manifest gets every default of ingest/v1', async () => {
  const cwd = await workspace({ 'desired/a.yaml': MINIMAL });
  const state = await loadDesired(options(cwd));
  expect(state).toMatchObject({ environment: 'dev', notApplicable: [], warnings: [] });
  expect(state.manifests).toEqual([
    {
      manifest_id: 'support-docs',
      owner: undefined,
      file: 'desired/a.yaml',
      sha256: structureHash({
        apiVersion: 'ingest/v1',
        kind: 'Index',
        metadata: { manifest_id: 'support-docs' },
        environments: { dev: { chroma: 'embedded' } },
        embedding: { provider: 'lexical-hash' },
        sources: [{ id: 'handbook', root: '../docs' }],
      }),
      environment: 'dev',
      target: { kind: 'embedded', collection: 'support-docs', space: 'cosine' },
      embedding: {
        provider: 'lexical-hash',
        model: 'lexical-hash-1',
        base_url: undefined,
        api_key: undefined,
        headers: {},
        dimensions: 1024,
        revision: undefined,
        query_prefix: '',
        passage_prefix: '',
        normalise: true,
        price_per_million_tokens: undefined,
        batch_size: undefined,
        timeout_ms: 60_000,
        requests_per_minute: undefined,
        tokens_per_minute: undefined,
        max_concurrency: undefined,
        same_as: undefined,
        local: undefined,
      },
      chunking: { strategy: 'auto', max_chars: 1200, min_chars: 200, overlap_chars: 0 },
      sources: [
        {
          id: 'handbook',
          type: 'files',
          root: path.join(cwd, 'docs'),
          include: [],
          exclude: [],
          contract: undefined,
          metadata: {},
          load: FULL_SNAPSHOT,
        },
      ],
      policy: {
        deletes: { max_count: 100, max_ratio: 0.1 },
        on_reject: 'keep',
        prevent_destroy: undefined,
        keep_previous: 1,
      },
    },
  ]);
});

test('secrets resolve when they are revealed, and loading works without them', async () => {
  const cwd = await workspace({ 'desired/a.yaml': FULL });
  const env: Record<string, string> = { PROD_CHROMA_URL: 'https://chroma.example.com/base/' };
  const [manifest] = (await loadDesired(options(cwd, { environment: 'prod', env }))).manifests;
  const { target, embedding, sources, policy, chunking } = manifest ?? expect.fail('no manifest');
  if (target.kind !== 'remote') expect.fail('not remote');
  expect(target).toMatchObject({
    url: 'https://chroma.example.com/base',
    tenant: 'default_tenant',
    database: 'default_database',
    collection: 'support_docs',
    space: 'ip',
  });
  expect(target.headers['x-team']?.reveal()).toBe('docs');
  expect(() => target.headers['x-chroma-token']?.reveal()).toThrow(expect.objectContaining({ code: 'E109' }));
  expect(() => embedding.api_key?.reveal()).toThrow(expect.objectContaining({ code: 'E304' }));
  env['OPENAI_API_KEY'] = 'planted-secret';
  expect(embedding.api_key?.reveal()).toBe('planted-secret');
  expect(embedding.api_key?.variables).toEqual(['OPENAI_API_KEY']);
  expect(JSON.stringify(manifest)).not.toContain('planted-secret');
  expect(embedding).toMatchObject({ base_url: 'https://api.openai.com/v1', dimensions: 512 });
  expect(chunking).toEqual({ strategy: 'markdown', max_chars: 900, min_chars: 200, overlap_chars: 0 });
  expect(policy.deletes).toEqual({ max_count: 7, max_ratio: 0.1 });
  expect(sources.map(({ id }) => id)).toEqual(['a-b', 'a']); // `a-b/` comes before `a/` in bytes
  expect(sources[1]?.metadata).toEqual({ product: 'workspace' });
});

test('the hash of a manifest is the same in every environment and with every value of a variable', async () => {
  const cwd = await workspace({ 'desired/a.yaml': FULL });
  const hash = async (environment: string, url: string) =>
    (await loadDesired(options(cwd, { environment, env: { PROD_CHROMA_URL: url } }))).manifests[0]?.sha256;
  const first = await hash('prod', 'https://one.example.com');
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(await hash('prod', 'https://two.example.com')).toBe(first);
  expect(await hash('dev', '')).toBe(first);
});

test('only the chosen environment is interpolated', async () => {
  const cwd = await workspace({ 'desired/a.yaml': FULL });
  expect((await loadDesired(options(cwd, { environment: 'dev' }))).manifests).toHaveLength(1);
  const faults = await faultsIn(options(cwd, { environment: 'prod', env: { PROD_CHROMA_URL: '' } }));
  expect(faults.map(shortly)).toEqual([
    // biome-ignore lint/suspicious/noTemplateCurlyInString: advice quotes the manifest's own syntax
    '8:12 E109 the environment variable PROD_CHROMA_URL is not set -> set PROD_CHROMA_URL, or write ${PROD_CHROMA_URL:-default}',
  ]);
});

test('with several environments one must be said', async () => {
  const cwd = await workspace({ 'desired/a.yaml': FULL });
  await expect(loadDesired(options(cwd))).rejects.toMatchObject({
    code: 'E105',
    message: 'an environment must be chosen: dev, prod',
  });
  await expect(loadDesired(options(cwd, { environment: 'prd' }))).rejects.toMatchObject({
    code: 'E106',
    advice: 'Did you mean "prod"?',
  });
  await expect(loadDesired(options(cwd, { environment: '__proto__' }))).rejects.toMatchObject({
    code: 'E106',
  });
});

test('a manifest without the environment is listed as not applicable', async () => {
  const cwd = await workspace({
    'desired/a.yaml': MINIMAL,
    'desired/b.yaml': MINIMAL.replace('support-docs', 'api-docs').replace('dev:', 'prod:'),
  });
  const state = await loadDesired(options(cwd, { environment: 'prod' }));
  expect(state.manifests.map(({ manifest_id }) => manifest_id)).toEqual(['api-docs']);
  expect(state.notApplicable).toEqual([{ manifest_id: 'support-docs', file: 'desired/a.yaml' }]);
});

test('without an environment every one is checked, and variables need not be set', async () => {
  const cwd = await workspace({ 'desired/a.yaml': FULL });
  const states = await loadAllEnvironments({ paths: ['desired'], env: {}, cwd });
  expect(states.map(({ environment }) => environment)).toEqual(['dev', 'prod']);
  expect(states[0]?.warnings).toEqual([]);
  expect(states[1]?.warnings).toMatchObject([{ key: 'variable-not-set', detail: 'PROD_CHROMA_URL' }]);
  const broken = await workspace({ 'desired/a.yaml': FULL.replace('space: ip', 'space: euclid') });
  await expect(loadAllEnvironments({ paths: ['desired'], env: {}, cwd: broken })).rejects.toMatchObject({
    faults: [expect.objectContaining({ code: 'E103', message: 'space must be one of cosine, l2, ip' })],
  });
});

test('one manifest under two file names is refused, naming both', async () => {
  const cwd = await workspace({ 'desired/a.yaml': MINIMAL, 'desired/copy.yaml': MINIMAL });
  const [fault, ...more] = await faultsIn(options(cwd));
  expect(more).toEqual([]);
  expect(fault).toMatchObject({ code: 'E108', position: { file: 'desired/copy.yaml', line: 3, column: 26 } });
  expect(fault?.message).toContain('desired/a.yaml:3');
});

test('the same file given twice is loaded once', async () => {
  const cwd = await workspace({ 'desired/a.yaml': MINIMAL });
  const state = await loadDesired(
    options(cwd, { paths: ['desired', 'desired/a.yaml', './desired/../desired'] }),
  );
  expect(state.manifests).toHaveLength(1);
});

test('folders are searched with their subfolders, files hold several documents', async () => {
  const second = MINIMAL.replace('support-docs', 'api-docs').replace('../docs', '../../docs');
  const third = second.replace('api-docs', 'web-docs');
  const cwd = await workspace({
    'desired/a.yaml': MINIMAL,
    'desired/team/b.yml': `# two\n---\n${second}---\n${third}`,
    'desired/.hidden/c.yaml': 'not: [a manifest',
    'desired/readme.md': 'not a manifest',
    'desired/empty.yaml': '# nothing yet\n',
  });
  const state = await loadDesired(options(cwd));
  expect(state.manifests.map(({ manifest_id, file }) => [manifest_id, file])).toEqual([
    ['api-docs', 'desired/team/b.yml'],
    ['support-docs', 'desired/a.yaml'],
    ['web-docs', 'desired/team/b.yml'],
  ]);
  expect(state.warnings).toMatchObject([
    { key: 'manifest-empty', message: 'desired/empty.yaml holds no manifest' },
  ]);
});

test('no manifest is an error with advice, never an empty desired state', async () => {
  const cwd = await workspace({ 'desired/': '', 'other/empty.yaml': '' });
  for (const paths of [['desired'], ['other'], ['nowhere'], ['nowhere.yaml', 'desired']]) {
    const error = await loadDesired(options(cwd, { paths })).then(
      () => expect.fail('loaded'),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(IngestError);
    expect(error).toMatchObject({ code: 'E104', advice: expect.stringContaining('nine lines') });
  }
});

test('a manifest that does not parse is a fault, and hides no fault of the others', async () => {
  const cwd = await workspace({
    'desired/a.yaml': 'metadata: {\n',
    'desired/b.yaml': MINIMAL.replace('chroma: embedded', 'chrome: embedded'),
    'desired/c.yaml': new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0xfe]),
    'desired/d.yaml': '\tkind: Index\n',
  });
  const faults = await faultsIn(options(cwd, { environment: 'dev' }));
  expect([...new Set(faults.map(({ code, position }) => `${position.file} ${code}`))]).toEqual([
    'desired/a.yaml E100',
    'desired/b.yaml E102',
    'desired/b.yaml E101',
    'desired/c.yaml E115',
    'desired/d.yaml E100',
  ]);
});

test('manifests that share a collection must agree on the vector recipe', async () => {
  const shared = MINIMAL.replace('chroma: embedded', 'chroma: { url: embedded, collection: shared }');
  const other = shared.replace('support-docs', 'api-docs');
  const agreeing = await workspace({ 'desired/a.yaml': shared, 'desired/b.yaml': other });
  expect((await loadDesired(options(agreeing))).manifests).toHaveLength(2);
  const disagreeing = await workspace({
    'desired/a.yaml': shared,
    'desired/b.yaml': other
      .replace('lexical-hash }', 'lexical-hash, dimensions: 256 }')
      .replace('shared }', 'shared, space: l2 }'),
  });
  const faults = await faultsIn(options(disagreeing));
  expect(faults.map(shortly)).toEqual([
    expect.stringMatching(
      /^5:\d+ E111 support-docs \(desired\/a.yaml\) and api-docs \(desired\/b.yaml\) .* space is "cosine" there and "l2" here/,
    ),
    expect.stringMatching(/^6:\d+ E111 .* dimensions is 1024 there and 256 here/),
  ]);
});

test('a missing root is told where it is written', async () => {
  expect(await faultsOf(MINIMAL.replace('../docs', '../nowhere'))).toEqual([
    expect.stringMatching(/^7:33 E112 the root \.\.\/nowhere does not exist/),
  ]);
  expect(await faultsOf(MINIMAL.replace('../docs', 'a.yaml'))).toEqual([
    expect.stringMatching(/^7:33 E112 the root a.yaml is a file, not a folder/),
  ]);
  expect(await faultsOf(MINIMAL.replace('root: ../docs', 'root: ../docs, contract: none.json'))).toEqual([
    expect.stringMatching(/^7:52 E117 the contract none.json does not exist/),
  ]);
});

test('credentials in an interpolated url become a header and are never shown', async () => {
  const cwd = await workspace({ 'desired/a.yaml': FULL });
  const env = { PROD_CHROMA_URL: 'https://ana:p%40ss@chroma.example.com' };
  const [manifest] = (await loadDesired(options(cwd, { environment: 'prod', env }))).manifests;
  const target = manifest?.target;
  if (target?.kind !== 'remote') expect.fail('not remote');
  expect(target.url).toBe('https://chroma.example.com');
  const basic = Buffer.from('ana:p@ss').toString('base64');
  expect(target.headers['authorization']?.reveal()).toBe(`Basic ${basic}`);
});

test.each([
  ['Chroma', FULL.replace('x-chroma-token', 'Authorization'), '8:12 E103 the URL'],
  ['the provider', FULL.replace('https://api.openai.com/v1/', `\${PROD_CHROMA_URL}`), '14:13 E103 base_url'],
])(
  'credentials in the url of %s and beside it are a fault: none is dropped in silence',
  async (_of, yaml, at) => {
    const cwd = await workspace({ 'desired/a.yaml': yaml });
    const env = { PROD_CHROMA_URL: 'https://ana:planted-value@chroma.example.com' };
    const faults = await faultsIn(options(cwd, { environment: 'prod', env }));
    expect(faults.map(shortly)).toEqual([expect.stringMatching(new RegExp(`^${at} holds credentials`))]);
    expect(JSON.stringify(faults)).not.toContain('planted-value');
  },
);

test('a variable with a useless value is told at its place, without the value', async () => {
  const cwd = await workspace({ 'desired/a.yaml': FULL });
  for (const url of ['ftp://planted-value', 'https://h/?token=planted-value', 'planted-value']) {
    const faults = await faultsIn(options(cwd, { environment: 'prod', env: { PROD_CHROMA_URL: url } }));
    expect(faults.map(({ code, position }) => [code, position.line, position.column])).toEqual([
      ['E103', 8, 12],
    ]);
    expect(JSON.stringify(faults)).not.toContain('planted-value');
  }
});

test('what same_as leaves out is as in its block, and a collection may be shared by both names of a model', async () => {
  const named = (id: string, embedding: string) =>
    MINIMAL.replace('support-docs', id)
      .replace('chroma: embedded', 'chroma: { url: embedded, collection: shared }')
      .replace('{ provider: lexical-hash }', embedding);
  const cwd = await workspace({
    'desired/a.yaml': named('aaa', '{ provider: jina, model: old, dimensions: 8 }'),
    'desired/b.yaml': named(
      'bbb',
      '{ provider: jina, model: new, dimensions: 8, revision: r, same_as: { model: old, revision: null } }',
    ),
  });
  const { manifests } = await loadDesired(options(cwd));
  expect(manifests.map(({ embedding }) => embedding.same_as)).toEqual([
    undefined,
    { provider: 'jina', model: 'old', revision: undefined, dimensions: 8 },
  ]);
});

test('a local model lies below its folder, relative to the manifest; what is downloaded lies nowhere yet', async () => {
  const named = (id: string, embedding: string) =>
    MINIMAL.replace('support-docs', id).replace('{ provider: lexical-hash }', embedding);
  const cwd = await workspace({
    'models/org/e5/': '',
    'desired/a.yaml': named(
      'aaa',
      '{ provider: transformers, model: org/e5, model_path: ../models, dtype: q8, pooling: cls, same_as: { provider: tei, model: e5 } }',
    ),
    'desired/b.yaml': named(
      'bbb',
      '{ provider: transformers, model: org/e5, allow_download: true, revision: r1 }',
    ),
  });
  const { manifests } = await loadDesired(options(cwd));
  const files_sha256 = undefined;
  expect(manifests.map(({ embedding }) => embedding.local)).toEqual([
    { folder: path.join(cwd, 'models', 'org', 'e5'), dtype: 'q8', pooling: 'cls', files_sha256 },
    { folder: undefined, dtype: 'fp32', pooling: 'mean', files_sha256 },
  ]);
  expect(manifests[0]?.embedding).toMatchObject({
    batch_size: 8,
    same_as: { provider: 'tei', model: 'e5', revision: undefined, dimensions: undefined },
  });
  expect(manifests[1]?.embedding).toMatchObject({ revision: 'r1', same_as: undefined });
});
