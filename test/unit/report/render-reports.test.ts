import { describe, expect, it } from 'vitest';
import { DRIFT_CLASSES } from '../../../src/domain/drift-classes.js';
import { IngestError } from '../../../src/domain/errors.js';
import type { JournalEvent } from '../../../src/domain/events.js';
import { renderDriftJunit } from '../../../src/report/drift/drift-junit.js';
import { renderDriftMarkdown } from '../../../src/report/drift/drift-markdown.js';
import { renderDriftPrometheus } from '../../../src/report/drift/drift-prometheus.js';
import { renderDrift } from '../../../src/report/drift/render-drift.js';
import { renderError } from '../../../src/report/render-error.js';
import { renderJournalEvent } from '../../../src/report/render-journal.js';
import { renderQuery } from '../../../src/report/render-query.js';
import { renderRuns } from '../../../src/report/render-runs.js';
import { renderServer } from '../../../src/report/render-server.js';
import { renderStatus } from '../../../src/report/render-status.js';
import { plainStyle } from '../../../src/report/style.js';
import {
  drifted,
  driftIndex,
  driftReport,
  HOLDER,
  RUN,
  statusIndex,
  statusReport,
} from './results-fixture.js';

/** Of a class that says nothing more. */
const BARE = { detail: null, ids: [] } as const;
const options = { style: plainStyle, width: 100, next: 'ingest apply --env prod', verbose: false };
const join = (lines: Iterable<string>): string => `${[...lines].join('\n')}\n`;

describe('renderDrift', () => {
  it('puts the verdict first, then the records by class, then the repair', async () => {
    await expect(join(renderDrift(drifted(), options))).toMatchFileSnapshot('../../golden/drift.txt');
  });

  it('is a single line when clean, naming the level; foreign records are no drift', () => {
    expect([...renderDrift(driftReport(driftIndex()), options)]).toEqual([
      'No drift at ids: support-docs @ prod, live 9,406, recorded 9,406; canaries 8 of 8',
    ]);
    const foreign = {
      class: 'foreign',
      incident: 'no-trace',
      records: 3,
      documents: 0,
      where: [],
      ...BARE,
    } as const;
    const lines = [...renderDrift(driftReport(driftIndex({ classes: [foreign] })), options)];
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('3 foreign, left alone');
  });

  it('calls an unreachable index unknown, never clean, and puts it first', () => {
    const report = driftReport(
      driftIndex(),
      driftIndex({ manifest_id: 'z-docs', status: 'unreachable', live_count: null }),
    );
    const [first] = [...renderDrift(report, options)];
    expect(first).toMatch(/^UNKNOWN z-docs @ prod: https:\/\/chroma\.internal cannot be reached/);
  });

  it('says what each class means for searchers', () => {
    const of = (name: 'tampered' | 'collection-missing' | 'unsearchable'): string =>
      join(
        renderDrift(
          driftReport(
            driftIndex({
              classes: [{ class: name, incident: 'mismatch', records: 2, documents: 1, where: [], ...BARE }],
            }),
          ),
          options,
        ),
      );
    expect(of('tampered')).toContain('searchers read 2 chunks of 1 document that somebody else changed');
    expect(of('collection-missing')).toContain('the whole collection is missing');
    expect(of('unsearchable')).toContain('searches fail');
  });
});

describe('a drift report for other programs', () => {
  const hostile = 'a|b`c<d>&"\n\u001b[31m';
  const away = driftIndex({
    manifest_id: 'z-docs',
    status: 'unreachable',
    live_count: null,
    error: { code: 'E401', message: `${hostile} cannot be reached`, advice: 'Check that it runs.' },
  });
  const nasty = driftIndex({
    manifest_id: 'n-docs',
    verify: 'content',
    classes: [
      {
        class: 'tampered',
        incident: 'mismatch',
        records: 1,
        documents: 1,
        where: [{ uri: hostile, records: 1, of: 2, parts: ['text', 'vector'] }],
        detail: 'text 1, vector 1',
        ids: [hostile],
      },
    ],
  });
  const report = { ...driftReport(...drifted().indexes, away, nasty), drift: true };

  it.each([
    ['markdown', 'md', () => renderDriftMarkdown(report, 'ingest apply --env prod')],
    ['prometheus', 'prom', () => renderDriftPrometheus(report)],
    ['junit', 'xml', () => renderDriftJunit(report)],
  ] as const)('%s: what is unknown is never clean, and no name breaks out', async (_, type, render) => {
    const text = join(render());
    expect(text).not.toContain('\u001b');
    await expect(text).toMatchFileSnapshot(`../../golden/drift.${type}`);
  });

  it('says in every format that a rollback pinned an index, and offers no repair of it', () => {
    const [index = driftIndex()] = drifted().indexes;
    const pinned = { ...driftReport({ ...index, pinned: { generation: 3 } }), drift: true };
    const markdown = join(renderDriftMarkdown(pinned, 'ingest apply --env prod'));
    expect(markdown).toContain('is pinned by a rollback at generation 3, and no apply repairs it.');
    expect(markdown).not.toMatch(/ingest apply|A repair takes/);
    expect(join(renderDriftMarkdown({ ...pinned, indexes: [...pinned.indexes, nasty] }, 'x'))).toContain(
      'Repair: `x`',
    );
    expect(join(renderDriftJunit(pinned))).toContain('name="pinned_by_rollback_at_generation" value="3"');
    expect(join(renderDriftPrometheus(pinned))).toMatch(/^ingest_pinned\{.*\} 1$/m);
  });

  it('names every class to Prometheus also when there is nothing of it, and nothing of what is unknown', () => {
    const lines = [...renderDriftPrometheus(driftReport(driftIndex(), away))];
    const series = lines.filter((line) => line.startsWith('ingest_drift_records{'));
    expect(series).toHaveLength(Object.keys(DRIFT_CLASSES).length);
    expect(series.every((line) => line.endsWith(' 0') && line.includes('support-docs'))).toBe(true);
    expect(lines.filter((line) => line.includes('z-docs'))).toEqual([
      'ingest_live_reachable{environment="prod",manifest_id="z-docs"} 0',
      expect.stringMatching(/^ingest_recorded_records/),
      expect.stringMatching(/^ingest_pinned.* 0$/),
      expect.stringMatching(/^ingest_last_good_run_timestamp_seconds/),
    ]);
  });

  it('skips by name, in JUnit, what the level does not look at', () => {
    const at = (verify: 'counts' | 'content') => join(renderDriftJunit(driftReport(driftIndex({ verify }))));
    expect(at('counts')).toContain('tests="12" failures="0" errors="0" skipped="4"');
    expect(at('content')).toContain('tests="12" failures="0" errors="0" skipped="0"');
  });
});

describe('renderStatus', () => {
  it('gives the six answers, the counters and the next command', async () => {
    await expect(join(renderStatus(statusReport(statusIndex()), options))).toMatchFileSnapshot(
      '../../golden/status.txt',
    );
  });

  it('says that nothing is recorded yet, and what to do', () => {
    expect(join(renderStatus(statusReport(), options))).toBe(
      'Nothing is recorded in prod.\nNext         ingest apply --env prod\n',
    );
  });

  it('says who is running now', () => {
    const report = { ...statusReport(statusIndex()), lease: HOLDER };
    expect(join(renderStatus(report, options))).toContain(
      'RUNNING run 01KB7R2F (apply --env prod) by ana@laptop',
    );
  });

  it('says when all is done, and never that live was checked', () => {
    const done = statusIndex({
      resume_active: false,
      resume_reason: 'complete',
      searchers: 'new',
      in_part: 0,
      documents_done: 1284,
      last_run: { ...RUN, outcome: 'applied', reason: 'ok' },
    });
    const shown = join(renderStatus(statusReport(done), options));
    expect(shown).toContain('Complete: api-docs, as of 2026-11-21T23:41:09+08:00.');
    expect(shown).toContain('Live was not looked at: ingest drift --env prod');
    expect(shown).not.toContain('INCOMPLETE');
    expect(shown).not.toContain('NOT written');
  });
});

describe('renderJournalEvent', () => {
  const event: JournalEvent = {
    seq: 1042,
    ts: '2026-11-21T15:41:09.120Z',
    run_id: RUN.run_id,
    journal_version: 1,
    manifest_id: 'api-docs',
    trace_id: RUN.trace_id,
    batch_id: '2ab9d410',
    source_fingerprint: null,
    type: 'DOC_COMMITTED',
    data: {
      uri: 'api/auth.md',
      content_sha256: '19b0c3ee'.repeat(8),
      n_chunks: 7,
      old: null,
      note: 'two words',
    },
  };

  it('is one line: number, time, run, type, document, facts', () => {
    expect(renderJournalEvent(event, plainStyle)).toBe(
      '  1,042  2026-11-21T15:41:09Z  01KB7R2F  DOC_COMMITTED           api/auth.md  content_sha256=19b0c3ee  n_chunks=7  note="two words"',
    );
  });

  it('stays one line whatever a document is called', () => {
    const line = renderJournalEvent(
      { ...event, data: { uri: 'a\nb', 'k\n': { x: ['\u001b'] } } },
      plainStyle,
    );
    expect(line).not.toMatch(/\p{Cc}/u);
  });
});

describe('renderRuns', () => {
  it('is a table, and tells a run that is running from one that did not finish', () => {
    const batches = ['a', 'b'].map((id) => ({ manifest_id: id, batch_id: id.repeat(64) }));
    const ended = { ...RUN, batches: batches.slice(0, 1) };
    const open = {
      ...ended,
      run_id: '01KB8AAAZZZZ',
      outcome: null,
      reason: null,
      finished_at: null,
      batches,
    };
    const killed = { ...open, run_id: '01KB7AAAZZZZ', batches: [] };
    const [head, ...rows] = [...renderRuns([open, killed, ended], { ...options, running: open.run_id })];
    expect(head).toMatch(/^run +started +took +outcome +batch +who$/);
    expect(rows[0]).toMatch(/^01KB8AAA .* - +running +aaaaaaaa \+1 +ana@laptop$/);
    expect(rows[1]).toMatch(/ did not finish +- /);
    expect(rows[2]).toMatch(/ 1m 22s +interrupted \(SIGINT\) +aaaaaaaa /);
  });

  it('says so when there is none', () => {
    expect([...renderRuns([], { ...options, running: undefined })]).toEqual(['No run was recorded yet.']);
  });
});

describe('renderQuery', () => {
  const hit = {
    id: 'a'.repeat(32),
    score: 0.8123,
    distance: 0.1877,
    uri: 'handbook/入门/安装.md',
    line_start: 3,
    line_end: 9,
    start_ms: null,
    end_ms: null,
    heading_path: 'Install > Linux',
    text: `First words\u001b[31m of it. ${'很长的文字'.repeat(200)}`,
  };
  const result = { collection: 'docs', environment: 'dev', lexical: true, hits: [hit] };

  it('shows score, place, headings and a short beginning', () => {
    const lines = [...renderQuery(result, options)];
    expect(lines[0]).toBe(' 0.812  handbook/入门/安装.md:3-9');
    expect(lines[1]).toBe('        Install > Linux');
    expect(lines[2]).toContain('First words\\u{1b}[31m of it.');
    expect(lines[5]).toBe('        ...');
    expect(lines.at(-1)).toContain('shared words, not meaning');
  });

  it('shows all of it when verbose, and no note when the search is semantic', () => {
    const lines = [...renderQuery({ ...result, lexical: false }, { ...options, verbose: true })];
    expect(lines.length).toBeGreaterThan(15);
    expect(lines.join('')).not.toContain('not meaning');
  });

  it('shows the heading path once, though the stored text begins with it', () => {
    const stored = { ...hit, text: 'Install > Linux\n\nRun the script.' };
    const lines = [...renderQuery({ ...result, hits: [stored] }, options)];
    expect(lines.slice(1, 3)).toEqual(['        Install > Linux', '        Run the script.']);
  });

  it('says when nothing was found', () => {
    expect(join(renderQuery({ ...result, hits: [], lexical: false }, options))).toBe(
      'Nothing found in docs @ dev.\n',
    );
  });
});

describe('renderError', () => {
  it('shows code, message, causes and advice, a line each', () => {
    const cause = new Error('connect ECONNREFUSED', { cause: new Error('socket\u001b[2J') });
    const error = new IngestError('E401', 'Chroma cannot be reached', {
      kind: 'world',
      advice: 'Start it.',
      cause,
    });
    expect([...renderError(error, options)]).toEqual([
      'Error E401 Chroma cannot be reached',
      '  because connect ECONNREFUSED',
      '  because socket\\u{1b}[2J',
      '  do Start it.',
    ]);
  });

  it('asks to report what is our bug, and what nobody expected', () => {
    expect(
      join(renderError(new IngestError('E901', 'oops', { kind: 'bug', advice: 'Hm.' }), options)),
    ).toContain('report it');
    expect(join(renderError(new TypeError('x is undefined'), options))).toMatch(
      /^Error E901 x is undefined\n.*bug in ingest/s,
    );
    expect(join(renderError('a string', options))).toContain('a string');
    expect(
      join(renderError(new IngestError('E101', 'yours', { kind: 'input', advice: 'Fix.' }), options)),
    ).not.toContain('report');
  });

  it('ends at a cycle of causes', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    expect(join(renderError(error, options)).match(/because/g)).toHaveLength(1);
  });
});

describe('renderServer', () => {
  const server = {
    running: true,
    pid: 4242,
    port: 8123,
    url: 'http://127.0.0.1:8123',
    version: '1.0.0',
    clients: 2,
    daemon: false,
    dataFolder: 'state/dev/chroma',
    logFile: 'state/dev/chroma.log',
  };

  it('says where it runs and when it will stop', () => {
    expect(join(renderServer(server, options))).toBe(
      'data      state/dev/chroma\nlog       state/dev/chroma.log\nprocess   pid 4242; Chroma 1.0.0; 2 clients; stops after its last client\nRunning at http://127.0.0.1:8123\n',
    );
  });

  it('says that it is not running', () => {
    const off = { ...server, running: false, pid: null, port: null, url: null, version: null, clients: null };
    expect(join(renderServer(off, options))).toContain('Not running');
  });
});
