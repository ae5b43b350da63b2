/**
 * A model behind HTTP, as far as waiting for it goes: POST /v1/embeddings in OpenAI's protocol, each answer after so
 * many milliseconds, vectors from the text's hash. Prints its port, ends with its parent's pipe.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const latency = Number(process.argv[2]);
const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const { input, dimensions } = JSON.parse(Buffer.concat(parts).toString('utf8'));
    const data = input.map((text, index) => ({
      object: 'embedding',
      index,
      embedding: vector(text, dimensions),
    }));
    const body = JSON.stringify({ object: 'list', data });
    setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end(body), latency);
  });
});

function vector(text, dimensions) {
  const bytes = createHash('shake256', { outputLength: dimensions }).update(text).digest();
  return Array.from(bytes, (byte) => (byte - 127.5) / 128);
}

process.stdin.on('end', () => process.exit(0)).resume();
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
