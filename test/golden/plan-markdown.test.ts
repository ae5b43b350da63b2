/** The pull-request comment, as a GFM parser reads it: what it must say first, what it may cost, what it must survive. */
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import type { Change, Plan } from '../../src/domain/plan.js';
import { renderPlanMarkdown } from '../../src/report/markdown/render-plan-markdown.js';
import {
  change,
  deletion,
  HANDBOOK,
  indexHeader,
  planOf,
  planOfIndexes,
  withheld,
} from '../unit/report/plan-fixture.js';

const parser = new MarkdownIt({ html: true });

function comment(plan: Plan, maxBytes = 60_000): string {
  return `${[...renderPlanMarkdown(plan, { maxBytes })].join('\n')}\n`;
}

function cellsOf(markdown: string): string[][] {
  const rows: string[][] = [];
  let row: string[] | undefined;
  for (const token of parser.parse(markdown, {})) {
    if (token.type === 'tr_open') row = [];
    if (token.type === 'inline' && row !== undefined)
      row.push((token.children ?? []).map((t) => t.content).join(''));
    if (token.type === 'tr_close' && row !== undefined) {
      rows.push(row);
      row = undefined;
    }
  }
  return rows;
}

function types(markdown: string): string[] {
  return parser.parse(markdown, {}).map((token) => token.type);
}

const rejected = (uri: string): Change =>
  change(uri, {
    action: 'reject',
    reasons: ['contract'],
    detail: '/owner required',
    before: { content_sha256: '41e0c7aa'.repeat(8), metadata_sha256: '0'.repeat(64), chunks: 5 },
    after: { content_sha256: 'b2c95d10'.repeat(8), metadata_sha256: '', chunks: 0 },
    chunks: { add: 0, keep: 5, relabel: 0, delete: 0 },
  });

const mixed = (): Change[] => [
  change('handbook/guide/auth.md'),
  deletion('handbook/v1/auth.md'),
  rejected('handbook/faq/pricing.md'),
];

describe('the comment of a plan', () => {
  it.each([
    ['without changes', planOf(() => [])],
    ['of one change', planOf(() => [change('handbook/a.md')])],
    ['of several kinds', planOf(mixed, { index: { sources: [HANDBOOK] } })],
    ['with withheld losses', planOf(() => [withheld('handbook/v1/a.md'), withheld('handbook/v1/b.md')])],
  ])('%s', async (name, plan) => {
    await expect(comment(plan)).toMatchFileSnapshot(`plan-markdown/${name.replaceAll(' ', '-')}.md`);
  });

  it('says verdict and deletes before anything that can be folded away', () => {
    const text = comment(planOf(mixed));
    const at = (part: string): number => text.indexOf(part);
    expect(at('### prod: 1 delete, 1 reject, 1 add')).toBeGreaterThan(0);
    expect(at('- handbook/v1/auth.md')).toBeLessThan(at('<details>'));
    expect(at('handbook/guide/auth.md')).toBeGreaterThan(at('<details>'));
    expect(types(text).filter((type) => type === 'fence')).toHaveLength(1);
    expect(cellsOf(text).map((row) => row.length)).toEqual([14, 14, 6, 6]);
  });

  it('says of every index whether its input can be applied again, once where all say the same', () => {
    const of = (manifest_id: string, ...replay: ('available' | 'unavailable')[]): Plan['indexes'][number] => {
      const sources = replay.map((one, i) => ({ ...HANDBOOK, source_id: `s${i}`, replay: one }));
      return { header: indexHeader({ manifest_id, sources }), changes: () => [change('handbook/a.md')] };
    };
    const lines = (...indexes: Plan['indexes']): string[] =>
      comment(planOfIndexes(indexes, { outcome: 'changes' }))
        .split('\n')
        .filter((line) => line.startsWith('Replay'));
    expect(lines(of('a', 'available'), of('b', 'available'))).toEqual(['Replay `available`']);
    expect(lines(of('a', 'available', 'unavailable'), of('b', 'available'))).toEqual([
      'Replay `a: s0 available, s1 unavailable (landing is off)`',
      'Replay `b: available`',
    ]);
  });

  it('carries a hidden marker by which it is found again', () => {
    const [first] = comment(planOf(mixed)).split('\n');
    expect(first).toBe('<!-- ingest:plan env=prod plan=c4e19b02 base=f3a1.12 -->');
  });

  it.each([2_000, 8_000, 60_000])('of 100,000 changes keeps within %i bytes, cut between rows', (limit) => {
    function* many(): Generator<Change> {
      for (let i = 0; i < 50_000; i++) yield deletion(`handbook/v1/${String(i).padStart(6, '0')}.md`);
      for (let i = 0; i < 50_000; i++) yield change(`handbook/v2/${String(i).padStart(6, '0')}.md`);
    }
    const text = comment(planOf(many), limit);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
    expect(Buffer.byteLength(text)).toBeGreaterThan(limit * 0.5);
    expect(text).toContain('### prod: 50,000 deletes, 50,000 adds');
    const shown = text.split('\n').filter((line) => line.startsWith('- handbook/v1/')).length;
    expect(text).toContain(`${shown.toLocaleString('en')} of 50,000 shown`);
    expect(text).toMatch(/Merging applies `c4e19b02`/);
    for (const row of cellsOf(text)) expect([6, 14]).toContain(row.length);
  });

  it('folds away what of a hundred deletes nobody would read in sight', () => {
    const uris = Array.from({ length: 100 }, (_, i) => `handbook/v1/${String(i).padStart(3, '0')}.md`);
    const text = comment(planOf(() => uris.map((uri) => deletion(uri))));
    const [inSight = '', folded = ''] = text.split('<details>');
    const rows = (part: string): number => part.split('\n').filter((line) => line.startsWith('- ')).length;
    expect([rows(inSight), rows(folded)]).toEqual([40, 60]);
    expect(folded).toContain('60 more that leave search, are refused or held back');
    expect(types(text).filter((type) => type === 'fence')).toHaveLength(2);
    expect(parser.render(text)).toMatch(/<\/code><\/pre>\s*<\/details>/);
  });

  it.each([
    ['a bar', 'a|b.md'],
    ['backticks', '``` a `b`.md'],
    ['an end of a comment', 'a --> b.md'],
    ['markup', '<img src=x onerror=alert(1)><script>.md'],
    ['a mention and an issue', '@everyone #1.md'],
    ['a link', '[x](javascript:alert(1)).md'],
    ['a new line and a heading', 'a\n# owned.md'],
    ['an escape sequence', 'a\u001b[31mred\u202e.md'],
    ['details', '</details><details open>.md'],
    ['a backslash before a bar', 'a\\|b.md'],
  ])('shows a name with %s as it is, and nothing else comes of it', (_what, name) => {
    const uri = `handbook/${name}`;
    const all: Change[] = [
      change(uri, { detail: name, reasons: [name] }),
      deletion(uri, { reasons: [name] }),
      { ...rejected(uri), detail: name },
      { ...withheld(uri), guard: { rule: 'max_count', allowed_by: null, message: name } },
    ];
    const warning = { key: 'k', message: name, detail: name, functional: true };
    const text = comment(planOf(() => all, { index: { warnings: [warning], manifest_id: 'docs' } }));
    const html = parser.render(text);
    expect(html).not.toMatch(/<img|<script|<a |<h1|<h2/);
    expect(html.match(/<details>/g)).toHaveLength(1);
    expect(html.match(/<\/details>/g)).toHaveLength(1);
    // Mentions and issue numbers are read everywhere but in code.
    expect(html.replace(/<code[^>]*>[\s\S]*?<\/code>/g, '')).not.toMatch(/@everyone|#1\.md|owned/);
    expect(html).toContain('</code></pre>');
    for (const row of cellsOf(text)) expect([6, 14]).toContain(row.length);
    expect(text.match(/<!--/g)).toHaveLength(1);
    expect(text).not.toMatch(/\p{Cc}(?<!\n)/u);
  });

  it('of very many indexes keeps within its budget too', () => {
    const one = (i: number) => ({ header: indexHeader({ manifest_id: `docs-${i}` }), changes: () => [] });
    const plan = planOfIndexes(
      Array.from({ length: 3000 }, (_, i) => one(i)),
      { outcome: 'changes' },
    );
    const text = comment(plan, 10_000);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(10_000);
    expect(text).toMatch(/of 3,000 shown/);
  });
});
