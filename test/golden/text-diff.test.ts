/** The text that changes, as a terminal and a comment show it: as it is, harmless, and first to be cut. */
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import type { Change, DiffChunk, Plan, TextDiff } from '../../src/domain/plan.js';
import { renderPlanMarkdown } from '../../src/report/markdown/render-plan-markdown.js';
import { renderPlan } from '../../src/report/render-plan.js';
import { colourStyle, plainStyle } from '../../src/report/style.js';
import { withoutText } from '../../src/report/text-diff/plan-text.js';
import { change, deletion, planOf, side } from '../unit/report/plan-fixture.js';

const parser = new MarkdownIt({ html: true });

const chunk = (first: number, text: string | null, heading = 'Guide > Routing'): DiffChunk => ({
  lines: text === null ? null : [first, first + text.split('\n').length - 1],
  heading,
  text,
});
const one = (old: string | null, fresh: string, over: Partial<TextDiff> = {}): TextDiff => ({
  hunks: [{ removed: [chunk(12, old)], added: [chunk(12, fresh)] }],
  kept: 11,
  cut: 0,
  ...over,
});
const update = (uri: string, diff: TextDiff): Change =>
  change(uri, {
    action: 'update',
    reasons: ['content'],
    before: side('5bd2e0c1', 12),
    after: side('91aa7f30', 12),
    chunks: { add: 1, keep: 11, relabel: 0, delete: 1 },
    diff,
  });
const lines = (count: number, change?: string): string =>
  Array.from({ length: count }, (_, i) => (i === 9 && change !== undefined ? change : `Line ${i}.`)).join(
    '\n',
  );

const several = (): Change[] => [
  change('handbook/guide/new.md', {
    diff: { hunks: [{ removed: [], added: [chunk(1, 'New\n\nA page.', 'New')] }], kept: 0, cut: 0 },
  }),
  update('handbook/guide/routing.md', one(lines(20, 'The old line.'), lines(20, 'The new line.'))),
  update('handbook/guide/unread.md', one(null, 'What it says now.', { cut: 3 })),
  update('handbook/guide/title.md', { hunks: [], kept: 12, cut: 0 }),
  deletion('handbook/v1/auth.md'),
];

const text = (plan: Plan, over: object = {}): string =>
  `${[...renderPlan(plan, { style: plainStyle, width: 80, verbose: false, diff: true, next: '', ...over })].join('\n')}\n`;
const comment = (plan: Plan, maxBytes = 60_000): string =>
  `${[...renderPlanMarkdown(plan, { maxBytes, diff: true })].join('\n')}\n`;

/** The fenced blocks of a comment, as a GFM parser finds them. */
function fences(markdown: string): string[] {
  return parser
    .parse(markdown, {})
    .filter((token) => token.type === 'fence')
    .map((token) => token.content);
}

describe('the text that changes', () => {
  it('is shown on a terminal above the table, with a little around it', async () => {
    const shown = text(planOf(several));
    await expect(shown).toMatchFileSnapshot('text-diff.txt');
    expect(shown.indexOf('+The new line.')).toBeLessThan(shown.indexOf('  document '));
    await expect(text(planOf(several), { style: colourStyle(1) })).toMatchFileSnapshot(
      'text-diff-colour.txt',
    );
  });

  it('is shown in a comment below everything else, each document in a block of its own', async () => {
    const shown = comment(planOf(several));
    await expect(shown).toMatchFileSnapshot('text-diff.md');
    expect(shown).toContain('Text of 3 documents (3 of 3 shown)');
    expect(fences(shown)).toHaveLength(4);
    expect(fences(shown)[1]).toContain('-The old line.\n+The new line.\n');
    expect(shown.indexOf('- handbook/v1/auth.md')).toBeLessThan(shown.indexOf('Text of 3'));
  });

  it('is not shown unless it was asked for, whatever the plan holds', () => {
    const plan = planOf(several);
    expect(text(plan, { diff: false })).not.toContain('new line');
    expect([...renderPlanMarkdown(plan, { maxBytes: 60_000 })].join('\n')).not.toContain('new line');
    expect(JSON.stringify([...(withoutText(plan).indexes[0]?.changes() ?? [])])).not.toContain('new line');
  });

  it('of a paragraph on one line is told by sentences', () => {
    const prose = (first: string): string =>
      `${first} ${'It goes on like this. '.repeat(20)}说完了。还有一句！`;
    const shown = text(planOf(() => [update('a/b.md', one(prose('It was so.'), prose('It is so.')))]));
    expect(shown).toMatch(/^-It was so\. $/m);
    expect(shown).toMatch(/^\+It is so\. $/m);
    expect(shown.match(/^ It goes on like this\. $/gm)).toHaveLength(3);
    expect(shown).toContain('\\ 19 lines are the same');
  });

  it('of a long document ends with how much there is more', () => {
    const long = update('handbook/long.md', one(lines(400), lines(400).replaceAll('Line', 'Row')));
    const shown = text(planOf(() => [long]));
    expect(shown).toMatch(/^\\ 721 more lines: --verbose$/m);
    expect(
      text(
        planOf(() => [long]),
        { verbose: true },
      ),
    ).not.toContain('more lines');
    expect(fences(comment(planOf(() => [long])))[0]).toMatch(/\n\\ \d+ more lines\n$/);
  });

  it('of two long texts that have nothing in common is all of the old and all of the new', () => {
    const apart = update('a/b.md', one(lines(8000), lines(8000).replaceAll('.', '!')));
    const shown = text(
      planOf(() => [apart]),
      { verbose: true },
    );
    expect(shown.match(/^-Line/gm)).toHaveLength(8000);
    expect(shown.match(/^\+Line/gm)).toHaveLength(8000);
  });

  it.each([
    ['a fence', '```\n``````` x\n   ```'],
    ['an end of details', '</details>\n\n# owned\n\n<img src=x>'],
    ['an end of a comment', '--> <!-- x'],
    ['a mention', '@everyone #1 [x](javascript:alert(1))'],
    ['an escape sequence', '\u001b[2J\u001b]8;;http://x\u0007'],
    ['characters that turn the text around', 'a \u202e b \u2066 c \u200b d'],
    ['a lone carriage return', 'a\rb'],
    ['a line separator', 'a\u2028b'],
    ['half a character', 'a\ud800b'],
  ])('with %s is shown harmless, and nothing else comes of it', (_what, hostile) => {
    const plan = planOf(() => [update('handbook/a.md', one('Old.', `${hostile}\n\tend`))]);
    const html = parser.render(comment(plan));
    expect(html).not.toMatch(/<img|<a |<h1|<h2|<script/);
    expect(html.match(/<details>/g)).toHaveLength(2);
    expect(html.match(/<\/details>/g)).toHaveLength(2);
    expect(html.replace(/<code[^>]*>[\s\S]*?<\/code>/g, '')).not.toMatch(/everyone|owned|javascript/);
    expect(fences(comment(plan))).toHaveLength(1);
    for (const shown of [comment(plan), text(plan)]) {
      expect(shown).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\u2028]|\p{Cs}|\p{Cc}(?<![\n\t])/u);
      expect(shown).toContain('\n+\tend\n');
    }
  });

  it.each([2_000, 6_000, 20_000])(
    'is cut between documents, so that the comment keeps within %i bytes',
    (limit) => {
      function* many(): Generator<Change> {
        for (let i = 0; i < 3000; i++) {
          yield update(
            `handbook/${String(i).padStart(4, '0')}.md`,
            one(`Old ${i}.`, `New ${i}. ${'x'.repeat(300)}`),
          );
        }
      }
      const shown = comment(planOf(many), limit);
      expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(limit);
      const whole = [...renderPlanMarkdown(planOf(many), { maxBytes: limit })];
      // Rows of changes are not given up for text.
      for (const line of whole.filter((row) => row.startsWith('| `~`'))) expect(shown).toContain(line);
      const blocks = fences(shown).filter((block) => block.startsWith('@@'));
      for (const block of blocks) expect(block).toMatch(/^@@ .*\n-Old (\d+)\.\n\+New \1\. x{300}\n$/);
      if (blocks.length > 0) expect(shown).toContain(`(${blocks.length} of 3,000 shown)`);
    },
  );

  it('has room in a comment when its rows are few', () => {
    const plan = planOf(() =>
      Array.from({ length: 30 }, (_, i) => update(`handbook/${i}.md`, one('Old.', `New ${'x'.repeat(900)}`))),
    );
    const shown = comment(plan, 20_000);
    expect(shown).toMatch(/Text of 30 documents \(1[0-9] of 30 shown\)/);
    expect(shown).toContain('The rest: `ingest show FILE --diff`.');
    expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(20_000);
  });
});
