/** Reads all records of a collection with text and metadata and keeps none: node read-records.mjs URL COLLECTION */
import { ChromaClient } from 'chromadb';

const [url = '', name = ''] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const collection = await new ChromaClient({ host: hostname, port: Number(port), ssl: false }).getCollection({
  name,
});
const limit = 10_000;
let read = 0;
for (let offset = 0; ; offset += limit) {
  const { ids } = await collection.get({ limit, offset, include: ['documents', 'metadatas'] });
  read += ids.length;
  if (ids.length < limit) break;
}
process.stdout.write(`${read}\n`);
