/** The two kinds of embedding that decide how an apply spends its time: computed here, and waited for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { peerScript } from './peers.js';

export interface RunningModel {
  /** The manifest's `embedding`. */
  readonly embedding: string;
  stop(): Promise<void>;
}

export interface Model {
  readonly title: string;
  start(dimensions: number): Promise<RunningModel>;
}

/** What a hosted model takes for one request; four are in flight at a time. */
const LATENCY_MS = 250;

export const LEXICAL_HASH: Model = {
  title: 'lexical-hash (computed in the process)',
  start: async (dimensions) => ({
    embedding: `{ provider: lexical-hash, dimensions: ${dimensions} }`,
    stop: async () => {},
  }),
};

export const HTTP_MODEL: Model = {
  title: `HTTP model (${LATENCY_MS} ms a request)`,
  start: async (dimensions) => {
    const server = spawn(process.execPath, [peerScript('model-server'), String(LATENCY_MS)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [port] = (await once(server.stdout, 'data')) as [Buffer];
    const fields = [
      'provider: openai-compatible',
      `base_url: "http://127.0.0.1:${port.toString().trim()}/v1"`,
      'model: waiting',
      `dimensions: ${dimensions}`,
    ];
    return {
      embedding: `{ ${fields.join(', ')} }`,
      stop: async () => {
        const ended = once(server, 'exit');
        server.stdin.end();
        await ended;
      },
    };
  },
};
