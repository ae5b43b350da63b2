/** The page of a run's report, in a real browser: it needs nothing but itself, and its charts tell its numbers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunReport } from '../../../src/domain/run-report.js';
import { renderRunHtml } from '../../../src/report/run/page/run-report-html.js';
import { startBrowser, type TestBrowser } from '../../support/browser.js';
import { HOSTILE, runReport } from './run-report-fixture.js';

let started: TestBrowser | undefined;
const folder = mkdtempSync(join(tmpdir(), 'ingest-page-'));

beforeAll(async () => {
  started = await startBrowser();
});
afterAll(async () => {
  await started?.close();
  rmSync(folder, { recursive: true });
});

interface Opened {
  readonly page: Page;
  readonly requests: string[];
  /** Of the console, and uncaught errors; a policy that is offended speaks here. */
  readonly said: string[];
}

async function open(report: RunReport, width: number, colorScheme: 'light' | 'dark'): Promise<Opened> {
  const file = join(folder, 'report.html');
  writeFileSync(file, [...renderRunHtml(report, 'ingest validate --env prod')].join('\n'));
  const browser = started?.browser;
  if (browser === undefined) throw new Error('no browser');
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
  const page = await context.newPage();
  const requests: string[] = [];
  const said: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  await page.goto(pathToFileURL(file).href);
  return { page, requests, said };
}

/** `data-value` of every bar or column of a chart, in order. */
function values(page: Page, chart: string): Promise<number[]> {
  return page
    .locator(`#${chart} [data-value]`)
    .evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute('data-value'))));
}

/** To be evaluated in the page: these tests know no DOM. */
function styleOf(selector: string, property: string): string {
  return `getComputedStyle(document.querySelector('${selector}')).${property}`;
}

/** Share of the drawing that each bar is wide, as drawn. */
function widths(page: Page, chart: string): Promise<number[]> {
  return page
    .locator(`#${chart} svg:not(.key) rect:not(.track):not(.behind)`)
    .evaluateAll((rects) =>
      rects.map(
        (rect) =>
          rect.getBoundingClientRect().width / (rect.closest('svg')?.getBoundingClientRect().width ?? 0),
      ),
    );
}

describe('the page of a run in a browser', () => {
  beforeEach(({ skip }) => {
    if (started === undefined)
      skip('no Chromium for this platform comes with the tests, and none is installed');
  });

  it('asks for nothing beside itself and offends no policy', async () => {
    const { page, requests, said } = await open(runReport(), 1200, 'light');
    expect(requests).toEqual([page.url()]);
    expect(said).toEqual([]);
    expect(await page.evaluate('document.compatMode')).toBe('CSS1Compat');
    // Its own style is allowed by the policy: without it the pill would have no corners.
    expect(await page.evaluate(styleOf('.pill', 'borderRadius'))).toBe('99px');
  });

  it('keeps names and messages of others text', async () => {
    const { page } = await open(runReport(), 1200, 'light');
    expect(await page.locator('#rejected td code').textContent()).toBe(HOSTILE);
    expect(await page.locator('#rejected').textContent()).toContain('/owner <b>required</b> \\u{202e}txt');
    expect(await page.title()).toMatch(/^01KB7Q4M support-docs @ prod: success with gaps$/);
    expect(await page.locator('main img, script, main b b, i').count()).toBe(0);
  });

  it('runs no script and loads no image, whatever is in the page', async () => {
    const { page, said } = await open(runReport(), 1200, 'light');
    const refused: (string | undefined)[] = [];
    page.on('requestfailed', (request) => refused.push(request.failure()?.errorText));
    await page.evaluate(`
      document.body.insertAdjacentHTML('beforeend', '<img src="https://example.invalid/x.png">');
      const script = document.createElement('script');
      script.textContent = 'document.title = "ran"';
      document.body.append(script);
    `);
    expect(await page.title()).not.toBe('ran');
    await expect.poll(() => said.length).toBeGreaterThanOrEqual(2);
    expect(said.every((text) => text.includes('Content Security Policy'))).toBe(true);
    await expect.poll(() => refused).toEqual(['csp']);
  });

  it('draws the coverage by class, each part as wide as its share', async () => {
    const { page } = await open(runReport(), 1200, 'light');
    const classes = [1280, 2, 3, 1, 12, 1, 1];
    expect(await values(page, 'coverage')).toEqual(classes);
    const drawn = await widths(page, 'coverage');
    for (const [i, value] of classes.entries()) expect(drawn[i]).toBeCloseTo(value / 1300, 3);
    expect(await page.locator('#coverage .legend').textContent()).toMatch(
      /current\s+1,280[\s\S]*not reached\s+1/,
    );
  });

  it('draws the changes by action, done before planned', async () => {
    const { page } = await open(runReport(), 1200, 'light');
    expect(await values(page, 'changes')).toEqual([12, 1, 3, 1, 0, 2]);
    const drawn = await widths(page, 'changes');
    for (const [i, done] of [12, 1, 3, 1, 0, 2].entries()) expect(drawn[i]).toBeCloseTo(done / 14, 3);
    expect(await page.locator('#changes .bar').first().textContent()).toMatch(/\+ create\s*12 of 14/);
    expect(await page.locator('#changes .behind').count()).toBe(1);
  });

  it('draws the durations by phase, what was embedded, and the last runs', async () => {
    const { page } = await open(runReport(), 1200, 'light');
    expect(await values(page, 'durations')).toEqual([40, 60_000, 30_000]);
    expect((await widths(page, 'durations'))[2]).toBeCloseTo(0.5, 3);
    expect(await values(page, 'embedding')).toEqual([40, 21]);
    expect((await widths(page, 'embedding'))[0]).toBeCloseTo(40 / 61, 3);
    expect(await values(page, 'history')).toEqual([122, 0, 61]);
    const tones = page.locator('#history .columns rect');
    expect(await tones.evaluateAll((rects) => rects.map((rect) => rect.getAttribute('class')))).toEqual([
      'applied',
      'killed',
      'partial',
    ]);
    const heights = await tones.evaluateAll((rects) =>
      rects.map((rect) => rect.getBoundingClientRect().height),
    );
    expect((heights[2] ?? 0) / (heights[0] ?? 1)).toBeCloseTo(0.5, 2);
    expect(heights[1]).toBeGreaterThan(0);
  });

  it('draws every colour that it names, in the light and in the dark', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const { page } = await open(runReport(), 1200, scheme);
      const fills = await page.evaluate<[string, string][]>(
        `[...document.querySelectorAll('svg rect')].map((rect) => [rect.getAttribute('class'), getComputedStyle(rect).fill])`,
      );
      expect(fills.length).toBeGreaterThan(20);
      // A class without a rule would be black.
      expect(fills.filter(([, fill]) => fill === 'rgb(0, 0, 0)')).toEqual([]);
      const back = await page.evaluate(styleOf('body', 'backgroundColor'));
      expect(back).toBe(scheme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(17, 22, 28)');
    }
  });

  it('is readable on a phone: nothing is wider than the screen, and no number is smaller than on a desk', async () => {
    const { page } = await open(runReport(), 360, 'light');
    await page.locator('details summary').click();
    const wide = await page.evaluate(`({
      page: document.documentElement.scrollWidth,
      over: [...document.querySelectorAll('main *')]
        .filter((node) => node.closest('svg') === null && node.getBoundingClientRect().right > 361)
        .map((node) => node.outerHTML.slice(0, 80)),
    })`);
    expect(wide).toEqual({ page: 360, over: [] });
    // Without a font nothing would be wide.
    const verdict = await page.evaluate<number>(`document.querySelector('h1').getClientRects()[0].height`);
    expect(verdict).toBeGreaterThan(15);
    const words = await page.evaluate<number>(
      `(() => { const r = document.createRange(); r.selectNodeContents(document.querySelector('h2')); return r.getBoundingClientRect().width; })()`,
    );
    expect(words).toBeGreaterThan(40);
    const sizes = await page.evaluate<number[]>(
      `[...document.querySelectorAll('main :is(dt, dd, td, p, li, h2, code)')].map((node) => parseFloat(getComputedStyle(node).fontSize))`,
    );
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(12.5);
  });

  it('shows a run that was killed without a number that nobody knows', async () => {
    const full = runReport();
    const [index] = full.indexes;
    if (index === undefined) throw new Error('no index');
    const killed = runReport({
      run: { ...full.run, outcome: null, reason: null, finished_at: null, duration_ms: null },
      verdict: {
        ...full.verdict,
        status: 'not_available',
        reason_codes: ['killed'],
        downstream_decision: 'hold',
        recommended_action: 'rerun',
      },
      figures: { ...full.figures, tokens: null, cost: null, retries: null },
      indexes: [{ ...index, applied: null, recorded: null, live: null, strict_sync: null, embed: null }],
      timings: null,
    });
    const { page, said } = await open(killed, 1200, 'dark');
    const text = await page.locator('main').textContent();
    expect(text).toContain('NOT FINISHED');
    expect(text).toContain('killed: it has no end');
    expect(text).not.toMatch(/\b(null|undefined|NaN|\[object)/);
    expect(await page.locator('#durations').count()).toBe(0);
    expect(said).toEqual([]);
  });
});
