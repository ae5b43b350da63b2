/** The table for those who come from the predecessor names nothing of ours that is not there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (...parts: readonly string[]): string => readFileSync(join(root, ...parts), 'utf8');

const page = read('docs', 'reference', 'predecessor.md');

/** What is written as code in the second column of a section's table. */
function ours(section: string): string[] {
  const [, text = ''] = page.split(`## ${section}\n`);
  const rows = (text.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| predecessor/.test(line));
  expect(rows.length).toBeGreaterThan(5);
  return rows.flatMap((row) =>
    [...(row.split('|')[2] ?? '').matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? ''),
  );
}

const contracts = readdirSync(join(root, 'contracts'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => read('contracts', name))
  .join('\n');
const commands = read('docs', 'reference', 'commands.md');

describe('docs/reference/predecessor.md', () => {
  it.each(ours('Events'))('%s is an event', (name) => {
    expect(JSON.stringify(JSON.parse(read('contracts', 'events.schema.json')))).toContain(`"${name}"`);
  });

  it.each(ours('Fields'))('%s is a field', (name) => {
    expect(`${contracts}\n${read('src', 'recorded', 'migrations.ts')}`).toMatch(
      new RegExp(`"${name}"|\\b${name} TEXT`),
    );
  });

  it.each(ours('Flags'))('%s is a command, a flag or a key of the manifest', (name) => {
    if (name.startsWith('ingest ')) {
      const [, command = '', argument = ''] = /^ingest ((?:state )?[a-z]+)(?: (.*))?$/.exec(name) ?? [];
      expect(commands).toContain(`ingest ${command}`);
      for (const flag of argument.match(/--[a-z-]+/g) ?? []) expect(commands).toContain(flag);
    } else if (name.startsWith('--')) expect(commands).toContain(name);
    else expect(read('contracts', 'manifest.schema.json')).toContain(`"${name}"`);
  });

  it('names every event and field that the predecessor wrote', () => {
    for (const name of PREDECESSOR) expect(page).toContain(`\`${name}\``);
  });
});

const PREDECESSOR = [
  'index_state.json',
  'index_state.stage.jsonl',
  'db_build_stamp.json',
  'writer.lock',
  ...['RUN_START', 'RUN_RESUME', 'DOC_BEGIN', 'DELETE_OLD_DONE', 'UPSERT_BATCH_COMMITTED', 'UPSERT_NEW_DONE'],
  ...['DOC_COMMITTED', 'DOC_DONE', 'DELETE_STALE_DONE', 'RUN_FINISH'],
  ...['wal_version', 'source_uri', 'doc_id', 'old_content_sha256', 'chunks_upserted_total_last'],
  ...['tail_truncated_ignored', 'stage_fsync_mode', 'warn_functional_count', 'schema_hash'],
  ...['--root', '--units', '--db', '--collection', '--plan', '--embed-model', '--device', '--embed-batch'],
  ...['--upsert-batch', '--chunk-chars', '--overlap-chars', '--min-chunk-chars', '--include-media-stub'],
  ...[
    '--hnsw-space',
    '--on-missing-state',
    '--schema-change',
    '--delete-batch',
    '--strict-sync',
    '--write-state',
  ],
  ...[
    '--wal',
    '--resume',
    '--resume-status',
    '--stage-fsync',
    '--wal-fsync',
    '--wal-fsync-interval',
    '--keep-wal',
  ],
  '--writer-lock',
];
