/** A site from plan to query on a real Chroma: what is downloaded, and what an outage does. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { PageServer } from '../support/page-server.js';
import { changesOf, gist, Project } from '../support/project.js';

let chroma: TestChroma;
let site: PageServer;
let project: Project;
const COUNT = 10;
const path = (i: number): string => `/guide/page-${i}`;

beforeAll(async () => {
  [chroma, site] = await Promise.all([startTestChroma(), PageServer.start()]);
  project = new Project(chroma.url, true);
  Object.assign(project.env, { DOCS_TOKEN: 'a-token-of-the-docs' });
  project.manifest({
    sources: {
      site: [
        'type: http',
        `sitemap: ${site.url}/sitemap.xml`,
        'include: ["guide/**"]',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the manifest
        'headers: { authorization: "Bearer ${DOCS_TOKEN}" }',
      ],
    },
  });
  for (let i = 0; i < COUNT; i++) site.html(path(i), `Subject ${i * 7} of the machine is explained here.`);
  publish(COUNT);
});
afterAll(async () => {
  await project.dispose();
  await Promise.all([chroma.stop(), site.stop()]);
});

function publish(count: number): void {
  const urls = Array.from({ length: count }, (_, i) => site.url + path(i));
  site.sitemap('/sitemap.xml', [...urls, `${site.url}/blog/news`]);
}

const uri = (i: number): string => `site/${site.host}${path(i)}`;

describe('a site', () => {
  it('is indexed, and found', async () => {
    await project.settle();
    const { stdout } = await project.call(['query', 'subject 49 of the machine', '--verbose']);
    expect(stdout).toContain(`${uri(7)}:`);
    expect(site.headers.every(({ authorization }) => authorization === 'Bearer a-token-of-the-docs')).toBe(
      true,
    );
  });

  it('a plan without a change downloads nothing but the sitemap: every page answers 304', async () => {
    site.asked();
    expect(gist(await project.plan())).toEqual([]);
    const pages = Array.from({ length: COUNT }, (_, i) => `304 ${path(i)}`);
    expect(site.asked()).toEqual(['200 /sitemap.xml', ...pages]);
  });

  it('what was written is downloaded; 404 and what the sitemap drops is deleted', async () => {
    site.html(path(3), 'Falcons nest on ledges.');
    site.pages.delete(path(5));
    publish(COUNT - 1);
    site.asked();
    const plan = await project.plan();
    expect(gist(plan)).toEqual([
      `update ${uri(3)} content`,
      `delete ${uri(5)} gone`,
      `delete ${uri(9)} gone`,
    ]);
    expect(site.asked().filter((one) => one.startsWith('200 /guide'))).toEqual([`200 ${path(3)}`]);
    await project.settle();
  });

  it.each([
    ['the site is down', () => ({ status: 503 })],
    ['one page is', (one: string) => (one === path(2) ? { status: 500 } : undefined)],
    ['the sitemap is', (one: string) => (one === '/sitemap.xml' ? { status: 404 } : undefined)],
    ['it asks for a login', (one: string) => (one.startsWith('/guide') ? { status: 401 } : undefined)],
  ] as const)('deletes nothing when %s', async (_name, fault) => {
    const before = await (await project.collection()).count();
    site.fault = fault;
    const plan = await project.plan();
    expect(changesOf(plan).filter(({ action }) => action === 'delete')).toEqual([]);
    expect(plan.indexes[0]?.sources[0]).toMatchObject({ complete: false });
    const report = await project.apply();
    expect(report.applied.delete).toBe(0);
    expect(await (await project.collection()).count()).toBe(before);
    site.fault = () => undefined;
    expect(gist(await project.plan())).toEqual([]);
  });

  it('a lost cache costs downloads, and changes nothing', async () => {
    rmSync(project.ws.path('state', 'cache'), { recursive: true });
    site.asked();
    expect(gist(await project.plan())).toEqual([]);
    expect(site.asked().filter((one) => one.startsWith('200 /guide'))).toHaveLength(COUNT - 2);
  });
});
