/** A process that writes 50 vectors into a cache, one by one, when it is told to. Prints warnings. */
import { openEmbeddingCache } from '../../../src/embedding/embedding-cache.js';

const [file = '', name = ''] = process.argv.slice(2);

process.once('message', () => {
  const cache = openEmbeddingCache(file, {
    onWarning: (warning) => process.stdout.write(`${JSON.stringify(warning)}\n`),
  });
  for (let i = 0; i < 50; i++)
    cache.put('f', new Map([[`${name} ${i}`, new Float32Array(1024).fill(i + 1)]]));
  cache.close();
  process.disconnect();
});
process.send?.('ready');
