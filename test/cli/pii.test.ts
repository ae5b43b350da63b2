/** What PII rules take out reaches nothing that is written or printed; what they say is planned like any other change. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import type { CliResult } from '../support/ingest-cli.js';
import { article, changesOf, filesBelow, gist, Project } from '../support/project.js';

/** One of each kind, and what a field's own rule takes out. */
const PLANTED = [
  'planted.person@example.com',
  '13855512345',
  '+1 415-555-2671',
  '11010519491231002X',
  '123-45-6789',
  '4111 1111 1111 1111',
  '4111111111111111',
  'DE89370400440532013000',
  '203.0.113.77',
  'AKIAIOSFODNN7PLANTED'.replace('PLANTED', 'EXAMPLE'),
  'EMP-991122',
  'Planted Surname',
  'CUST-7781',
] as const;
const [EMAIL] = PLANTED;
const HASH_KEY = 'planted-hash-key-0123456789abcdef';
const ALL_IN_TEXT = PLANTED.slice(0, 11).join(' and ');

const PII = [
  'policy:',
  '  pii:',
  '    action: redact',
  '    actions: { phone: hash }',
  '    patterns: [{ name: employee, pattern: "EMP-\\\\d{6}", action: redact }]',
  `    hash_key: \${PII_HASH_KEY}`,
];
const CONTRACT = {
  type: 'object',
  properties: {
    customer: { type: 'string', 'x-pii': { level: 'high', action: 'internal-only' } },
    customer_id: { type: 'string', 'x-pii': { level: 'low', action: 'hash' } },
    count: { type: 'number' },
    note: { maxLength: 20_000 },
  },
};

let chroma: TestChroma;
let project: Project;
let outputs: string[];

/** Of its own for what its files are searched for. */
function withChroma(): void {
  beforeAll(async () => {
    chroma = await startTestChroma();
  });
  afterAll(() => chroma.stop());
}
beforeEach(() => {
  project = new Project(chroma.url, true);
  outputs = [];
});
afterEach(() => project.dispose());

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  // Temporary files lie where they are looked for.
  const temporary = project.ws.path('temporary');
  const result = await project.call(args, {
    env: { PII_HASH_KEY: HASH_KEY, TMPDIR: temporary, TEMP: temporary, TMP: temporary, ...env },
  });
  outputs.push(result.stdout, result.stderr);
  return result;
}

async function succeeds(args: readonly string[]): Promise<CliResult> {
  const result = await run(args);
  expect({ args, code: result.code, stderr: result.code === 0 ? '' : result.stderr }).toEqual({
    args,
    code: 0,
    stderr: '',
  });
  return result;
}

/** In every file but the inputs, in every output, and in all that Chroma answers. */
async function leaks(also: readonly string[] = []): Promise<string[]> {
  const inputs = ['docs', 'data', 'desired', 'contracts'].map((folder) => project.ws.path(folder));
  const files = filesBelow(project.ws.root).filter(
    (file) => !inputs.some((folder) => file.startsWith(folder)),
  );
  expect(files.some((file) => file.endsWith('ingest.db'))).toBe(true);
  expect(files.some((file) => file.endsWith('embeddings.db'))).toBe(true);
  const live = await (await project.collection()).get({ include: ['documents', 'metadatas'] });
  const everything = [
    ...outputs.map((text, i) => [`output ${i}`, Buffer.from(text)] as const),
    ...[...files, ...also].map((file) => {
      const bytes = readFileSync(file);
      return [file, file.endsWith('.gz') ? gunzipSync(bytes) : bytes] as const;
    }),
    ['live', Buffer.from(JSON.stringify(live))] as const,
  ];
  const found: string[] = [];
  for (const [where, bytes] of everything) {
    for (const value of [...PLANTED, HASH_KEY]) {
      const forms = [
        value,
        value.replaceAll(' ', ''),
        value.toLowerCase(),
        Buffer.from(value).toString('base64').replace(/=+$/, ''),
        encodeURIComponent(value),
      ];
      if (forms.some((form) => bytes.includes(form))) found.push(`${value} in ${where}`);
    }
  }
  return found;
}

/** Every format, front matter, titles, tables, code, and records. */
function plantEverywhere(): void {
  project.ws.write('temporary/.keep', '');
  project.doc(
    'front.md',
    `---\ntitle: Mail ${EMAIL}\nnested: { phones: ["${PLANTED[1]}"], id: 4111111111111111 }\n"${EMAIL}": key\n---\n# Of ${EMAIL}\n\n${article('cats')}\n\n${ALL_IN_TEXT}\n`,
  );
  project.doc(
    'page.html',
    `<html><head><title>${EMAIL}</title><meta name="author" content="${EMAIL}"></head><body><h1>H</h1><p>${ALL_IN_TEXT}</p><p><a href="mailto:${EMAIL}">planted_person: ${EMAIL}</a></p></body></html>`,
  );
  project.doc('table.csv', `name,mail\nx,${EMAIL}\ny,${PLANTED[6]}\n`);
  project.doc('data.json', JSON.stringify({ a: { mail: EMAIL, text: `line\n${ALL_IN_TEXT}` } }));
  project.doc('code.ts', `// by ${EMAIL}\nexport const key = '${PLANTED[9]}';\n`);
  project.doc('plain.txt', ALL_IN_TEXT);
  project.doc('broken-front.md', `---\n${EMAIL}: [\n---\n# x\n\ntext ${EMAIL}\n`);
  project.doc('twice.json', `{"${EMAIL}": 1, "${EMAIL}": 2}`);
  project.doc('refused.md', `---\ncount: "${EMAIL}"\n"${PLANTED[1]}": 1\n---\n# refused\n\n${ALL_IN_TEXT}\n`);
  const record = {
    id: 'r-1',
    customer: PLANTED[11],
    customer_id: PLANTED[12],
    note: `by ${PLANTED[1]}`,
    body: ALL_IN_TEXT,
  };
  project.ws.write(
    'data/records.jsonl',
    `${JSON.stringify(record)}\n{"id": "r-2", "body": "${EMAIL}\n${JSON.stringify({ id: 'r-3', count: EMAIL, body: EMAIL })}\n`,
  );
  project.ws.write('data/table.csv', `id,customer,body\nc-1,${PLANTED[11]},"${ALL_IN_TEXT}"\nc-2,${EMAIL}\n`);
  project.ws.write(
    'data/call.vtt',
    `WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>my number is ${PLANTED[1]}\n\n00:03.000 --> 00:04.000\n${ALL_IN_TEXT}\n`,
  );
  project.ws.write('contracts/c.json', JSON.stringify(CONTRACT));
}

const SOURCES = {
  calls: ['type: transcript', 'root: ../data', 'include: ["*.vtt"]'],
  table: [
    'type: csv',
    'path: ../data/table.csv',
    'key: id',
    'template: "{{customer}}: {{body}}"',
    'metadata_from: { customer: customer }',
    'contract: ../contracts/c.json',
  ],
  docs: ['root: ../docs', 'contract: ../contracts/c.json'],
  records: [
    'type: jsonl',
    'path: ../data/records.jsonl',
    'key: id',
    'template: "{{customer}} {{customer_id}} {{note}}: {{body}}"',
    'metadata_from: { customer: customer, customer_id: customer_id, note: note, body: body }',
    'contract: ../contracts/c.json',
  ],
};

describe('what is redacted', () => {
  withChroma();
  beforeEach(() => {
    plantEverywhere();
    project.manifest({ sources: SOURCES, more: PII });
  });

  it('is in no chunk, state, cache, plan, diff, journal, report, message or temporary file', async () => {
    const validated = await run(['validate', '--json']);
    expect(validated.code).toBe(1);
    const { pii } = JSON.parse(validated.stdout);
    expect(pii.findings.length).toBeGreaterThan(40);
    await run(['validate', '--verbose']);
    await succeeds(['plan', '--verbose', '--diff']);
    await succeeds(['plan', '--json', '--diff']);
    await succeeds(['plan', '--format', 'markdown', '--diff']);
    await succeeds(['plan', '--out', 'p.plan.gz', '--diff']);
    await succeeds(['show', 'p.plan.gz', '--format', 'json']);
    const applied = await run(['apply', '--auto-approve', '--json', '--verbose']);
    expect(applied.code).toBe(5);
    // Refused: the document and the record that the contract does not take, and the line that is no record.
    expect(applied.stdout).toContain('"rejected":');
    await run(['diagnose', 'docs/refused.md', '--json']);
    await run(['rejects', 'show', 'docs/refused.md']);
    await run(['rejects', 'show', 'records/r-3', '--json']);
    project.doc('plain.txt', `${ALL_IN_TEXT} edited`);
    await succeeds(['plan', '--diff', '--format', 'markdown']);
    await run(['apply', '--auto-approve', '--verbose']);
    for (const args of [
      ['status', '--json'],
      ['journal'],
      ['runs', '--json'],
      ['drift', '--verify', 'content', '--json'],
      ['query', 'what is edited', '--json'],
      ['diagnose', 'records/r-1', '--json'],
      ['rejects', '--json'],
      ['report', '--out', 'report.html'],
      ['report', '--format', 'markdown'],
      ['state', 'list', '--json'],
      ['state', 'show', 'docs/front.md', '--json'],
      ['state', 'export', '--out', 'export.jsonl'],
    ]) {
      await succeeds(args);
    }
    const database = filesBelow(chroma.folder);
    expect(database.some((file) => file.endsWith('chroma.sqlite3'))).toBe(true);
    expect(await leaks(database)).toEqual([]);
    const live = await (await project.collection()).get({ include: ['documents', 'metadatas'] });
    const texts = live.documents.join('\n');
    // It was there, and what stands for it is.
    for (const rule of [
      'email',
      'cn-resident-id',
      'us-ssn',
      'payment-card',
      'iban',
      'ip',
      'api-key',
      'employee',
    ]) {
      expect(texts).toContain(`[redacted:${rule}]`);
    }
    expect(texts).toMatch(/\[phone:[a-p]{16}\]/);
    expect(live.metadatas.map((one) => one?.['customer_id']).find((id) => id !== undefined)).toMatch(
      /^\[field:[a-p]{16}\]$/,
    );
  });

  it('is told by place and count: in validate each finding, in a plan one line', async () => {
    const { stdout, code } = await run(['validate']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/redact {2}email {2}docs\/code\.ts:1:7/);
    expect(stdout).toMatch(/redact {2}email {2}docs\/front\.md {2}\/title/);
    expect(stdout).toMatch(/hash {2}phone {2}calls\/call\.vtt:3\n/);
    expect(stdout).toMatch(/hash {2}phone {2}records\/r-1 {2}\/note/);
    expect(stdout).toMatch(/internal-only {2}field {2}records\/r-1 {2}\/customer/);
    expect(stdout).toMatch(/Personal data: .*\d+ email \(redact\)/);
    const plan = await run(['plan']);
    const told = (plan.stdout + plan.stderr).replaceAll(/\s+/g, ' ');
    expect(told.split('personal data').length).toBe(2);
    expect(told).toMatch(/personal data is taken out of \d+ documents: .*\d+ email redacted/);
  });

  it('needs its hash key for plan and apply, which say so, and not for validate, status and drift', async () => {
    await run(['apply', '--auto-approve']);
    const without = { PII_HASH_KEY: '' };
    for (const args of [['plan'], ['apply', '--auto-approve']]) {
      const result = await run(args, without);
      expect({ args, code: result.code }).toEqual({ args, code: 1 });
      expect(result.stderr).toMatch(/E109.*PII_HASH_KEY/);
    }
    for (const args of [['status'], ['drift']]) expect((await run(args, without)).code).toBe(0);
    expect((await run(['validate'], without)).stderr).not.toContain('E109');
  });
});

describe('a change of the rules', () => {
  withChroma();
  const text = (mail: string) => `# ${mail}\n\n${article('cats')}`;

  it('plans every document, embeds only the chunks whose text changed, and takes the value out of live', async () => {
    project.doc('plain.md', article('dogs'));
    project.doc('mail.md', `${article('cats')}\n## Contact\n\nWrite to ${EMAIL}.\n`);
    project.manifest();
    await project.settle();
    const before = await (await project.collection()).get({ include: ['documents'] });
    expect(before.documents.join('\n')).toContain(EMAIL);

    project.manifest({ more: ['policy: { pii: { detectors: [email] } }'] });
    const plan = await project.plan();
    expect(gist(plan)).toEqual(['update docs/mail.md gate', 'update docs/plain.md gate']);
    expect(changesOf(plan).map(({ chunks }) => chunks.add)).toEqual([1, 0]);
    expect(await project.settle()).toMatchObject({ embedded: 1, upserted: 1, deleted: 1 });
    const after = await (await project.collection()).get({ include: ['documents'] });
    expect(after.ids.length).toBe(before.ids.length);
    expect(after.documents.join('\n')).not.toContain(EMAIL);
    expect(after.documents.join('\n')).toContain('Write to [redacted:email].');
    // The cache keys vectors by hashes of texts: it never held one.
    for (const file of filesBelow(project.ws.path('state'))) {
      expect({ file, holds: readFileSync(file).includes(EMAIL) }).toEqual({ file, holds: false });
    }

    // And off again: the old text comes back, from the cache.
    project.manifest();
    expect(await project.settle()).toMatchObject({ embedded: 0, cached: 1, upserted: 1, deleted: 1 });
  });

  it('does not show in a diff what is about to be taken out', async () => {
    project.doc('mail.md', text(EMAIL));
    project.manifest();
    await project.settle();
    project.manifest({ more: ['policy: { pii: {} }'] });
    const { stdout } = await succeeds(['plan', '--diff']);
    expect(stdout).toContain('[concealed:email]');
    expect(stdout).toContain('[redacted:email]');
    expect(stdout).not.toContain(EMAIL);
  });

  it('deny refuses the document, keeps the old version by default, and is not valid', async () => {
    project.doc('a.md', '# A\n\nfirst version, which is fine\n');
    project.doc('b.md', '# B\n\nfine\n');
    project.manifest({ more: ['policy: { pii: { actions: { us-ssn: deny } } }'] });
    await project.settle();
    project.doc('a.md', '# A\n\nnumber 123-45-6789 here\n');
    const validate = await run(['validate']);
    expect(validate.code).toBe(1);
    expect(validate.stdout).toMatch(/docs\/a\.md {2}pii: us-ssn in line 3, column 8/);
    expect(gist(await project.plan())).toEqual(['reject docs/a.md pii']);
    expect(await project.apply()).toMatchObject({ outcome: 'partial', rejected: 1 });
    const live = await (await project.collection()).get({ include: ['documents'] });
    expect(live.documents.join()).toContain('first version');
    expect(await leaks()).toEqual([]);
  });
});

describe('the PII policy of the course', () => {
  withChroma();
  const example = new URL('../../contracts/examples/ticket.schema.json', import.meta.url);

  const ticket = (number: number, over: object = {}) => ({
    ticket_id: `TKT-20240101-${String(number).padStart(6, '0')}`,
    status: 'open',
    priority: 'p3_medium',
    created_at: '2024-01-01T08:00:00Z',
    subject: `Locked out, says ${EMAIL}`,
    description: `Customer wrote from ${EMAIL}, call back at ${PLANTED[1]}; card ${PLANTED[6]}.`,
    customer_id: PLANTED[12],
    org_id: 'ORG-planted-1',
    assignee_id: null,
    customer: { email: EMAIL, phone: PLANTED[1] },
    raw_object_path: 's3://raw/planted-path.json',
    license_tag: 'course_synthetic',
    quality_gate: 'pass',
    ...over,
  });

  beforeEach(() => {
    project.ws.write('contracts/ticket.schema.json', readFileSync(example, 'utf8'));
    project.ws.write('temporary/.keep', '');
    project.manifest({
      sources: {
        tickets: [
          'type: jsonl',
          'path: ../data/tickets.jsonl',
          'key: ticket_id',
          'template: "# {{subject}}\\n\\n{{description}}\\n\\n{{customer.email}} {{raw_object_path}}"',
          'metadata_from: { customer: customer_id, org: org_id, status: status, mail: customer.email, path: raw_object_path }',
          'contract: ../contracts/ticket.schema.json',
        ],
      },
      more: ['policy:', '  pii:', '    detectors: []', `    hash_key: \${PII_HASH_KEY}`],
    });
  });

  // Its rules stood beside the contracts, and formats were not checked, so unredacted records passed.
  it('stands in the contract: no record passes unredacted, and formats are checked', async () => {
    const lines = [
      ticket(1),
      ticket(2, { customer_id: 'CUST-other' }),
      ticket(3, { created_at: `yesterday, ${EMAIL}` }),
      ticket(4, { customer: { email: 'no address' } }),
      ticket(5, { license_tag: 'unknown' }),
    ];
    project.ws.write('data/tickets.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
    const validated = await run(['validate']);
    expect(validated.code).toBe(1);
    expect(validated.stdout).toMatch(
      /TKT-20240101-000003 {2}contract: \/created_at must match format "date-time"/,
    );
    expect(validated.stdout).toMatch(
      /TKT-20240101-000004 {2}contract: \/customer\/email must match format "email"/,
    );
    expect(validated.stdout).toMatch(/TKT-20240101-000005 {2}contract: \/license_tag must be one of/);
    const applied = await run(['apply', '--auto-approve', '--json']);
    expect(applied.code).toBe(5);
    const live = await (await project.collection()).get({ include: ['documents', 'metadatas'] });
    const uris = new Set(live.metadatas.map((one) => one?.['ingest_uri']));
    expect([...uris].sort()).toEqual(['tickets/TKT-20240101-000001', 'tickets/TKT-20240101-000002']);
    const texts = live.documents.join('\n');
    expect(texts).toContain(
      'Customer wrote from [redacted:email], call back at [redacted:phone]; card [redacted:payment-card].',
    );
    expect(texts + JSON.stringify(live.metadatas)).not.toMatch(/planted/i);
    for (const metadata of live.metadatas) {
      expect(metadata).toMatchObject({
        customer: expect.stringMatching(/^\[field:[a-p]{16}\]$/),
        status: 'open',
      });
      expect(Object.keys(metadata ?? {})).not.toContain('mail');
      expect(Object.keys(metadata ?? {})).not.toContain('path');
    }
    // Records of one customer are found without knowing who it is.
    expect(new Set(live.metadatas.map((one) => one?.['customer'])).size).toBe(2);
    expect(new Set(live.metadatas.map((one) => one?.['org'])).size).toBe(1);
    expect(await leaks(filesBelow(chroma.folder))).toEqual([]);
  });
});
