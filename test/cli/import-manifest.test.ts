/** Manifests of another system, as its users have them: faults, names, files that are not there. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Fault } from '../../src/domain/errors.js';
import type { ImportReport } from '../../src/domain/imported.js';
import { type CliResult, jsonLines, parseJson } from '../support/ingest-cli.js';
import { Project } from '../support/project.js';

const chromaUrl = inject('chromaUrl');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const RESET = '# Reset a password\n\nOpen the settings and choose a new one.\n';
const INVITE = '# Invite a colleague\n\nSend them the link of the workspace.\n';

let project: Project;
beforeEach(() => {
  project = new Project(chromaUrl === '' ? 'http://127.0.0.1:9' : chromaUrl, true);
  project.ws.write('course/files/reset [1].md', RESET);
  project.ws.write('course/files/invite.md', INVITE);
});
afterEach(() => project.dispose());

const ASSETS = [
  {
    source_id: 'doc:help_center:abcdef123456',
    source_url_or_path: 'files/reset [1].md',
    asset_type: 'html',
    checksum_sha256: sha256(RESET),
    size_bytes: RESET.length,
    language: 'en',
    metadata_status: 'complete',
    pii_scan_status: 'clear',
  },
  {
    source_id: 'doc:help_center:abcdef654321',
    source_url_or_path: 'files/invite.md',
    asset_type: 'html',
    metadata_status: 'complete',
    pii_scan_status: 'clear',
  },
];

function course(over: object = {}): string {
  return JSON.stringify(
    {
      manifest_id: 'manifest-help_center-20261101-001',
      schema_version: 'source_manifest_v1',
      batch_id: 'batch-20261101-a',
      created_at: '2026-11-01T08:00:00+08:00',
      owner: 'docs-team',
      modality: 'document',
      source_type: 'help_center',
      license_tag: 'cc_by',
      contract_ref: 'omni://contracts/data/doc_asset/v1',
      load_mode: 'full_snapshot',
      ingest_config: { pii_scan: true },
      assets: ASSETS,
      ...over,
    },
    null,
    2,
  );
}

const importIt = (...args: readonly string[]): Promise<CliResult> =>
  project.call(['import-manifest', 'course/manifest.json', ...args]);

async function imported(
  text: string,
  ...args: readonly string[]
): Promise<ImportReport & { manifest: string }> {
  project.ws.write('course/manifest.json', text);
  return parseJson(await importIt('--json', ...args));
}

async function faultsOf(text: string): Promise<readonly string[]> {
  project.ws.write('course/manifest.json', text);
  const result = await importIt('--json', '--out', 'desired/imported.yaml');
  expect(result.code).toBe(1);
  expect(existsSync(project.ws.path('desired/imported.yaml'))).toBe(false);
  const { faults } = parseJson<{ faults: readonly Fault[] }>(result);
  return faults.map(
    ({ code, position, message }) => `${position.line}:${position.column} ${code} ${message}`,
  );
}

describe('a manifest that is not right', () => {
  it('that does not parse is an error with its place and exit 1, never logged and dropped', async () => {
    expect(await faultsOf('{\n  "manifest_id": "manifest-a-20261101-001",\n}\n')).toEqual([
      '3:1 E100 not valid JSON here',
    ]);
    expect(await faultsOf('{ "assets": [')).toEqual([
      expect.stringMatching(/^1:13 E100 the JSON ends too early/),
    ]);
    expect(await faultsOf('')).toHaveLength(1);
    const shown = await importIt();
    expect(shown).toMatchObject({ code: 1, stdout: '' });
    expect(shown.stderr).toContain('course/manifest.json:1:1: E100');
    rmSync(project.ws.path('course/manifest.json'));
    expect((await importIt()).stderr).toContain('E115 the file cannot be read: ENOENT');
  });

  it('tells all faults at once, each where it stands', async () => {
    const { manifest_id: _, ...rest } = JSON.parse(course()) as Record<string, unknown>;
    const text = JSON.stringify(
      { ...rest, colour: 'blue', modality: 'docs', assets: [{ ...ASSETS[0], checksum_sha256: 'abc' }] },
      null,
      2,
    );
    const at = (needle: string): string => {
      const lines = text.split('\n');
      const line = lines.findIndex((one) => one.includes(needle));
      return `${line + 1}:`;
    };
    const faults = await faultsOf(text);
    expect(faults).toHaveLength(4);
    expect(faults[0]).toBe('1:1 E102 the manifest needs the key "manifest_id"');
    expect(faults.find((one) => one.startsWith(at('"modality"')))).toContain(
      'must be one of document, image',
    );
    expect(faults.find((one) => one.startsWith(at('"checksum_sha256"')))).toContain('64 hexadecimal digits');
    expect(faults.find((one) => one.startsWith(at('"colour"')))).toContain('unknown key');
  });

  it.each<[string, object, RegExp]>([
    [
      'a cursor without its start',
      {
        load_mode: 'incremental_cursor',
        selection_window: { cursor_field: 'updated_at', cursor_start: null },
      },
      /E103 cursor_start must be/,
    ],
    [
      'cdc without a cursor or a watermark',
      { load_mode: 'cdc', selection_window: {} },
      /E102 load_mode cdc needs/,
    ],
    ['a replay of nothing', { load_mode: 'replay', selection_window: {} }, /E102 .*replay_from_batch/],
    [
      'a window that ends before it begins',
      {
        load_mode: 'backfill',
        selection_window: { start_at: '2026-11-01T00:00:00Z', end_at: '2026-11-01T01:00:00+02:00' },
      },
      /E103 the window ends before it begins/,
    ],
    ['an id that occurs twice', { assets: [ASSETS[0], ASSETS[0]] }, /E108 source_id .* assets 0 and 1/],
    [
      'what is canonized of an unknown licence',
      { canonization_status: 'canonized', license_tag: 'unknown' },
      /E103 license_tag must be one of public_domain/,
    ],
    [
      'a contract of something else',
      { contract_ref: 'omni://contracts/data/audio_asset/v1' },
      /E103 contract_ref audio_asset does not fit modality document/,
    ],
  ])('is refused for %s', async (_what, over, fault) => {
    expect((await faultsOf(course(over))).join('\n')).toMatch(fault);
  });

  it('is refused for a key that is written twice', async () => {
    const twice = course().replace('"owner": "docs-team",', '"owner": "docs-team",\n  "owner": "others",');
    expect(await faultsOf(twice)).toEqual([expect.stringContaining('this key is written twice')]);
  });
});

describe('the files that a manifest names', () => {
  it('are opened: what is absent, or is not what its checksum says, is named, and the exit is 5', async () => {
    const wrong = await imported(
      course({
        assets: [
          ASSETS[1],
          { ...ASSETS[0], source_id: 'made-up', checksum_sha256: 'f'.repeat(64) },
          { ...ASSETS[0], source_id: 'longer', size_bytes: 7 },
          { ...ASSETS[0], source_id: 'absent', source_url_or_path: 'files/absent.md' },
          { ...ASSETS[0], source_id: 'folder', source_url_or_path: 'files', size_bytes: null },
          { ...ASSETS[0], source_id: 'elsewhere', source_url_or_path: 'https://docs.example/a' },
        ],
      }),
      '--out',
      'desired/imported.yaml',
    );
    expect(wrong.outcome).toBe('partial');
    expect(wrong.assets.map(({ source_id, status }) => `${source_id} ${status}`)).toEqual([
      'doc:help_center:abcdef654321 ok',
      'made-up checksum_mismatch',
      'longer size_mismatch',
      'absent missing',
      'folder no_file',
      'elsewhere not_imported',
    ]);
    const { code, stdout, stderr } = await importIt();
    expect(code).toBe(5);
    expect(stderr).toContain(
      'Partial   manifest-help-center-20261101-001: 1 asset as declared, 5 not (exit 5)',
    );
    expect(stdout).toContain('#   absent: missing (files/absent.md does not exist)');
    // Written all the same, to be corrected by hand.
    expect(readFileSync(project.ws.path('desired/imported.yaml'), 'utf8')).toContain('reset \\[1\\].md');
  });

  it('are as declared: exit 0', async () => {
    const found = await imported(course());
    expect(found.outcome).toBe('imported');
    expect((await importIt()).code).toBe(0);
  });
});

describe('the same manifest', () => {
  it('under another file name is the same manifest: the same bytes, and declared twice an error', async () => {
    await imported(course(), '--out', 'desired/one.yaml');
    project.ws.write('course/renamed copy.json', course());
    const copy = await project.run([
      'import-manifest',
      'course/renamed copy.json',
      '--out',
      'desired/two.yaml',
    ]);
    expect(copy.code).toBe(0);
    const [one, two] = ['one', 'two'].map((name) =>
      readFileSync(project.ws.path(`desired/${name}.yaml`), 'utf8'),
    );
    expect(one).toBe(two);
    const twice = await project.call(['plan', '--json']);
    expect(twice.code).toBe(1);
    const { faults } = parseJson<{ faults: readonly Fault[] }>(twice);
    expect(faults.map((fault) => `${fault.code} ${fault.message}`)).toEqual([
      expect.stringMatching(/^E108 .*manifest-help-center-20261101-001/),
    ]);
  });

  it('imported again leaves the file as it is, and never writes over what somebody edited', async () => {
    await imported(course(), '--out', 'desired/one.yaml');
    const file = project.ws.path('desired/one.yaml');
    const first = readFileSync(file, 'utf8');
    expect((await importIt('--out', 'desired/one.yaml')).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(first);
    project.ws.write('desired/one.yaml', `${first}# by hand\n`);
    const refused = await importIt('--out', 'desired/one.yaml');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('E606');
    expect(readFileSync(file, 'utf8')).toContain('# by hand');
    expect((await importIt('--out', 'desired/one.yaml', '--force')).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(first);
  });
});

describe.skipIf(chromaUrl === '')('what was imported', () => {
  it('is planned and applied as it is, and renaming their file changes nothing', async () => {
    const report = await imported(course(), '--out', 'desired/help.yaml');
    expect(report.fields.filter(({ outcome }) => outcome === 'not_carried_over').length).toBeGreaterThan(2);
    const applied = await project.run(['apply', '--json', '--auto-approve']);
    expect({ code: applied.code, stderr: applied.code === 0 ? '' : applied.stderr }).toEqual({
      code: 0,
      stderr: '',
    });
    const events = jsonLines(await project.call(['journal']));
    const written = events.filter((event) => event['type'] === 'DOC_COMMITTED');
    expect(written.map(({ data }) => (data as { readonly uri: string }).uri).sort()).toEqual([
      'doc-help_center-abcdef123456/reset [1].md',
      'doc-help_center-abcdef654321/invite.md',
    ]);
    project.ws.write('course/other name.json', course());
    await project.call(['import-manifest', 'course/other name.json', '--out', 'desired/help.yaml']);
    const plan = await project.call(['plan', '--json']);
    expect(parseJson<{ outcome: string }>(plan).outcome).toBe('no_changes');
  });

  it("reads what was said in a recording, with its times, and the text of a video's frames", async () => {
    const vtt = 'WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Ana>Open the settings of the workspace.\n';
    project.ws.write('course/files/talk.vtt', vtt);
    project.ws.write('course/files/frames.txt', 'Settings. Security. Reset the password.\n');
    project.ws.write('course/files/talk.mp4', Buffer.from([0, 1, 2, 3]));
    const report = await imported(
      course({
        manifest_id: 'manifest-talks-20261101-001',
        modality: 'video',
        source_type: 'tutorial_video',
        contract_ref: 'omni://contracts/data/video_asset/v1',
        assets: [
          {
            source_id: 'VID-talk',
            source_url_or_path: 'files/talk.mp4',
            asset_type: 'tutorial_video',
            checksum_sha256: createHash('sha256')
              .update(Buffer.from([0, 1, 2, 3]))
              .digest('hex'),
            transcript_object_path: 'files/talk.vtt',
            keyframe_ocr_path: 'files/frames.txt',
            duration_sec: 4,
            pii_scan_status: 'clear',
            metadata_status: 'complete',
          },
        ],
      }),
      '--out',
      'desired/talks.yaml',
    );
    expect(report.assets).toEqual([
      {
        source_id: 'VID-talk',
        path: 'files/talk.mp4',
        status: 'ok',
        detail: null,
        sources: ['vid-talk', 'vid-talk-frames'],
      },
    ]);
    const applied = await project.run(['apply', '--json', '--auto-approve']);
    expect({ code: applied.code, stderr: applied.code === 0 ? '' : applied.stderr }).toEqual({
      code: 0,
      stderr: '',
    });
    const found = await project.call(['query', 'open the settings of the workspace', '--json']);
    expect(found.stdout).toContain('vid-talk/');
  });
});
