import { describe, expect, it } from 'vitest';
import type { Change, Plan } from '../../../src/domain/plan.js';
import { displayWidth } from '../../../src/report/layout.js';
import { renderPlanMarkdown } from '../../../src/report/markdown/render-plan-markdown.js';
import { type RenderPlanOptions, renderPlan } from '../../../src/report/render-plan.js';
import { colourStyle, plainStyle } from '../../../src/report/style.js';
import {
  change,
  deletion,
  fullPlan,
  indexHeader,
  planOf,
  planOfIndexes,
  side,
  withheld,
} from './plan-fixture.js';

function lines(plan: Plan, over: Partial<RenderPlanOptions> = {}): string[] {
  const options = {
    style: plainStyle,
    width: 100,
    verbose: false,
    next: 'ingest apply pr-218.plan',
    ...over,
  };
  return [...renderPlan(plan, options)];
}

function text(plan: Plan, over: Partial<RenderPlanOptions> = {}): string {
  return `${lines(plan, over).join('\n')}\n`;
}

const FIRST_RUN = {
  manifest_id: 'example',
  collection: 'example',
  target: 'embedded Chroma (state/dev/chroma)',
  embedding: { provider: 'lexical-hash', model: 'lexical-hash-1', semantic: false },
  recorded: { documents: 0, chunks: 0 },
  live: { ...indexHeader().live, status: 'missing' as const, count: null },
  index_actions: [{ action: 'create' as const, reasons: [] }],
};

function* files(count: number, folders: number, make: (uri: string) => Change = change): Generator<Change> {
  const name = (n: number): string => String(n).padStart(6, '0');
  for (let i = 0; i < count; i++)
    yield make(`docs/f${name(Math.floor((i * folders) / count))}/d${name(i)}.md`);
}

describe('the golden pages', () => {
  it.each([80, 100])('shows every kind of change at %i columns', async (width) => {
    await expect(text(fullPlan(), { width })).toMatchFileSnapshot(`../../golden/plan-full-${width}.txt`);
  });

  it('shows the same in colour', async () => {
    await expect(text(fullPlan(), { style: colourStyle(1) })).toMatchFileSnapshot(
      '../../golden/plan-colour.txt',
    );
  });

  it('shows a first run by folder', async () => {
    const plan = planOf(() => files(642, 8), {
      index: {
        ...FIRST_RUN,
        coverage: {
          declared: 645,
          current: 642,
          old_kept: 0,
          quarantined: 0,
          rejected: 0,
          skipped: 3,
          failed: 0,
        },
      },
    });
    await expect(text(plan)).toMatchFileSnapshot('../../golden/plan-first-run.txt');
  });

  it('shows withheld losses with both ways on', async () => {
    const plan = planOf(() => files(412, 3, withheld));
    await expect(text(plan)).toMatchFileSnapshot('../../golden/plan-withheld.txt');
  });
});

describe('a plan with a replacement', () => {
  const plan = planOf(() => [change('a/b.md', { action: 'replace' })], {
    index: {
      index_actions: [
        { action: 'replace', reasons: ['embedding'], waits_for_checks: true },
        { action: 'replace', reasons: ['unsearchable'], keeps_none: true },
      ],
    },
  });

  it('says in text and in Markdown that the swap waits for the checks, and that a broken one is not kept', () => {
    const flat = (words: string): string => words.replace(/\s+/g, ' ');
    expect(flat(text(plan))).toContain('embedding; searchers are switched when its checks pass');
    expect(flat(text(plan))).toContain('unsearchable; the old one is broken: it is deleted after the swap');
    const markdown = [...renderPlanMarkdown(plan, { maxBytes: 60_000, diff: false })].join('\n');
    expect(markdown).toContain('(embedding); searchers are switched when its checks pass');
  });
});

describe('a plan without changes', () => {
  it('says in its verdict that a source was away, where no document of it could be counted', () => {
    const warnings = [{ key: 'unreadable', message: 't/ cannot be read', detail: null, functional: true }];
    const last = (failed: number) => {
      const summary = { ...planOf(() => []).header.summary, failed };
      return text(planOf(() => [], { index: { warnings, summary } }));
    };
    expect(last(0)).toMatch(/canaries\); a source could not be\sread\.\n$/);
    expect(last(2)).toMatch(/canaries\); 2 unreadable\.\n$/);
  });

  it('says in its verdict only what it shows', () => {
    const action = (name: 'create' | 'cursor' | 'policy') => ({ action: name, reasons: [] });
    const last = (...names: readonly ('create' | 'cursor' | 'policy')[]) =>
      lines(
        planOf(() => [], { index: { index_actions: names.map(action) }, header: { outcome: 'changes' } }),
      ).at(-2);
    expect(last('create')).toMatch(/no documents; an empty collection to create/);
    expect(last('cursor')).toMatch(/see Cursor above/);
    expect(last('cursor', 'policy')).toMatch(/see Index above/);
  });

  it('is two lines, and names the environment, the level and the canaries', () => {
    expect(lines(planOf(() => []))).toEqual([
      'support-docs @ prod -> https://chroma.internal/support_docs',
      'No changes: 1,284 documents, 9,412 chunks (no drift at counts, 8 canaries).',
    ]);
  });

  it('says "verified" only when content was compared, and admits when live was not looked at', () => {
    const at = (verify: 'off' | 'ids' | 'content'): string =>
      text(planOf(() => [], { index: { live: { ...indexHeader().live, verify } } }));
    expect(at('content')).toContain('verified at content');
    expect(at('ids')).not.toContain('verified');
    expect(at('off')).toContain('live not looked at');
  });

  it('is one line an index and one verdict when there are several', () => {
    const index = (manifest_id: string): Plan['indexes'][number] => ({
      header: indexHeader({ manifest_id }),
      changes: () => [],
    });
    const shown = lines(planOfIndexes([index('a-docs'), index('b-docs')]), { width: 160 });
    expect(shown).toHaveLength(3);
    expect(shown[0]).toMatch(/^a-docs @ prod .*no changes: 1,284 documents/);
    expect(shown[2]).toBe('No changes: 2,568 documents, 18,824 chunks in 2 indexes.');
  });
});

describe('many changes', () => {
  it('counts one chunk in the singular', () => {
    const one = (uri: string) => change(uri, { chunks: { add: 1, keep: 0, relabel: 0, delete: 0 } });
    function* changes(): Generator<Change> {
      yield one('docs/a.md');
      yield* files(40, 1);
    }
    const shown = text(planOf(changes, { index: FIRST_RUN }));
    expect(shown).toMatch(/docs\/a\.md +1 document +\+1 chunk$/m);
    expect(shown).toMatch(/docs\/f000000\/\*\* +40 documents +\+\d+ chunks$/m);
  });

  it('lists twenty-five one by one and folds twenty-six', () => {
    const rows = (count: number): string[] =>
      lines(planOf(() => files(count, 2))).filter((line) => line.startsWith('+ '));
    expect(rows(1)).toHaveLength(1);
    expect(rows(25)).toHaveLength(25);
    expect(rows(26)).toEqual([
      expect.stringMatching(/^\+ docs\/f000000\/\*\* {2}13 documents {2}\+91 chunks$/),
      expect.stringMatching(/^\+ docs\/f000001\/\*\* {2}13 documents {2}\+91 chunks$/),
    ]);
  });

  it('shows a page, not a hundred thousand lines, whose counts still add up', () => {
    const shown = lines(planOf(() => files(100_000, 5_000)));
    expect(shown.length).toBeLessThan(30);
    const documents = shown
      .filter((line) => line.startsWith('+ '))
      .map((line) => Number(/([\d,]+) documents/.exec(line)?.[1]?.replaceAll(',', '')));
    expect(documents.reduce((sum, count) => sum + count, 0)).toBe(100_000);
    expect(shown.join('\n')).toContain('10 of 5,000 folders shown');
  });

  it('keeps files beside folders apart, as their own group', () => {
    const uris = [
      ...Array.from({ length: 15 }, (_, i) => `docs/a/${i + 10}.md`),
      ...Array.from({ length: 15 }, (_, i) => `docs/b${i + 10}.md`),
      ...Array.from({ length: 15 }, (_, i) => `docs/c/${i + 10}.md`),
    ];
    const rows = lines(planOf(() => uris.map((uri) => change(uri)))).filter((line) => line.startsWith('+ '));
    expect(rows.map((row) => row.split(/\s+/).slice(1, 3))).toEqual([
      ['docs/a/**', '15'],
      ['docs/c/**', '15'],
      ['docs/*', '15'],
    ]);
  });

  it('prints every change, uncut, when verbose', () => {
    const long = `docs/${'folder/'.repeat(30)}end.md`;
    const shown = lines(
      planOf(() => [...files(60, 2), change(long)]),
      { verbose: true },
    );
    expect(shown.filter((line) => line.startsWith('+ '))).toHaveLength(61);
    expect(shown.some((line) => line.includes(long))).toBe(true);
  });

  it('gives deletes more rows than adds, nearer to the verdict', () => {
    const plan = planOf(() => [...files(40, 1, deletion), ...files(40, 1)]);
    const shown = lines(plan);
    const last = (start: string): number => shown.findLastIndex((line) => line.startsWith(start));
    expect(shown.filter((line) => line.startsWith('- docs'))).toHaveLength(40);
    expect(last('+ ')).toBeLessThan(shown.findIndex((line) => line.startsWith('- ')));
    expect(last('Plan c4e19b02: 40 to add, 40 to delete.')).toBe(shown.length - 2);
  });
});

describe('honesty', () => {
  it('says once that lexical-hash is not semantic', () => {
    const index = (manifest_id: string): Plan['indexes'][number] => ({
      header: indexHeader({
        ...FIRST_RUN,
        manifest_id,
        warnings: [{ key: 'w', message: 'm', detail: null, functional: false }],
      }),
      changes: () => [],
    });
    const shown = text(planOfIndexes([index('a-docs'), index('b-docs')]));
    expect(shown.match(/lexical, not semantic/g)).toHaveLength(1);
  });

  it('explains only the signs in use', () => {
    const shown = text(planOf(() => [change('docs/a.md'), deletion('docs/b.md')]));
    expect(shown).toContain('\n  + create  - delete\n');
    expect(shown).not.toContain('~ update');
  });

  it('marks what is resumed, and says what is not touched', () => {
    const resumed = change('api/reference.md', {
      action: 'update',
      resume: true,
      reasons: ['intent'],
      before: side('6ad1f3b8', 340),
      after: side('6ad1f3b8', 340),
      chunks: { add: 128, keep: 212, relabel: 0, delete: 0 },
    });
    const summary = { ...planOf(() => [resumed]).header.summary, unchanged: 684 };
    const shown = text(planOf(() => [resumed], { index: { summary } }));
    expect(shown).toMatch(/^\^ api\/reference\.md .*\+128, 212 kept .*intent$/m);
    expect(shown).toContain('1 to change (1 of them resumed). 684 are done and not touched.');
  });

  it('never calls an unreachable index empty or unchanged', () => {
    const live = { ...indexHeader().live, status: 'unreachable' as const, count: null };
    const shown = text(planOf(() => [change('a/b.md')], { index: { live }, header: { outcome: 'error' } }));
    expect(shown).toContain('live UNREACHABLE: unknown, not empty');
    expect(shown).toContain('Plan FAILED, nothing may be applied');
    expect(shown).not.toContain('no drift');
  });

  it.each(['missing', 'unreachable', 'unsearchable', 'not-ours', 'not-checked'] as const)(
    'never says "no drift" of a collection that is %s',
    (status) => {
      const live = { ...indexHeader().live, status, count: null, canaries: { asked: 8, passed: 0 } };
      expect(text(planOf(() => [], { index: { live } }))).not.toContain('no drift');
      const shown = text(planOf(() => [change('a/b.md')], { index: { live } }));
      expect(shown).not.toContain('no drift');
      expect(shown).toMatch(/^Drift {5}\S/m);
    },
  );

  it('says which flag lifted a guard, and never "within limits" then', () => {
    const options = { ...fullPlan().header.options, allow_delete: ['docs/**'] };
    const shown = text(planOf(() => files(400, 1, deletion), { header: { options } }));
    expect(shown).toContain("400 of 1,284 deleted (31%): LIFTED by --allow-delete 'docs/**'");
    expect(shown).not.toContain('within limits');
  });

  it('names each way on for each guard', () => {
    const held = (rule: NonNullable<Change['guard']>['rule']): string =>
      text(
        planOf(() => [
          withheld("docs/it's [1].md", { guard: { rule, allowed_by: null, message: 'because' } }),
        ]),
      );
    expect(held('max_count')).toContain("--allow-delete 'docs/it'\\''s \\[1\\].md'");
    expect(held('empty-source')).toContain('--allow-empty docs');
    expect(held('incomplete-listing')).toContain('no flag lifts this');
    expect(held('prevent_destroy')).toContain('prevent_destroy: false');
  });

  it('reports coverage that does not add up as our bug', () => {
    const coverage = {
      declared: 9,
      current: 1,
      old_kept: 0,
      quarantined: 0,
      rejected: 0,
      skipped: 0,
      failed: 0,
    };
    expect(text(planOf(() => [change('a/b.md')], { index: { coverage } }))).toContain('a bug in ingest');
  });

  it('groups warnings by key, those that need action first', () => {
    const warning = (
      key: string,
      functional: boolean,
    ): { key: string; message: string; detail: null; functional: boolean } => ({
      key,
      message: `about ${key}`,
      detail: null,
      functional,
    });
    const warnings = [
      ...Array.from({ length: 300 }, () => warning('front-matter', false)),
      warning('key-set', true),
    ];
    const shown = lines(planOf(() => [], { index: { warnings } })).filter((line) =>
      line.startsWith('Warning'),
    );
    expect(shown).toEqual([
      'Warning   key-set: about key-set',
      'Warning   front-matter: about front-matter, and 299 more like it',
    ]);
  });
});

describe('hostile and wide names', () => {
  const hostile = [
    change('docs/\u001b[2J\u001b]0;owned\u0007.md', { detail: 'x\u202ey\n+ fake row' }),
    change(`docs/${'long'.repeat(200)}.md`),
    change(`docs/${'安装'.repeat(80)}.md`),
    deletion('docs/\r- overwritten.md'),
    change('docs/moved.md', {
      action: 'move',
      moved_from: `docs/${'x'.repeat(300)}\u0000.md`,
      reasons: ['moved'],
    }),
  ];

  it.each([false, true])('lets no control character through (verbose %s)', (verbose) => {
    for (const line of lines(
      planOf(() => hostile),
      { verbose },
    )) {
      expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    }
  });

  it.each([80, 100])('keeps rows within %i columns, in colour too', (width) => {
    for (const style of [plainStyle, colourStyle(1)]) {
      for (const line of lines(
        planOf(() => [...hostile.slice(0, 4), ...files(20, 2)]),
        { width, style },
      )) {
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }
    }
  });

  it('says the same words in colour as without', () => {
    const colours = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
    expect(text(fullPlan(), { style: colourStyle(1) }).replace(colours, '')).toBe(text(fullPlan()));
  });
});
