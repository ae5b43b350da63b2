/**
 * A folder with a file of every type that has a parser, and with hostile ones, from plan to query. A new type is a
 * row of TYPES; a new way to be broken is a row of HOSTILE.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryResult } from '../../src/domain/query.js';
import { LANGUAGES } from '../../src/sources/parsing/languages.js';
import { PARSERS } from '../../src/sources/parsing/parsers.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { coreProperties, makeDocx, paragraph, table } from '../support/documents/make-docx.js';
import { makeEncryptedPdf, makePdf, makeScan } from '../support/documents/make-pdf.js';
import { parseJson } from '../support/ingest-cli.js';
import { changesOf, gist, Project } from '../support/project.js';

const RECORDER = new URL('../support/record-modules.mjs', import.meta.url).href;

interface TypeRow {
  readonly file: string;
  readonly content: string | Buffer;
  /** Words that only this file has. */
  readonly ask: string;
  /** Of the best answer: where it says that they stand. */
  readonly found: { readonly lines: string; readonly heading_path: string; readonly metadata?: object };
}

const TYPES: Readonly<Record<string, TypeRow>> = {
  markdown: {
    file: 'guide.md',
    content: '---\nowner: ana\n---\n# Guide\n\n## Falcons\n\nFalcons nest on ledges.\n',
    ask: 'where do falcons nest',
    found: { lines: '8-8', heading_path: 'Guide > Falcons', metadata: { owner: 'ana' } },
  },
  text: {
    file: 'notes.txt',
    content: 'Badgers dig setts under hedges.\n',
    ask: 'badgers dig setts',
    found: { lines: '1-1', heading_path: '' },
  },
  html: {
    file: 'page.html',
    content: `<!doctype html>\n<html lang="en"><head><title>Otters</title><meta name="owner" content="bo">
<script>secret()</script></head>\n<body><nav><a href="/">Home</a></nav>\n<h1>Otters</h1>\n<h2>Holts</h2>
<p>Otters sleep in\nholts by the river.</p>\n<table>\n<tr><th>animal<th>home\n<tr><td>otter<td>holt\n</table></body></html>\n`,
    ask: 'otters sleep in holts by the river',
    found: {
      lines: '7-12',
      heading_path: 'Otters > Holts',
      metadata: { title: 'Otters', lang: 'en', owner: 'bo' },
    },
  },
  json: {
    file: 'limits.json',
    content: '{\n  "kiosk": {\n    "penguins": "march in line"\n  }\n}\n',
    ask: 'penguins march in line',
    found: { lines: '1-5', heading_path: 'kiosk' },
  },
  csv: {
    file: 'birds.csv',
    content: 'bird,habit\nswift,sleeps on the wing\n',
    ask: 'swift sleeps on the wing',
    found: { lines: '1-2', heading_path: '' },
  },
  // One for all languages.
  python: {
    file: 'moles.py',
    content: 'def dig(moles):\n    return moles.tunnel()\n',
    ask: 'def dig moles tunnel',
    found: { lines: '1-2', heading_path: 'def dig' },
  },
  docx: {
    file: 'memo.docx',
    content: makeDocx(
      paragraph('Memo', 'Heading1') +
        paragraph('Herons', 'Heading2') +
        paragraph('Herons wait in the shallows.') +
        table([['heron', 'shallows']]),
      { 'docProps/core.xml': coreProperties({ 'dc:title': 'On herons', 'dc:creator': 'Cy' }) },
    ),
    ask: 'herons wait in the shallows',
    found: { lines: '5-9', heading_path: 'Memo > Herons', metadata: { title: 'On herons', author: 'Cy' } },
  },
  pdf: {
    file: 'report.pdf',
    content: makePdf(
      [{ lines: ['Lynxes roam the northern forest.'] }, { lines: ['水獭在河边睡觉 tapirs swim'] }],
      {
        info: { Title: 'Report 报告' },
      },
    ),
    ask: 'tapirs swim 水獭在河边睡觉',
    found: { lines: '1-3', heading_path: 'pages 1-2', metadata: { title: 'Report 报告' } },
  },
};

const pdf = Buffer.from(TYPES['pdf']?.content ?? '');
const docx = Buffer.from(TYPES['docx']?.content ?? '');

/** By file: the code of its reject. */
const HOSTILE: Readonly<Record<string, readonly [content: string | Buffer, code: string]>> = {
  'broken.csv': ['a,b\n"never closed,1\n', 'malformed'],
  'broken.json': ['{"a": ', 'malformed'],
  'deep.json': ['['.repeat(5_000), 'too-complex'],
  'binary.html': [docx, 'binary'],
  'bomb.docx': [
    makeDocx('', { 'word/document.xml': { content: Buffer.alloc(70_000_000, 0x20), declaredSize: 10 } }),
    'too-large',
  ],
  'broken.docx': [makeDocx('<w:p><w:r>'), 'malformed'],
  'cut.docx': [docx.subarray(0, 400), 'malformed'],
  'cut.pdf': [pdf.subarray(0, 900), 'malformed'],
  'deep.html': ['<div>'.repeat(5_000), 'too-complex'],
  'latin1.html': [Buffer.from('<p>caf\xe9', 'latin1'), 'invalid-utf8'],
  'locked.pdf': [makeEncryptedPdf(), 'encrypted'],
  'really-a-pdf.docx': [pdf, 'mislabelled'],
  'really-text.pdf': ['just words', 'mislabelled'],
  'scan.pdf': [makeScan(2), 'no-text'],
};

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
  project = new Project(chroma.url, true);
  // One file of a type that has none.
  project.manifest();
  project.doc('logo.png', Buffer.from([0x89, 0x50]));
  for (const { file, content } of Object.values(TYPES)) project.doc(file, content);
  for (const [file, [content]] of Object.entries(HOSTILE)) project.doc(file, content);
  project.doc('empty.pdf', '');
});
afterAll(async () => {
  project.dispose();
  await chroma.stop();
});

const rejects = Object.entries(HOSTILE).map(([file, [, code]]) => `reject docs/${file} ${code}`);

describe('a folder with a file of every type, and hostile ones', () => {
  it('has a row here for every parser, of languages for one', () => {
    const others = PARSERS.map(({ name }) => name).filter(
      (name) => name === 'python' || !(name in LANGUAGES),
    );
    expect(Object.keys(TYPES).sort()).toEqual(others.sort());
  });

  it('is planned: what can be read is created, what cannot is refused by name', async () => {
    const plan = await project.plan();
    const creates = Object.values(TYPES).map(({ file }) => `create docs/${file} new`);
    expect(gist(plan).toSorted()).toEqual([...creates, ...rejects].toSorted());
    expect(plan.indexes[0]?.sources[0]?.skipped).toEqual({ '.png': 1, empty: 1 });
    const scan = changesOf(plan).find(({ uri }) => uri === 'docs/scan.pdf');
    expect(scan).toMatchObject({ detail: expect.stringContaining('text recognition') });
    const text = (await project.call(['plan'])).stdout;
    expect(text).toMatch(/x docs\/locked\.pdf .*\n +encrypted: it needs a password/);
  });

  it('is applied, and then there is nothing to do', async () => {
    const report = await project.apply();
    expect(report).toMatchObject({ outcome: 'partial', applied: { create: Object.keys(TYPES).length } });
    expect(report.rejects?.map(({ uri }) => uri).sort()).toEqual(
      Object.keys(HOSTILE)
        .map((file) => `docs/${file}`)
        .sort(),
    );
    const again = await project.plan();
    expect(again).toMatchObject({ outcome: 'no_changes', summary: { known_rejects: rejects.length } });
  });

  it.each(Object.entries(TYPES))('is found, %s', async (_, { file, ask, found }) => {
    const result = await project.call(['query', ask, '--json', '--limit', '1']);
    const [best] = parseJson<QueryResult>(result).hits;
    const { lines, heading_path, metadata = {} } = found;
    const [line_start, line_end] = lines.split('-').map(Number);
    expect(best).toMatchObject({ uri: `docs/${file}`, line_start, line_end, heading_path });
    const stored = await (await project.collection()).get({ where: { ingest_uri: `docs/${file}` } });
    expect(stored.metadatas[0]).toMatchObject(metadata);
    expect(stored.documents.join()).not.toMatch(/secret\(\)|Home/);
  });

  it('loads no parser and no thread to plan nothing', async () => {
    await project.plan();
    const file = join(project.ws.root, 'modules.txt');
    rmSync(file, { force: true });
    const { code } = await project.run(['plan'], {
      env: { RECORD_MODULES: file, NODE_OPTIONS: `--import=${RECORDER}` },
    });
    expect(code).toBe(0);
    const loaded = existsSync(file) ? readFileSync(file, 'utf8') : '';
    expect(loaded).toContain('parsers.js');
    expect(loaded).not.toMatch(/parse-isolated|parse-worker|unified|rehype|mammoth|unpdf/);
  });

  it('keeps the last version of a document that became unreadable, until it is mended', async () => {
    project.doc('report.pdf', pdf.subarray(0, 1_200));
    const plan = await project.plan();
    expect(gist(plan)).toEqual(['reject docs/report.pdf malformed']);
    expect(plan.indexes[0]?.coverage).toMatchObject({ old_kept: 1 });
    await project.apply();
    const kept = await (await project.collection()).get({ where: { ingest_uri: 'docs/report.pdf' } });
    expect(kept.documents.join()).toContain('Lynxes');
    project.doc(
      'report.pdf',
      makePdf([{ lines: ['Cover'] }, { lines: ['Lynxes roam the northern forest.'] }]),
    );
    expect(await project.apply()).toMatchObject({ applied: { update: 1 } });
  });
});
