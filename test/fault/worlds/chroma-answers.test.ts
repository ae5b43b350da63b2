/** A Chroma, or what stands in its place, that answers wrongly: said by name, and afterwards the re-run converges. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { IngestError } from '../../../src/domain/errors.js';
import { type Exchange, FlakyChroma, type Misbehaviour } from '../../integration/live/flaky-chroma.js';
import { applyIn, planIn } from '../../support/in-process.js';
import { type PlanJson, Project } from '../../support/project.js';
import { realClock } from '../../support/real-clock.js';
import { useChroma } from '../../support/use-chroma.js';

const chroma = useChroma();
let flaky: FlakyChroma;
let project: Project;

beforeEach(async () => {
  flaky = new FlakyChroma(chroma.url);
  project = new Project(await flaky.start());
  project.manifest();
  project.docs(2);
});
afterEach(async () => {
  await flaky.stop();
  await project.dispose();
});

/** Pauses between tries take no time: what is tested is what is done, not how long one waits. */
const place = () => ({
  root: project.ws.root,
  env: project.env,
  clock: { ...realClock(), sleep: async () => {} },
});

/** `CODE message` of what an apply ends with; its outcome when there is no error. */
async function applied(where = place()): Promise<string> {
  try {
    const result = await applyIn(where);
    return result.outcome === 'failed'
      ? `${result.reason} ${result.failures[0]?.message ?? ''}`
      : result.outcome;
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
    expect(error.advice).toMatch(/\w/);
    return `${error.code} ${error.message}`;
  }
}

async function expectConverges(chunks: number): Promise<void> {
  flaky.misbehave = () => false;
  const result = await applyIn(place());
  expect({ outcome: result.outcome, embedded: result.embedded }).toEqual({
    outcome: expect.stringMatching(/^(applied|no_changes)$/),
    embedded: 0,
  });
  const plan = await planIn<PlanJson>(place(), { verify: 'content' });
  expect(plan.outcome).toBe('no_changes');
  expect(await (await project.collection()).count()).toBe(chunks);
}

const always =
  (suffix: string, answer: (exchange: Exchange) => void): Misbehaviour =>
  (exchange) => {
    if (!exchange.path.split('?')[0]?.endsWith(suffix)) return false;
    answer(exchange);
    return true;
  };

const status =
  (code: number, error: string | undefined, headers: Readonly<Record<string, string>> = {}) =>
  ({ response }: Exchange): void => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(
      error === undefined ? '<html>nginx</html>' : JSON.stringify({ error, message: 'as the test wants' }),
    );
  };

const body =
  (text: string) =>
  ({ response }: Exchange): void => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  };

const half = ({ response }: Exchange): void => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
  response.write('{"ids": [', () => response.destroy());
};

type Answer = (exchange: Exchange) => void;

/** What a write is answered with, and what the apply says then. */
const WRITES: readonly (readonly [name: string, answer: Answer, says: RegExp])[] = [
  ['401', status(401, 'Unauthorized'), /^E402 .*does not allow.*401/],
  ['403', status(403, 'Forbidden'), /^E402 .*does not allow.*403/],
  ['404', status(404, 'NotFoundError'), /^E407 /],
  ['409', status(409, 'UniqueConstraintError'), /^E40[12] /],
  ['413', status(413, 'PayloadTooLarge'), /rejected/],
  ['422', status(422, 'QuotaExceeded'), /rejected/],
  ['429 for ever', status(429, 'RateLimit', { 'retry-after': '1' }), /^E40[12] /],
  ['500 for ever', status(500, 'InternalError'), /^E401 .*5 tries/],
  ['503 of a gateway', status(503, undefined), /^E401 /],
  ['a redirect', status(307, undefined, { location: 'http://127.0.0.1:9/' }), /^E401 .*redirect/],
  ['half an answer', half, /^E401 .*may or may not/],
  ['a sign-in page', body('<html>welcome</html>'), /^E401 .*not Chroma/],
];

it('a write that is answered wrongly ends by name, again and again; the next good run has it all, embedded once', async () => {
  for (const [name, answer, says] of WRITES) {
    flaky.misbehave = always('/upsert', answer);
    expect({ name, said: await applied() }).toEqual({ name, said: expect.stringMatching(says) });
  }
  await expectConverges(6);
});

/** Of the minute that a request has, a second is left when it is sent. */
function hurriedPlace() {
  let looks = 0;
  return { ...place(), clock: { ...place().clock, monotonic: () => 59_000 * looks++ } };
}

it.each(['/upsert', '/count'])(
  'a %s that is taken and never answered ends by name, not never; the next good run has it all',
  async (suffix) => {
    flaky.misbehave = always(suffix, () => {});
    expect(await applied(hurriedPlace())).toMatch(/^E401 /);
    flaky.misbehave = () => false;
    expect(await applied()).toBe('applied');
    await expectConverges(6);
  },
);

it('a Chroma that is gone for a moment in the middle of an apply costs that apply nothing but time', async () => {
  let cuts = 0;
  flaky.misbehave = ({ path, cut }) => {
    if (cuts === 0 ? !path.endsWith('/upsert') : cuts >= 3) return false;
    cuts++;
    cut();
    return true;
  };
  expect(await applyIn(place())).toMatchObject({
    outcome: 'applied',
    embedded: 6,
    strict_sync: { ok: true },
  });
  expect(cuts).toBe(3);
  await expectConverges(6);
});

const READS: readonly (readonly [path: string, name: string, answer: Answer])[] = [
  ['/count', 'an HTML page', body('<html>welcome</html>')],
  ['/count', 'the wrong type', body('"many"')],
  ['/count', 'nothing', body('')],
  ['/get', 'an HTML page', body('<html>welcome</html>')],
  ['/get', 'the wrong shape', body('{"ids": 7}')],
  ['/get', 'null', body('null')],
  ['/get', 'a list', body('[]')],
  ['/get', 'rows without texts', body('{"ids":["a"],"include":[],"documents":null,"metadatas":null}')],
  ['/get', 'half an answer', half],
  ['/query', 'the wrong shape', body('{"distances": "near"}')],
  ['/collections/NAME', 'the wrong shape', body('{"id": 5}')],
];

it('a read that is answered wrongly is an error of Chroma: never "no changes", never endless, never a bug of ours', async () => {
  await applyIn(place());
  for (const [path, name, answer] of READS) {
    flaky.misbehave = always(path.replace('NAME', project.name), answer);
    const said = await planIn<PlanJson>(place(), { verify: 'content' }).then(
      (plan) => `planned ${plan.outcome} ${plan.indexes[0]?.live.status}`,
      (error: unknown) => (error instanceof IngestError ? error.code : `bug: ${String(error)}`),
    );
    expect({ path, name, said }).toEqual({
      path,
      name,
      said: expect.stringMatching(/^(E40[12]|planned changes unsearchable)$/),
    });
  }
  await expectConverges(6);
});

it('a largest batch that shrinks between plan and apply is kept to, request by request', async () => {
  const sizes: number[] = [];
  let most = 100;
  flaky.misbehave = (exchange) => {
    if (exchange.path.endsWith('/pre-flight-checks')) {
      body(JSON.stringify({ max_batch_size: most, supports_base64_encoding: false }))(exchange);
      return true;
    }
    if (exchange.path.endsWith('/upsert')) {
      sizes.push((JSON.parse(exchange.body.toString()) as { ids: string[] }).ids.length);
    }
    return false;
  };
  await planIn(place());
  most = 4;
  expect(await applyIn(place())).toMatchObject({ outcome: 'applied', strict_sync: { ok: true } });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4);
  await expectConverges(6);
});
