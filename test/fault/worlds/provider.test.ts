/** An embedding provider that is gone or answers nonsense: bounded tries, a named end, and nothing embedded twice. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { IngestError } from '../../../src/domain/errors.js';
import {
  type Behaviour,
  type EmbeddingServer,
  startEmbeddingServer,
} from '../../support/embedding-server.js';
import { applyIn, planIn } from '../../support/in-process.js';
import { type PlanJson, Project } from '../../support/project.js';
import { realClock } from '../../support/real-clock.js';
import { useChroma } from '../../support/use-chroma.js';

const chroma = useChroma();
let embeddings: EmbeddingServer;
let project: Project;
/** Milliseconds that were slept, by a clock that moves only so. */
let slept: number;

beforeEach(async () => {
  slept = 0;
  embeddings = await startEmbeddingServer();
  project = new Project(chroma.url);
  project.manifest({
    embedding: [
      'provider: openai-compatible',
      `base_url: ${embeddings.url}`,
      'model: m',
      'dimensions: 8',
      'batch_size: 3',
    ],
  });
  project.docs(4);
});
afterEach(async () => {
  await embeddings.stop();
  await project.dispose();
});

const place = () => ({
  root: project.ws.root,
  env: project.env,
  clock: {
    ...realClock(),
    monotonic: () => performance.now() + slept,
    sleep: async (ms: number) => {
      slept += ms;
    },
  },
});

async function ended(): Promise<string> {
  try {
    const result = await applyIn(place());
    return `${result.outcome}: ${result.reason} ${result.failures.map(({ message }) => message).join('; ')}`;
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
    return `${error.code} ${error.message}`;
  }
}

it.each<[string, Behaviour, RegExp]>([
  ['gone', { kind: 'status', status: 503 }, /E302 .*HTTP 503/],
  ['limited for ever', { kind: 'status', status: 429 }, /E302 .*HTTP 429/],
  ['limited for an hour', { kind: 'status', status: 429, retryAfter: '3600' }, /E302 .*HTTP 429/],
  ['cutting every answer', { kind: 'reset' }, /E302 .*cut during the answer/],
  ['behind a gateway that fails', { kind: 'html', status: 502 }, /E302 .*HTTP 502/],
  ['refusing the key', { kind: 'status', status: 401 }, /E301 .*HTTP 401/],
  [
    'of another dimension',
    { kind: 'dimension', dimension: 5 },
    /documents_failed .*has 5 dimensions where 8/,
  ],
  ['answering NaN', { kind: 'number', json: 'null' }, /documents_failed .*not a number/],
  ['answering too few', { kind: 'wrong-count' }, /documents_failed .*0 vectors came back for 1/],
])(
  'a provider that is %s in mid-run ends it after few tries; what was embedded is not embedded again',
  async (_name, behaviour, says) => {
    embeddings.next({ kind: 'ok' });
    embeddings.always(behaviour);
    expect(await ended()).toMatch(says);
    // An hour away is not an hour of asking.
    expect(embeddings.requests.length).toBeLessThan(80);
    expect(slept).toBeLessThan(15 * 60_000);
    const status = await planIn<PlanJson>(place());
    expect(status.outcome).toBe('changes');
    embeddings.always({ kind: 'ok' });
    expect(await applyIn(place())).toMatchObject({ outcome: 'applied', strict_sync: { ok: true } });
    expect((await planIn<PlanJson>(place(), { verify: 'content' })).outcome).toBe('no_changes');
    expect(embeddings.embedded).toHaveLength(12);
  },
);
