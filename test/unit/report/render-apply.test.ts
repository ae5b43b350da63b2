import { describe, expect, it } from 'vitest';
import type { ApplyResult } from '../../../src/domain/results.js';
import { displayWidth } from '../../../src/report/layout.js';
import { renderApply } from '../../../src/report/render-apply.js';
import { renderNote, renderProgress, renderProgressLine } from '../../../src/report/render-progress.js';
import { renderResume } from '../../../src/report/render-resume.js';
import { plainStyle } from '../../../src/report/style.js';
import { applyResult, HOLDER } from './results-fixture.js';

function text(over: Partial<ApplyResult>, width = 100): string {
  const options = { style: plainStyle, width, next: 'ingest apply --env prod' };
  return [...renderApply(applyResult(over), options)].join('\n');
}

describe('renderApply', () => {
  it('ends an applied run with what was checked and done', () => {
    expect(text({}).split('\n')).toEqual([
      'Wrote     4,310 chunks put; 4,310 embedded, 0 from cache',
      'Checked   ids: live 4,310 = recorded 4,310; search finds 8 of 8 canaries',
      'Done      run 01KB7R2F: 642 added, 0 rejected, 0 failed   3.8 s',
    ]);
  });

  it('says that searchers were switched, also when no document changed', () => {
    const applied = { create: 0, move: 0, update: 0, delete: 0, repair: 0, replace: 0 };
    const shown = text({ applied, swapped: [{ collection: 'docs', kept_as: 'docs.generation-1' }] });
    expect(shown).toContain(
      'Swap      searchers see the new docs; the old one is docs.generation-1: ingest rollback',
    );
    expect(shown).toContain('01KB7R2F: swapped, 0 rejected');
    expect(text({ swapped: [{ collection: 'docs', kept_as: null }] })).toContain('the old one is not kept');
  });

  it('does not call what others put there a difference', () => {
    const { strict_sync } = applyResult({});
    if (strict_sync === null) throw new Error('the fixture has no strict sync');
    expect(text({ strict_sync: { ...strict_sync, actual: 4_312 } })).toContain(
      'live 4,312 = recorded 4,310 + 2 others',
    );
    expect(text({ strict_sync: { ...strict_sync, ok: false, actual: 4_312 } })).toContain(
      'live 4,312 != recorded 4,310',
    );
  });

  it('says no changes in one line', () => {
    expect(text({ outcome: 'no_changes', duration_ms: 400 })).toBe(
      'No changes: 4,310 chunks (no drift at ids, 8 canaries).   0.4 s',
    );
  });

  it('claims no level when none is told', () => {
    const silent = { outcome: 'no_changes', strict_sync: null, canaries: { asked: 0, passed: 0 } } as const;
    expect(text(silent)).toBe('No changes: 4,310 chunks.   3.8 s');
  });

  it('shows after an interruption what is written, in part, paid for and left', async () => {
    const shown = text({
      outcome: 'interrupted',
      duration_ms: 82_000,
      interrupted: {
        documents_done: 684,
        documents_total: 1284,
        chunks_written: 4987,
        batches: 5,
        in_part: [{ uri: 'api/reference.md', done: 212, total: 340 }],
        paid_not_written: 996,
      },
    });
    await expect(`${shown}\n`).toMatchFileSnapshot('../../golden/apply-interrupted.txt');
  });

  it('says that nothing was written when an interruption came before the first put', () => {
    expect(text({ outcome: 'interrupted' })).toContain('written   nothing');
  });

  it('tells a strict sync mismatch with its level and numbers', () => {
    const shown = text({
      outcome: 'failed',
      reason: 'strict_sync_mismatch',
      strict_sync: {
        ok: false,
        level: 'ids',
        expected: 4310,
        actual: 4300,
        delta: -10,
        message: '10 lost',
        documents: 21,
        where: [{ uri: 'handbook/a.md', message: '10 missing' }],
      },
    });
    expect(shown).toContain('differs   handbook/a.md: 10 missing\n          1 of 21 shown');
    expect(shown).toContain('ids: live 4,300 != recorded 4,310');
    expect(shown).toContain(
      'FAILED (exit 1): strict sync mismatch at ids: expected 4,310, actual 4,300, delta -10; 10 lost',
    );
    expect(shown.split('\n').at(-1)).toBe('Next      ingest apply --env prod');
  });

  it('says what to do about the error that ended it', () => {
    const shown = text({
      outcome: 'failed',
      reason: 'E401 Chroma cannot be reached',
      advice: 'Check that it runs.',
      strict_sync: null,
    });
    expect(shown).toContain('FAILED (exit 1): E401 Chroma cannot be reached\n  do Check that it runs.');
  });

  it('does not pass when live could not be read', () => {
    const sync = {
      ok: false,
      level: 'ids',
      expected: 4310,
      actual: null,
      delta: null,
      message: null,
      documents: 0,
      where: [],
    } as const;
    const shown = text({ outcome: 'failed', strict_sync: sync });
    expect(shown).toContain('ids: live could not be read');
    expect(shown).toContain('actual unknown, delta unknown');
  });

  it('lists rejected and failed documents, says how many are not shown, and what is withheld', () => {
    const failures = Array.from({ length: 25 }, (_, i) => ({
      uri: `a/${i}.md`,
      message: 'too long\u001b[2J',
    }));
    const rejects = [
      { uri: 'faq/pricing.md', message: '/owner required', verdict: 'reject' },
      { uri: 'faq/terms.md', message: 'license_tag is unknown', verdict: 'quarantine' },
    ] as const;
    const counts = { failed: 25, rejected: 2, quarantined: 1, withheld: 412 };
    const shown = text({ outcome: 'partial', failures, rejects, ...counts });
    expect(shown).toContain('rejected  faq/pricing.md: /owner required');
    expect(shown).toContain('quarantine faq/terms.md: license_tag is unknown');
    expect(shown).toContain('20 of 25 shown');
    expect(shown).toContain('too long\\u{1b}[2J');
    expect(shown.replaceAll(/\s+/g, ' ')).toContain(
      'Partial (exit 5): run 01KB7R2F: 642 added, 412 WITHHELD, 1 quarantined, 1 rejected, 25 failed. Searchers still find the 412.',
    );
  });

  it('says who holds the lease, since when, and what to do', () => {
    const shown = text({ outcome: 'locked', run_id: null, holder: HOLDER });
    expect(shown).toContain('holder    run 01KB7R2F (apply --env prod); ana@laptop, pid 4242');
    expect(shown).toContain('since     2026-11-21T23:39:47+08:00');
    expect(shown).toContain('LOCKED (exit 4)');
    expect(shown).toContain('stop it where it runs');
  });

  it('lists what moved since a plan was saved', () => {
    const moved = Array.from({ length: 30 }, (_, i) => `a/${i}.md was edited`);
    const shown = text({ outcome: 'stale', moved });
    expect(shown).toContain('moved     a/0.md was edited');
    expect(shown).toContain('20 of 30 shown');
    expect(shown).toContain('STALE (exit 3): plan c4e19b02 no longer fits. Nothing was done; plan again.');
    expect(text({ outcome: 'stale', reason: 'the manifest changed' })).toContain('the manifest changed.');
  });
});

describe('renderProgress', () => {
  const event = {
    type: 'apply',
    manifest_id: 'api-docs',
    batch_id: '2ab9d410',
    documents_done: 684,
    documents_total: 1284,
    chunks_done: 4987,
    chunks_total: 9412,
    embedded: 5983,
    retries: 2,
  } as const;

  it('shows how far, how fast and how long still', () => {
    expect(renderProgress(event, { rate: 60.6, width: 80 })).toEqual([
      'documents    684/1,284  ##########..........  53%',
      'chunks     4,987/9,412  61/s  ETA 1m 13s  embedded 5,983  retries 2',
    ]);
    expect(renderProgressLine(event, { rate: 60.6, width: 100 })).toBe(
      '53%  documents 684/1,284  chunks 4,987/9,412  61/s  ETA 1m 13s  embedded 5,983  retries 2',
    );
  });

  it('never wraps, whatever the width', () => {
    for (let width = 1; width < 130; width++) {
      const lines = [
        ...renderProgress(event, { rate: 61, width }),
        renderProgressLine(event, { rate: 61, width }),
      ];
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
  });

  it('has no rate and no end before anything was done, and never divides by nothing', () => {
    const start = {
      ...event,
      documents_done: 0,
      documents_total: 0,
      chunks_done: 0,
      chunks_total: 0,
      embedded: 0,
      retries: 0,
    };
    expect(renderProgress(start, { rate: undefined, width: 100 })).toEqual([
      'documents  0/0  ....................   0%',
      'chunks     0/0',
    ]);
  });

  it('measures by documents where no chunk is written', () => {
    const relabel = { ...event, chunks_done: 0, chunks_total: 0, embedded: 0, retries: 0 };
    expect(renderProgressLine(relabel, { rate: 10, width: 100 })).toBe(
      '53%  documents 684/1,284  chunks 0/0  10/s  ETA 1m 00s',
    );
  });

  it('counts what is scanned, of which nobody knows the end', () => {
    const scan = { type: 'scan', documents: 1200 } as const;
    expect(renderProgress(scan, { rate: undefined, width: 80 })).toEqual(['scanning   1,200 documents']);
    expect(renderProgressLine(scan, { rate: 5000, width: 80 })).toBe('scanning   1,200 documents  5,000/s');
  });

  it('makes notes safe', () => {
    expect(renderNote('a\u001b[0m')).toBe('a\\u{1b}[0m');
  });
});

describe('renderResume', () => {
  const report = {
    run_id: '01KB7R2FZZZZ',
    resume_active: true,
    resume_reason: 'SIGINT',
    journal_version: 1,
    done_docs: 684,
    committed_batches: 5,
    chunks_upserted_total: 4987,
    open_intents: 128,
    confirmed_intents: 0,
    fsync: 'doc',
  };

  it('names what a resume found', () => {
    expect([...renderResume(report, { width: 400 })]).toEqual([
      'run 01KB7R2F   resume_active=true (SIGINT)   journal_version=1   done_docs=684   committed_batches=5   chunks_upserted_total=4987   open_intents=128   fsync=doc',
    ]);
  });

  it('is short on a first run', () => {
    expect([
      ...renderResume({ ...report, resume_active: false, resume_reason: 'first run' }, { width: 100 }),
    ]).toEqual(['run 01KB7R2F   resume_active=false (first run)   fsync=doc']);
  });
});
