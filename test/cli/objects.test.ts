/** A bucket from plan to query on a real Chroma: what is downloaded, and what an outage does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { changesOf, gist, Project } from '../support/project.js';
import { KEYS, S3Server } from '../support/s3-server.js';

let chroma: TestChroma;
let server: S3Server;
let project: Project;
const COUNT = 12;

beforeAll(async () => {
  [chroma, server] = await Promise.all([startTestChroma(), S3Server.start()]);
  project = new Project(chroma.url, true);
  server.pageSize = 5;
  project.manifest({
    sources: {
      manuals: [
        'type: s3',
        `bucket: ${server.bucket}`,
        'prefix: en',
        `endpoint: ${server.url}`,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the manifest
        'access_key_id: ${MY_KEY}',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the manifest
        'secret_access_key: ${MY_SECRET}',
        'timeout_ms: 20000',
      ],
    },
  });
  for (let i = 0; i < COUNT; i++)
    server.put(`en/doc-${i}.md`, `# Manual ${i}\n\nSubject ${i * 7} of the machine.\n`);
  server.put('en/logo.png', 'no text');
  Object.assign(project.env, { MY_KEY: KEYS.id, MY_SECRET: KEYS.secret });
});
afterAll(async () => {
  await project.dispose();
  await Promise.all([chroma.stop(), server.stop()]);
});

const downloads = (): string[] => server.asked().filter((one) => one.startsWith('get '));

describe('a bucket', () => {
  it('is indexed, and found', async () => {
    await project.settle();
    const { stdout } = await project.call(['query', 'subject 49 of the machine']);
    expect(stdout).toContain('manuals/doc-7.md:');
    expect(await (await project.collection()).count()).toBe(COUNT);
  });

  it('a plan without a change downloads nothing', async () => {
    server.asked();
    expect(gist(await project.plan())).toEqual([]);
    expect(server.asked()).toEqual(['list', 'list 5', 'list 10']);
  });

  it('what was written is downloaded, and nothing else; what is gone is deleted', async () => {
    server.put('en/doc-3.md', '# Manual 3\n\nFalcons nest on ledges.\n');
    server.put('en/new.md', '# New\n\nBadgers dig setts.\n');
    server.objects.delete('en/doc-5.md');
    expect(gist(await project.plan())).toEqual([
      'update manuals/doc-3.md content',
      'delete manuals/doc-5.md gone',
      'create manuals/new.md new',
    ]);
    expect(new Set(downloads())).toEqual(new Set(['get en/doc-3.md', 'get en/new.md']));
    await project.settle();
  });

  it.each([
    ['the second page fails', 'list 5'],
    ['nothing can be listed', 'list'],
  ])('an outage deletes nothing: %s', async (_name, request) => {
    server.fault = (one) => (one === request ? { status: 503, code: 'ServiceUnavailable' } : undefined);
    const plan = await project.plan();
    expect(changesOf(plan).filter(({ action }) => action === 'delete')).toEqual([]);
    expect(plan.indexes[0]?.sources[0]).toMatchObject({ complete: false });
    const report = await project.apply();
    expect(report.applied.delete).toBe(0);
    expect(await (await project.collection()).count()).toBe(COUNT);
    server.fault = () => undefined;
    expect(gist(await project.plan())).toEqual([]);
  });

  it('says which variable is missing, and never what the others hold', async () => {
    const missing = await project.call(['plan'], { env: { MY_SECRET: '' } });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('MY_SECRET is not set');
    const wrong = await project.run(['plan', '--verbose'], { env: { MY_SECRET: 'quite-another-secret' } });
    const shown = missing.stdout + missing.stderr + wrong.stdout + wrong.stderr;
    expect(wrong.stdout.replace(/\s+/g, ' ')).toContain('the signature is refused: the secret key is wrong');
    for (const secret of [KEYS.id, KEYS.secret, 'quite-another-secret']) expect(shown).not.toContain(secret);
  });

  it('is validated like files', async () => {
    server.put('en/bad.json', '{"a": ');
    const { code, stdout, stderr } = await project.call(['validate']);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('manuals/bad.json');
  });
});
