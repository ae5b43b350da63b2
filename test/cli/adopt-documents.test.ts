/** What other tools have of our documents: collections as LangChain and LlamaIndex write them, in a real Chroma. */
import { createHash, randomUUID } from 'node:crypto';
import type { Collection } from 'chromadb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { AdoptedCollection, ComparedDocument } from '../../src/domain/adopted-documents.js';
import { lexicalHashVector } from '../../src/embedding/providers/lexical-hash.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { parseJson } from '../support/ingest-cli.js';
import { chromaClient, expectValid, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
});
afterEach(() => project.dispose());

const flat = (text: string): string => text.replace(/\s+/g, ' ');
const vector = (text: string): number[] => [...lexicalHashVector(text, 64)];

interface Piece {
  readonly path: string;
  readonly text: string;
}

/** `Chroma.from_documents` of documents that a DirectoryLoader read: random ids, the path in `source`. */
async function asLangChain(name: string, pieces: readonly Piece[]): Promise<Collection> {
  const collection = await chromaClient(chroma.url).createCollection({ name, embeddingFunction: null });
  await collection.add({
    ids: pieces.map(() => randomUUID()),
    embeddings: pieces.map(({ text }) => vector(text)),
    documents: pieces.map(({ text }) => text),
    metadatas: pieces.map(({ path }, i) =>
      path === '' ? { start_index: i } : { source: path, start_index: i },
    ),
  });
  return collection;
}

/**
 * `VectorStoreIndex` over a ChromaVectorStore of files that a SimpleDirectoryReader read. `embedsPath`: as it does by
 * itself, for which file_path stands before the text that is embedded.
 */
async function asLlamaIndex(name: string, pieces: readonly Piece[], embedsPath: boolean): Promise<void> {
  const collection = await chromaClient(chroma.url).createCollection({ name, embeddingFunction: null });
  await collection.add({
    ids: pieces.map(() => randomUUID()),
    embeddings: pieces.map(({ path, text }) => vector(embedsPath ? `file_path: ${path}\n\n${text}` : text)),
    documents: pieces.map(({ text }) => text),
    metadatas: pieces.map(({ path, text }) => {
      const ref = randomUUID();
      const file = {
        file_path: path,
        file_name: path.split(/[\\/]/).at(-1) ?? '',
        file_type: 'text/markdown',
        file_size: text.length,
        creation_date: '2024-05-02',
        last_modified_date: '2024-05-02',
      };
      const hash = createHash('sha256').update(text).digest('hex');
      const node = { id_: randomUUID(), embedding: null, metadata: file, relationships: {}, hash, text: '' };
      return {
        ...file,
        _node_content: JSON.stringify({ ...node, class_name: 'TextNode' }),
        _node_type: 'TextNode',
        document_id: ref,
        doc_id: ref,
        ref_doc_id: ref,
      };
    }),
  });
}

/** Notes of a line each, whose text both tools cut alike. */
function notes(...names: readonly string[]): void {
  for (const name of names) project.doc(`${name}.md`, note(name));
}

const note = (name: string): string => `The note about ${name} says what ${name} is for.`;

const whole = (options: { collection: string; sources?: Record<string, string[]> }): void =>
  project.manifest({ ...options, more: ['chunking: { strategy: whole }'] });

async function adopted(from: string, ...flags: string[]): Promise<AdoptedCollection> {
  const result = await project.call(['state', 'adopt', '--from', from, '--json', ...flags]);
  expect(result).toMatchObject({ code: 0 });
  const report = parseJson<AdoptedCollection>(result);
  expectValid('report', report);
  return report;
}

const contentOf = (collection: Collection) =>
  collection.get({ include: ['documents', 'embeddings', 'metadatas'] });

const gist = ({ uri, side, records, chunks, same_text }: ComparedDocument): string =>
  `${side} ${uri} ${records} ${same_text}/${chunks}`;

it('says by document what LangChain has of it, what it has alone, and what the next plan embeds', async () => {
  const name = `${project.name}-langchain`;
  notes('alpha', 'beta', 'guide/gamma', 'new');
  project.doc('logo.png', Buffer.from([0x89, 0x50]));
  const theirs = await asLangChain(name, [
    { path: '/app/docs/alpha.md', text: note('alpha') },
    { path: '/app/docs/alpha.md', text: note('alpha') },
    { path: '/app/docs/beta.md', text: 'What the note about beta said before.' },
    { path: '/app/docs/guide/gamma.md', text: note('guide/gamma') },
    { path: '/app/docs/logo.png', text: 'A picture.' },
    { path: '/app/docs/retired.md', text: note('retired') },
    { path: '/srv/other/new.md', text: note('elsewhere') },
    { path: '', text: note('nowhere') },
  ]);
  const before = await contentOf(theirs);
  whole({ collection: `${project.name}-own` });
  const map = ['--uri-from', 'source', '--strip', '/app/docs'];

  const looked = await adopted(name, ...map);
  expect(looked.vectors).toBeNull();
  expect(looked.compared.next_plan).toMatchObject({ outcome: 'changes', embed: { compute: 4, cached: 0 } });

  const { vectors, compared } = await adopted(name, ...map, '--same-model');
  expect(vectors).toMatchObject({ records: 8, taken: 7 });
  expect(compared).toMatchObject({
    collection: name,
    manifest_id: 'docs',
    source_id: 'docs',
    records: 8,
    both: { documents: 4, records: 5, chunks: 3, same_text: 2 },
    theirs: { documents: 1, records: 1 },
    ours: { documents: 1, chunks: 1, same_text: 0 },
    without_key: 1,
    unmapped: 1,
    duplicates: { records: 1, documents: 1 },
    next_plan: { outcome: 'changes', embed: { compute: 2, cached: 2 } },
  });
  expect(compared.documents.map(gist)).toEqual([
    'both docs/alpha.md 2 1/1',
    'both docs/beta.md 1 0/1',
    'both docs/guide/gamma.md 1 1/1',
    'both docs/logo.png 1 0/0',
    'ours docs/new.md 0 0/1',
    'theirs docs/retired.md 1 0/0',
  ]);
  expect(compared.documents[3]?.no_chunks).toBe('unsupported-type');
  expect(compared.documents[1]?.other_text).toEqual([0]);
  expect(compared.where.map(({ value }) => value).sort()).toEqual(['/srv/other/new.md', null].sort());

  const { stdout } = await project.call(['state', 'adopt', '--from', name, ...map]);
  const text = flat(stdout);
  expect(text).toContain('On both 4 documents; 2 of 3 chunks with a text of theirs');
  expect(text).toContain('docs/beta.md 0 of 1 chunk');
  expect(text).toContain('docs/logo.png not indexed here: unsupported-type');
  expect(text).toContain(
    'Theirs 1 document that no source lists; they will not come along docs/retired.md 1 record',
  );
  expect(text).toContain('Ours 1 document that they do not have docs/new.md 1 chunk');
  expect(text).toContain('1 record without source; 1 record with no path below docs in it');
  expect(text).toContain('Embed 2 chunks, free; 2 from cache; their vectors were not taken');

  // What was said is what the apply does, and theirs is as it was.
  expect(await project.apply()).toMatchObject({ applied: { create: 4 }, embedded: 2, cached: 2 });
  expect(await contentOf(theirs)).toEqual(before);
  expect((await adopted(name, ...map)).compared.next_plan).toMatchObject({ outcome: 'no_changes' });
});

it('maps what LlamaIndex noted; its vectors are refused where it embedded the path with the text', async () => {
  notes('alpha', 'beta');
  const pieces = ['alpha', 'beta'].map((name) => ({ path: `C:\\kb\\docs\\${name}.md`, text: note(name) }));
  const usual = `${project.name}-llama`;
  const textOnly = `${project.name}-llama-text`;
  await asLlamaIndex(usual, pieces, true);
  await asLlamaIndex(textOnly, pieces, false);
  whole({ collection: `${project.name}-own` });
  const map = ['--uri-from', 'file_path', '--strip', 'C:\\kb\\docs'];

  const { compared } = await adopted(usual, ...map);
  expect(compared.documents.map(gist)).toEqual(['both docs/alpha.md 1 1/1', 'both docs/beta.md 1 1/1']);
  const refused = await project.call(['state', 'adopt', '--from', usual, ...map, '--same-model']);
  expect(refused.code).toBe(1);
  expect(flat(refused.stderr)).toMatch(
    /E508.*is not what this model computes for its text.*more than the text/,
  );

  const taken = await adopted(textOnly, ...map, '--same-model');
  expect(taken.compared.next_plan).toMatchObject({ embed: { compute: 0, cached: 2 } });
  expect(await project.apply()).toMatchObject({ applied: { create: 2 }, embedded: 0 });
});

it('which source is meant must be said when there are several', async () => {
  const name = `${project.name}-langchain`;
  notes('alpha');
  await asLangChain(name, [{ path: 'docs/alpha.md', text: note('alpha') }]);
  const sources = { handbook: ['root: ../docs'], site: ['root: ../docs'] };
  whole({ collection: `${project.name}-own`, sources });
  const unsaid = await project.call(['state', 'adopt', '--from', name, '--uri-from', 'source']);
  expect(unsaid.code).toBe(1);
  expect(flat(unsaid.stderr)).toMatch(/E606.*several sources: handbook, site.*--source/);
  const { compared } = await adopted(name, '--uri-from', 'source', '--source', 'site', '--strip', 'docs');
  expect(compared.documents.map(gist)).toEqual(['ours handbook/alpha.md 0 1/1', 'both site/alpha.md 1 1/1']);
});

it('a collection of another tool that has the name of the index is left to its readers until it is renamed', async () => {
  notes('alpha', 'beta');
  const theirs = await asLangChain(
    project.name,
    ['alpha', 'beta'].map((name) => ({ path: `${name}.md`, text: note(name) })),
  );
  whole({ collection: project.name });
  const { compared, vectors } = await adopted(project.name, '--uri-from', 'source', '--same-model');
  expect(vectors).toMatchObject({ taken: 2 });
  expect(compared.both).toMatchObject({ documents: 2, same_text: 2 });
  expect(compared.next_plan).toMatchObject({ outcome: 'refused', code: 'E403' });
  const refused = await project.run(['apply', '--auto-approve']);
  expect(refused.code).toBe(1);
  expect(flat(refused.stderr)).toMatch(/E403.*another tool wrote it.*rename theirs/);
  expect(await theirs.count()).toBe(2);

  await theirs.modify({ name: `${project.name}-before` });
  expect(await project.settle()).toMatchObject({ applied: { create: 2 }, embedded: 0 });
  expect(await (await project.collection(`${project.name}-before`)).count()).toBe(2);
});
