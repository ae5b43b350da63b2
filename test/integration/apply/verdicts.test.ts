/** What the gate says of documents, through plan, apply, state and status: whatever it says, the numbers add up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../../src/desired/defaults.js';
import type { GatePolicy } from '../../../src/domain/gate-policy.js';
import type { Manifest } from '../../../src/domain/manifest.js';
import type { Coverage } from '../../../src/domain/plan.js';
import { Workspace } from '../../support/memory-workspace.js';

const FRONT = {
  accepted: 'license_tag: cc_by',
  warned: 'metadata_status: partial',
  quarantined: 'pii_scan_status: not_run',
  rejected: 'license_tag: unknown',
} as const;
type Kind = keyof typeof FRONT | 'empty' | 'binary';

function text(kind: Kind, word: string): string {
  if (kind === 'empty') return '';
  if (kind === 'binary') return `a\u0000${word}`;
  return `---\n${FRONT[kind]}\n---\n# ${word}\n\nWhat is said of ${word}, at some length, so that it stands.\n`;
}

function gated(gate: Partial<GatePolicy> = {}, policy: Partial<Manifest['policy']> = {}): Partial<Manifest> {
  return {
    policy: {
      ...DEFAULTS.policy,
      prevent_destroy: undefined,
      deletes: { max_count: 1000, max_ratio: 1 },
      gate: { ...DEFAULTS.gate, ...gate },
      ...policy,
    },
  };
}

async function inside<T>(
  manifest: Partial<Manifest>,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const workspace = new Workspace({ manifest });
  try {
    return await work(workspace);
  } finally {
    workspace.dispose();
  }
}

const addsUp = ({ declared, ...classes }: Coverage): void => {
  for (const count of Object.values(classes)) expect(count).toBeGreaterThanOrEqual(0);
  expect(Object.values(classes).reduce((sum, count) => sum + count, 0)).toBe(declared);
};

describe('a quarantined document', () => {
  test('is news once, stands apart from rejects, and is known afterwards', () =>
    inside(gated(), async (workspace) => {
      workspace.write('a.md', text('accepted', 'apples'));
      workspace.write('q.md', text('quarantined', 'quinces'));
      workspace.write('r.md', text('rejected', 'rhubarb'));
      const plan = await workspace.plan();
      expect(plan.changes.map(({ action, uri, verdict, codes }) => [action, uri, verdict, codes])).toEqual([
        ['create', 'h/a.md', undefined, undefined],
        ['reject', 'h/q.md', 'quarantine', ['pii-gap']],
        ['reject', 'h/r.md', 'reject', ['unknown-license']],
      ]);
      expect(plan.index.coverage).toMatchObject({ declared: 3, current: 1, quarantined: 1, rejected: 1 });
      expect(plan.header.summary).toMatchObject({ reject: 2, quarantined: 1, known_rejects: 0 });

      const result = await workspace.applied();
      expect(result).toMatchObject({
        outcome: 'partial',
        reason: 'documents_rejected',
        rejected: 2,
        quarantined: 1,
      });
      const events = workspace.state((state) => [...state.journal(result.run_id ?? undefined, 0)]);
      expect(events.filter(({ type }) => /REJECT|QUARANT/.test(type))).toMatchObject([
        { type: 'DOC_QUARANTINED', data: { uri: 'h/q.md', codes: ['pii-gap'] } },
        { type: 'DOC_REJECTED', data: { uri: 'h/r.md', codes: ['unknown-license'] } },
      ]);
      expect(workspace.status()).toMatchObject({ rejects: 2, quarantined: 1 });

      const again = await workspace.plan();
      expect(again.changes).toEqual([]);
      expect(again.header).toMatchObject({
        outcome: 'no_changes',
        summary: { quarantined: 0, known_rejects: 2 },
      });
      expect(again.index.coverage).toMatchObject({ declared: 3, current: 1, quarantined: 1, rejected: 1 });
      expect(await workspace.applied()).toMatchObject({ outcome: 'no_changes', rejected: 0, quarantined: 0 });
    }));

  test('alone makes an apply that says so, with the exit code of a part', () =>
    inside(gated(), async (workspace) => {
      workspace.write('q.md', text('quarantined', 'quinces'));
      expect(await workspace.applied()).toMatchObject({
        outcome: 'partial',
        reason: 'documents_quarantined',
      });
    }));

  test('keeps its last good version, which is old_kept; with on_reject: delete it goes', async () => {
    for (const on_reject of ['keep', 'delete'] as const) {
      await inside(gated({}, { on_reject }), async (workspace) => {
        for (const name of ['a', 'b', 'c']) workspace.write(`${name}.md`, text('accepted', name));
        await workspace.applied();
        workspace.write('a.md', text('quarantined', 'a edited'));
        const kept = on_reject === 'keep';
        const plan = await workspace.plan();
        expect(plan.index.coverage).toMatchObject({
          declared: 3,
          current: 2,
          [kept ? 'old_kept' : 'quarantined']: 1,
        });
        expect(plan.changes).toMatchObject([{ action: kept ? 'reject' : 'delete', verdict: 'quarantine' }]);
        expect(await workspace.applied()).toMatchObject({ rejected: 1, quarantined: 1 });
        const uris = new Set(workspace.contents().map((record) => JSON.stringify(record).includes('h/a.md')));
        expect(uris.has(true)).toBe(kept);
        const after = await workspace.plan();
        expect(after.changes).toEqual([]);
        expect(after.index.coverage).toMatchObject({ [kept ? 'old_kept' : 'quarantined']: 1, declared: 3 });
      });
    }
  });

  test('whose old version a guard holds back is old_kept, and leaves no class with less than nothing', () =>
    inside(gated({}, { on_reject: 'delete', deletes: { max_count: 0, max_ratio: 0 } }), async (workspace) => {
      for (const name of ['a', 'b', 'c']) workspace.write(`${name}.md`, text('accepted', name));
      await workspace.applied();
      workspace.write('a.md', text('quarantined', 'a edited'));
      const plan = await workspace.plan();
      expect(plan.changes).toMatchObject([{ action: 'withheld', verdict: 'quarantine' }]);
      expect(plan.index.coverage).toMatchObject({
        declared: 3,
        current: 2,
        old_kept: 1,
        quarantined: 0,
        rejected: 0,
      });
    }));

  test('that is put back as it was is forgotten, although nothing has to be written', () =>
    inside(gated(), async (workspace) => {
      workspace.write('a.md', text('accepted', 'apples'));
      await workspace.applied();
      workspace.write('a.md', text('quarantined', 'apples'));
      await workspace.applied();
      expect(workspace.status().rejects).toBe(1);
      workspace.write('a.md', text('accepted', 'apples'));
      expect(await workspace.applied()).toMatchObject({ outcome: 'no_changes' });
      expect(workspace.status().rejects).toBe(0);
    }));

  test('that is out of scope of an apply stays on record', () =>
    inside(gated(), async (workspace) => {
      workspace.write('q.md', text('quarantined', 'quinces'));
      workspace.write('a.md', text('accepted', 'apples'));
      await workspace.applied();
      workspace.write('q.md', text('accepted', 'quinces'));
      workspace.write('a.md', text('accepted', 'more apples'));
      await workspace.applied({ only: ['h/a.md'] });
      expect(workspace.status().rejects).toBe(1);
      await workspace.applied();
      expect(workspace.status().rejects).toBe(0);
    }));

  test('refused again under other rules was refused first when it was', () =>
    inside(gated(), async (workspace) => {
      workspace.write('q.md', text('quarantined', 'quinces'));
      const first = await workspace.applied();
      const [manifest] = workspace.manifests;
      if (manifest === undefined) throw new Error('no manifest');
      workspace.manifests[0] = { ...manifest, ...gated({ pii_gap: 'reject' }) };
      const second = await workspace.applied();
      expect(workspace.state((state) => state.reject('docs', 'h/q.md'))).toMatchObject({
        verdict: 'reject',
        first_run: first.run_id,
        run_id: second.run_id,
      });
    }));
});

test('documents that are let in with a warning are one warning a rule, with the first few by name', () =>
  inside(gated({ unknown_license: 'warn' }), async (workspace) => {
    for (let i = 0; i < 12; i++)
      workspace.write(`w${String(i).padStart(2, '0')}.md`, text('warned', `word ${i}`));
    workspace.write('x.md', text('rejected', 'unlicensed'));
    const { index } = await workspace.plan();
    expect(index.coverage).toMatchObject({ declared: 13, current: 13 });
    expect(index.warnings.filter(({ key }) => key.startsWith('gate-'))).toEqual([
      {
        key: 'gate-partial-metadata',
        message: '12 documents, first h/w00.md: metadata_status is partial',
        detail: 'h/w00.md, h/w01.md, h/w02.md, h/w03.md, h/w04.md, and 7 more',
        functional: false,
      },
      {
        key: 'gate-unknown-license',
        message: 'h/x.md: license_tag is unknown',
        detail: null,
        functional: true,
      },
    ]);
  }));

test('coverage adds up for any mix of verdicts, edits and losses, whatever the policy', () => {
  const kind = fc.constantFrom<Kind>('accepted', 'warned', 'quarantined', 'rejected', 'empty', 'binary');
  const edit = fc.tuple(fc.nat({ max: 5 }), fc.option(kind));
  return fc.assert(
    fc.asyncProperty(
      fc.array(kind, { minLength: 1, maxLength: 6 }),
      fc.array(fc.array(edit, { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('keep', 'delete'),
      fc.constantFrom(0, 1000),
      (first, rounds, on_reject, max_count) => {
        const deletes = { max_count, max_ratio: max_count === 0 ? 0 : 1 };
        return inside(
          gated({}, { on_reject: on_reject as 'keep' | 'delete', deletes }),
          async (workspace) => {
            const files = new Map(first.map((one, i) => [i, one]));
            for (const [i, one] of files) workspace.write(`${i}.md`, text(one, `word ${i}`));
            for (const [n, edits] of [[], ...rounds].entries()) {
              for (const [i, one] of edits) {
                if (one !== null) {
                  files.set(i, one);
                  workspace.write(`${i}.md`, text(one, `word ${i} of ${n}`));
                } else if (files.delete(i)) workspace.remove(`${i}.md`);
              }
              const before = await workspace.plan();
              addsUp(before.index.coverage);
              await workspace.applied();
              const after = await workspace.plan();
              addsUp(after.index.coverage);
              expect(after.changes.filter(({ action }) => action !== 'withheld')).toEqual([]);
              const refused = [...files.values()].filter((one) =>
                /quarantined|rejected|binary/.test(one),
              ).length;
              const { quarantined, rejected, old_kept } = after.index.coverage;
              if (max_count > 0) expect(quarantined + rejected + old_kept).toBe(refused);
              const lost = after.changes.filter(({ verdict }) => verdict !== undefined).length;
              expect(workspace.status().rejects + lost).toBeGreaterThanOrEqual(refused);
            }
          },
        );
      },
    ),
    { numRuns: 15 },
  );
});
