/** A run that ended before it wrote anything: the morning after, status tells of it and not only of the one before. */
import { expect, it } from 'vitest';
import { IngestError } from '../../../src/domain/errors.js';
import { status } from '../../../src/pipeline.js';
import { renderStatus } from '../../../src/report/render-status.js';
import { plainStyle } from '../../../src/report/style.js';
import { Workspace } from '../../support/memory-workspace.js';

it('is what status tells of, until a run ends well', async () => {
  const workspace = new Workspace();
  try {
    workspace.write('a.md', '# A\n\nWhat is said of a.\n');
    await workspace.applied();
    expect(workspace.status().failed_since).toBeUndefined();
    workspace.write('b.md', '# B\n\nWhat is said of b.\n');
    workspace.chroma.reading = () => {
      throw new IngestError('E401', 'Chroma cannot be reached', { kind: 'world', advice: 'Start it.' });
    };
    await expect(workspace.apply()).rejects.toMatchObject({ code: 'E401' });
    workspace.chroma.reading = () => {};

    const found = workspace.status();
    expect(found).toMatchObject({
      last_run: { outcome: 'applied' },
      failed_since: { outcome: 'failed', reason: 'E401 Chroma cannot be reached' },
      searchers: 'new',
      advice: expect.stringContaining('re-run'),
    });
    expect(found.ways.filter(({ possible }) => possible).map(({ way }) => way)).toEqual(['re-run', 'retry']);
    const report = workspace.state((state) => status(state, workspace.desired(), 'dev', null));
    const text = [...renderStatus(report, { style: plainStyle, width: 200 })].join('\n');
    expect(text).toContain('failed: E401 Chroma cannot be reached');
    expect(text).toContain('FAILED: run');
    expect(text).toContain('Next         ingest apply --env dev');
    expect(text).not.toContain('Complete');

    await workspace.applied();
    expect(workspace.status().failed_since).toBeUndefined();
  } finally {
    workspace.dispose();
  }
});
