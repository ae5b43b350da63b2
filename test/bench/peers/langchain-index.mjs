/**
 * LangChain JS as its documentation shows it: read files, split them, index() into Chroma with a record manager in
 * SQLite. Embeds with the same function as the program. The argument is JSON; prints what it did as JSON.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { SQLiteRecordManager } from '@langchain/community/indexes/sqlite';
import { Chroma } from '@langchain/community/vectorstores/chroma';
import { Embeddings } from '@langchain/core/embeddings';
import { index } from '@langchain/core/indexing';
import { MarkdownTextSplitter } from '@langchain/textsplitters';
import { ChromaClient } from 'chromadb';
import { lexicalHashVector } from '../../../dist/embedding/providers/lexical-hash.js';

const { docs, url, collection, records, dimensions, cleanup } = JSON.parse(process.argv[2]);
const done = { embedded: 0, upserted: 0, deleted: 0 };

class LexicalHash extends Embeddings {
  async embedDocuments(texts) {
    done.embedded += texts.length;
    return texts.map((text) => Array.from(lexicalHashVector(text, dimensions)));
  }
  async embedQuery(text) {
    return Array.from(lexicalHashVector(text, dimensions));
  }
}

class CountingChroma extends Chroma {
  async addVectors(vectors, documents, options) {
    done.upserted += vectors.length;
    return super.addVectors(vectors, documents, options);
  }
  async delete(params) {
    done.deleted += params.ids.length;
    return super.delete(params);
  }
}

const { hostname, port } = new URL(url);
const vectorStore = new CountingChroma(new LexicalHash({}), {
  index: new ChromaClient({ host: hostname, port: Number(port), ssl: false }),
  collectionName: collection,
  collectionMetadata: { 'hnsw:space': 'cosine' },
});
const recordManager = new SQLiteRecordManager(`chroma/${collection}`, {
  localPath: records,
  tableName: 'upsertion_record',
});
await recordManager.createSchema();

const files = readdirSync(docs, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();
const splitter = new MarkdownTextSplitter({ chunkSize: 1200, chunkOverlap: 0 });
const chunks = await splitter.createDocuments(
  files.map((file) => readFileSync(file, 'utf8')),
  files.map((file) => ({ source: relative(docs, file) })),
);
await index({
  docsSource: chunks,
  recordManager,
  vectorStore,
  // 1,000 a request, as the program sends: LangChain's own 100 would be slower.
  options: { cleanup, sourceIdKey: 'source', batchSize: 1000 },
});
process.stdout.write(`${JSON.stringify({ ...done, chunks: chunks.length })}\n`);
