/**
 * Landing under every kind of source whose bytes are not text in a folder: objects, pages, transcripts, and files that
 * are binary. The sources are lost, and what is left is what was kept.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LandedRow } from '../../src/domain/state-rows.js';
import { openStateReader } from '../../src/recorded/open-state.js';
import { makeDocx, paragraph } from '../support/documents/make-docx.js';
import { makePdf } from '../support/documents/make-pdf.js';
import { applyIn, planIn } from '../support/in-process.js';
import { PageServer } from '../support/page-server.js';
import { changesOf, filesBelow, gist, type PlanJson, Project } from '../support/project.js';
import { KEYS, S3Server } from '../support/s3-server.js';
import { useChroma } from '../support/use-chroma.js';

const EMAIL = 'ana.secret@example.com';
const pdf = (topic: string): Buffer =>
  makePdf([
    { lines: [`About ${topic}.`, `Write to ${EMAIL}.`] },
    { lines: [`The second page of ${topic}.`] },
  ]);
const html = (topic: string): string =>
  `<!doctype html><title>${topic}</title><h1>${topic}</h1><p>About ${topic}. Write to ${EMAIL}.</p>`;

/** By uri: the bytes that its source has. */
const INPUTS: ReadonlyMap<string, Buffer> = new Map(
  Object.entries({
    'calls/monday.vtt': `WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ana>Write to ${EMAIL} on Monday.\n`,
    'calls/tuesday.srt': '1\n00:00:01,000 --> 00:00:04,500\nBen: What was said on Tuesday.\n',
    'calls/wednesday.jsonl':
      '{"start":1.5,"end":2.25,"speaker":"Cleo","text":"What was said on Wednesday."}\n',
    'files/page.html': html('a page in a folder'),
    'files/paper.pdf': pdf('a paper in a folder'),
    'files/letter.docx': makeDocx(paragraph(`A letter about folders, to ${EMAIL}.`)),
    'objects/guide.md': `# Guide\n\nAbout objects. Write to ${EMAIL}.\n`,
    'objects/sub/paper.pdf': pdf('a paper in a bucket'),
    'pages/guide/start': html('a page of a site'),
    'pages/guide/paper.pdf': pdf('a paper of a site'),
  }).map(([uri, bytes]) => [uri, Buffer.from(bytes)]),
);
const URIS = [...INPUTS.keys()].sort();

const chroma = useChroma();
let bucket: S3Server;
let site: PageServer;
let project: Project;

beforeEach(async () => {
  [bucket, site] = await Promise.all([S3Server.start(), PageServer.start()]);
  project = new Project(chroma.url, true);
  Object.assign(project.env, { MY_KEY: KEYS.id, MY_SECRET: KEYS.secret });
  manifest();
  for (const [uri, bytes] of INPUTS) {
    const path = uri.slice(uri.indexOf('/') + 1);
    if (uri.startsWith('objects/')) bucket.put(path, bytes);
    else if (uri.startsWith('pages/'))
      site.pages.set(`/${path}`, {
        body: bytes,
        type: path.endsWith('.pdf') ? 'application/pdf' : 'text/html',
      });
    else project.ws.write(`in/${uri}`, bytes);
  }
});
afterEach(async () => {
  await project.dispose();
  await Promise.all([bucket.stop(), site.stop()]);
});

function manifest(more: readonly string[] = []): void {
  const pages = [...INPUTS.keys()].filter((uri) => uri.startsWith('pages/'));
  project.manifest({
    sources: {
      calls: ['type: transcript', 'root: ../in/calls', 'landing: true'],
      files: ['root: ../in/files', 'landing: true'],
      objects: [
        'type: s3',
        `bucket: ${bucket.bucket}`,
        `endpoint: ${bucket.url}`,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the manifest
        'access_key_id: ${MY_KEY}',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the manifest
        'secret_access_key: ${MY_SECRET}',
        'landing: true',
      ],
      pages: [
        'type: http',
        `urls: [${pages.map((uri) => `"${site.url}/${uri.slice('pages/'.length)}"`).join(', ')}]`,
        'landing: true',
      ],
    },
    more,
  });
}

const place = () => ({ root: project.ws.root, env: project.env });

/** The uri of a page has its host in it, and so its port. */
const uriOf = (uri: string): string => uri.replace('pages/', `pages/${site.host}/`);

function batch(): { readonly id: string; readonly rows: readonly LandedRow[] } {
  const state = openStateReader(project.ws.path('state', 'test'));
  try {
    const id = state.batches('docs')[0]?.batch_id ?? '';
    return { id, rows: [...state.landed('docs', id)] };
  } finally {
    state.close();
  }
}

const blobFile = (blob: string): string => {
  const found = filesBelow(project.ws.path('state', 'test', 'landing')).find((file) => file.includes(blob));
  if (found === undefined) throw new Error(`${blob} is not in the landing store`);
  return found;
};

/** All sources are away: nothing listens, nothing is in the folder, and no key is to be had. */
async function loseSources(): Promise<void> {
  await Promise.all([bucket.stop(), site.stop()]);
  renameSync(project.ws.path('in'), project.ws.path('elsewhere'));
  Object.assign(project.env, { MY_KEY: '', MY_SECRET: '' });
}

async function loseRecords(): Promise<void> {
  const collection = await project.collection();
  await collection.delete({ ids: (await collection.get()).ids });
}

/** Everything of every record but which run wrote it. */
async function contents(): Promise<Record<string, unknown>> {
  const { ids, documents, metadatas, embeddings } = await (await project.collection()).get({
    include: ['documents', 'metadatas', 'embeddings'],
  });
  return Object.fromEntries(
    ids.map((id, i) => {
      const metadata = Object.entries(metadatas[i] ?? {}).filter(
        ([key]) => !['ingest_run_id', 'ingest_trace_id'].includes(key),
      );
      return [id, [documents[i], Object.fromEntries(metadata), embeddings[i]]];
    }),
  );
}

const input = () => ({ input: { verb: 'replay', batch_id: batch().id } as const });

it('keeps the very bytes of each, and mends all of them when every source is gone', async () => {
  await project.settle();
  const { rows } = batch();
  expect(rows.map(({ uri }) => uri).sort()).toEqual(URIS.map(uriOf).sort());
  for (const { uri, blob, form } of rows) {
    const bytes = INPUTS.get(uri.replace(`${site.host}/`, '')) ?? Buffer.alloc(0);
    const kept = gunzipSync(readFileSync(blobFile(blob)));
    expect({ uri, form, same: kept.equals(bytes) }).toEqual({ uri, form: 'raw', same: true });
    expect(createHash('sha256').update(kept).digest('hex')).toBe(blob);
  }
  const before = await contents();
  await loseSources();
  await loseRecords();
  const result = await applyIn(place(), input());
  expect(result).toMatchObject({ outcome: 'applied', embedded: 0, failed: 0 });
  expect(result.applied.repair).toBe(INPUTS.size);
  expect(await contents()).toEqual(before);
  expect((await applyIn(place(), input())).outcome).toBe('no_changes');
});

it('replays each as the gate let it in under PII rules, its times and pages with it', async () => {
  manifest(['policy:', '  pii: { detectors: [email], action: redact }']);
  await project.settle();
  const kept = filesBelow(project.ws.path('state', 'test', 'landing'));
  for (const file of kept) expect(gunzipSync(readFileSync(file)).includes(EMAIL)).toBe(false);
  const before = await contents();
  expect(JSON.stringify(before)).toContain('[redacted:email]');
  await loseSources();
  await loseRecords();
  expect((await applyIn(place(), input())).applied.repair).toBe(INPUTS.size);
  expect(await contents()).toEqual(before);
});

describe('an input that is damaged in the store', () => {
  const ONE_OF_EACH = ['calls/monday.vtt', 'files/paper.pdf', 'objects/sub/paper.pdf', 'pages/guide/start'];
  const DAMAGE = [
    (file: string): void => truncateSync(file, 20),
    (file: string): void => writeFileSync(file, gzipSync('other bytes')),
  ];

  it('is named and never used, whatever it is of; with its source back it is mended, and kept anew', async () => {
    await project.settle();
    const before = await contents();
    const { rows } = batch();
    const damaged = ONE_OF_EACH.map(uriOf);
    for (const [i, uri] of damaged.entries()) {
      DAMAGE[i % 2]?.(blobFile(rows.find((row) => row.uri === uri)?.blob ?? ''));
    }
    renameSync(project.ws.path('in'), project.ws.path('elsewhere'));
    await loseRecords();

    const plan = await planIn<PlanJson>(place(), input());
    const said = plan.indexes.flatMap(({ warnings }) => warnings).filter(({ key }) => key === 'unreadable');
    expect(said.map(({ message }) => damaged.find((uri) => message.includes(uri))).sort()).toEqual(
      [...damaged].sort(),
    );
    for (const { detail } of said) {
      expect(detail).toMatch(/^landed input [0-9a-f]{12} (is torn|was changed)/);
    }
    const result = await applyIn(place(), input());
    expect(result.applied.repair).toBe(INPUTS.size - damaged.length);
    const uris = Object.values(await contents()).map(
      (record) => (record as [string, { ingest_uri: string }])[1],
    );
    expect([...new Set(uris.map(({ ingest_uri }) => ingest_uri))].sort()).toEqual(
      URIS.map(uriOf)
        .filter((uri) => !damaged.includes(uri))
        .sort(),
    );

    renameSync(project.ws.path('elsewhere'), project.ws.path('in'));
    expect(gist(await project.plan())).toEqual(damaged.sort().map((uri) => `repair ${uri} missing-in-index`));
    await project.settle();
    expect(await contents()).toEqual(before);
    for (const { blob } of rows) {
      const bytes = gunzipSync(readFileSync(blobFile(blob)));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(blob);
    }
    expect(changesOf(await planIn<PlanJson>(place(), input()))).toEqual([]);
  });
});
