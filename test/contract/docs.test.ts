/** The docs say what is: every code, command, key and link in them is compared with the code. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/domain/error-codes.js';
import { type CompiledSchema, compileSchema } from '../../src/platform/json-schema.js';
import { parseYaml } from '../../src/platform/yaml.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const below = (folder: string, extension: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();

const PAGES = [
  'README.md',
  'README.zh-CN.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...below('docs', '.md'),
];

describe('errors.md', () => {
  const sections = new Map(
    [
      ...read('docs/errors.md').matchAll(
        /^### (E\d{3})\n\n\*\*(.*?)\.\*\* .*\n([\s\S]*?)(?=^##|(?![\s\S]))/gm,
      ),
    ].map(([, code, title, body]) => [code, { title, body }]),
  );

  test('explains every code, under its title, and no other', () => {
    expect(Object.fromEntries([...sections].map(([code, { title }]) => [code, title]))).toEqual(ERROR_CODES);
  });

  test('says for every code what to do', () => {
    const silent = [...sections]
      .filter(([, { body }]) => !/^- Do: \S/m.test(body ?? ''))
      .map(([code]) => code);
    expect(silent).toEqual([]);
  });
});

test.each(['commands', 'manifest'])(
  'reference/%s.md is what the code says (npm run docs writes it)',
  (page) => {
    const script = join(ROOT, 'docs/reference/generate.mjs');
    const generated = execFileSync(process.execPath, [script, '--print', page], { encoding: 'utf8' });
    expect(read(`docs/reference/${page}.md`)).toBe(generated);
  },
);

test('the vocabulary of reference/events.md is the vocabulary of the journal', () => {
  const described = [...read('docs/reference/events.md').matchAll(/`([A-Z]+(?:_[A-Z]+)+|WARN)`/g)].map(
    ([, name]) => name,
  );
  const schema = JSON.parse(read('contracts/events.schema.json')) as unknown;
  const known = new Set(
    JSON.stringify(schema).match(
      /"(?:(?:RUN|DOC|UPSERT|METADATA|DELETE|REPAIR|SWAP|CURSOR|POLICY|STATE|STAGING|CHECKS|DESTROY|LANDING)_[A-Z_]+|WARN)"/g,
    ),
  );
  expect(new Set(described.map((name) => `"${name}"`))).toEqual(known);
});

describe('links', () => {
  const links = PAGES.flatMap((page) =>
    [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({
      page,
      target: target ?? '',
    })),
  ).filter(({ target }) => !/^[a-z]+:/.test(target));

  test('there are some', () => {
    expect(links.length).toBeGreaterThan(40);
  });

  test('every relative link leads to a file, and every anchor to a heading in it', () => {
    const broken = links.filter(({ page, target }) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path);
      if (!existsSync(file)) return true;
      return anchor !== undefined && !headings(readFileSync(file, 'utf8')).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('every page under docs can be reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      for (const link of links.filter((candidate) => candidate.page === page)) {
        const file = relative(ROOT, resolve(ROOT, dirname(page), link.target.split('#')[0] ?? ''));
        if (file.endsWith('.md')) reached.add(file.replaceAll('\\', '/'));
      }
    }
    expect(PAGES.filter((page) => !reached.has(page))).toEqual([]);
  });
});

describe('manifests shown', () => {
  let schema: CompiledSchema;
  const shown = [
    ...PAGES.flatMap((page) =>
      [...read(page).matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text], index) => ({
        where: `${page}, block ${index + 1}`,
        text: text ?? '',
      })),
    ),
    ...[...below('docs/examples', '.yaml'), ...below('desired', '.yaml')].map((file) => ({
      where: file,
      text: read(file),
    })),
  ].filter(({ text }) => /^apiVersion:/m.test(text));
  /** A block of a manifest, shown without the rest. */
  const blocks = PAGES.flatMap((page) =>
    [...read(page).matchAll(/^```yaml\n(embedding:[\s\S]*?)^```/gm)].map(([, text], index) => ({
      where: `${page}, embedding ${index + 1}`,
      text: text ?? '',
    })),
  );
  const REST = `apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: docs }
environments: { dev: { chroma: embedded } }
sources: [{ id: docs, root: . }]
`;

  beforeAll(async () => {
    const text = read('contracts/manifest.schema.json');
    schema = await compileSchema(JSON.parse(text), {
      vocabulary: ['x-later', 'x-instead', 'patternErrorMessage'],
    });
  });

  test('there are some in the README, in the how-tos and as files', () => {
    for (const start of ['README.md', 'docs/how-to/', 'docs/examples/', 'desired/']) {
      expect(shown.some(({ where }) => where.startsWith(start))).toBe(true);
    }
  });

  test.each(shown)('$where satisfies the schema', async ({ text }) => {
    const documents = await parseYaml(text);
    expect(documents.flatMap((document) => document.problems)).toEqual([]);
    expect(documents.flatMap((document) => schema.validate(document.value))).toEqual([]);
  });

  test.each(blocks)('$where satisfies the schema', async ({ text }) => {
    const [document] = await parseYaml(REST + text);
    expect(document?.problems).toEqual([]);
    expect(schema.validate(document?.value)).toEqual([]);
  });

  test('every provider is shown in a how-to', () => {
    const contract = JSON.parse(read('contracts/manifest.schema.json')) as {
      readonly $defs: {
        readonly embedding: { readonly properties: { readonly provider: { enum: string[] } } };
      };
    };
    const named = blocks.flatMap(({ text }) => /provider: ([a-z-]+)/.exec(text)?.[1] ?? []);
    expect(new Set(named)).toEqual(new Set(contract.$defs.embedding.properties.provider.enum));
  });
});

test('the example contract compiles, accepts what it should and refuses what it should not', async () => {
  const contract = await compileSchema(JSON.parse(read('contracts/examples/document.schema.json')), {});
  expect(contract.validate({ title: 'Keys', owner: 'docs-team', reviewed_on: '2026-11-22', x: 1 })).toEqual(
    [],
  );
  const wrong = { owner: 'Docs Team', reviewed_on: 'yesterday', status: 'old' };
  expect(new Set(contract.validate(wrong).map(({ keyword }) => keyword))).toEqual(
    new Set(['required', 'pattern', 'format', 'enum']),
  );
});

test('ids of contracts name no host', () => {
  const ids = below('contracts', '.schema.json').map(
    (file) => (JSON.parse(read(file)) as { $id: string }).$id,
  );
  expect(ids.length).toBeGreaterThan(5);
  expect(ids.filter((id) => !id.startsWith('urn:chroma-ingest:'))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
}

/** As GitHub makes anchors of headings. */
function headings(text: string): Set<string> {
  const found = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)];
  return new Set(
    found.map(([, heading]) =>
      (heading ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}
