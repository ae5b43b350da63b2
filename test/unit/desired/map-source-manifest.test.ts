/** Nothing of an imported manifest is dropped in silence, and what comes of it is a manifest. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MappedManifest, mapSourceManifest } from '../../../src/desired/course/map-source-manifest.js';
import type { CourseAsset, CourseManifest } from '../../../src/desired/course/source-manifest.js';
import { ownSchema } from '../../../src/platform/own-schemas.js';
import { formatYaml, parseYaml } from '../../../src/platform/yaml.js';

/** What a manifest would take for one. */
const VARIABLE = '$' + '{HOME}';
const name = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9:_. -]{1,80}$/),
  fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
  fc.constantFrom(VARIABLE, 'ümlaut', '..', 'CON'),
);
const path = fc.oneof(
  fc.stringMatching(/^[a-z]{1,8}\/[a-z[\]*{}() ]{1,8}\.(md|jsonl|vtt|wav)$/),
  fc.constantFrom('https://docs.example/a', 's3://bucket/key', '../up/one.md', `files/${VARIABLE}.md`),
);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const contract = fc
  .constantFrom('doc_asset', 'ticket', 'audio_asset', 'video_asset')
  .map((kind) => `omni://contracts/data/${kind}/v1`);

const asset: fc.Arbitrary<CourseAsset> = fc.record(
  {
    source_id: name,
    source_url_or_path: path,
    asset_type: name,
    contract_ref: optional(contract),
    size_bytes: optional(fc.nat()),
    checksum_sha256: optional(fc.stringMatching(/^[0-9a-f]{64}$/)),
    transcript_object_path: optional(path),
    ocr_text_path: optional(path),
    keyframe_ocr_path: optional(path),
    audio_track_path: optional(path),
    duration_sec: optional(fc.nat()),
    language: optional(fc.constantFrom('en', 'zh-Hans', '')),
    metadata_status: fc.constantFrom('complete', 'partial', 'missing', 'unknown'),
    pii_scan_status: fc.constantFrom('clear', 'suspected', 'not_run'),
    notes: optional(name),
  },
  { requiredKeys: ['source_id', 'source_url_or_path', 'asset_type'] },
);

const JUDGEMENTS = ['accept', 'warn', 'quarantine', 'reject'] as const;
const GATE = [
  'on_missing_checksum',
  'on_partial_metadata',
  'on_missing_metadata',
  'on_pii_gap',
  'on_contract_mismatch',
  'on_unknown_license',
] as const;

const manifest: fc.Arbitrary<CourseManifest> = fc.record(
  {
    manifest_id: fc.stringMatching(/^manifest-[a-z0-9_-]{1,60}-\d{8}-\d{3}$/),
    schema_version: fc.constant('source_manifest_v1' as const),
    batch_id: name,
    created_at: fc.constant('2026-11-01T00:00:00Z'),
    owner: name,
    notes: optional(name),
    modality: fc.constantFrom('document', 'image', 'audio', 'video', 'structured', 'multimodal'),
    source_type: fc.constantFrom('help_center', 'ticket_export', 'other'),
    product_line: fc.constantFrom('northstar_studio', 'unknown'),
    license_tag: fc.constantFrom('cc_by', 'unknown'),
    contract_ref: contract,
    load_mode: fc.constantFrom('full_snapshot', 'incremental_cursor', 'cdc', 'replay', 'backfill'),
    canonization_status: fc.constantFrom('raw', 'canonized'),
    selection_window: optional(
      fc.record(
        {
          start_at: optional(fc.constant('2026-10-01T00:00:00Z')),
          end_at: optional(fc.constant('2026-11-01T00:00:00Z')),
          cursor_field: optional(fc.constantFrom('updated_at', 'id')),
          cursor_start: optional(fc.constantFrom('2026-11-01T00:00:00+08:00', '42', 42, 'abc')),
          cursor_end: optional(fc.constantFrom('z', 7)),
          watermark_field: optional(fc.constant('updated_at')),
          replay_from_batch: optional(fc.constant('b')),
          backfill_reason: optional(fc.constant('outage')),
        },
        { requiredKeys: [] },
      ),
    ),
    gate_policy: optional(
      fc.record(Object.fromEntries(GATE.map((key) => [key, fc.constantFrom(...JUDGEMENTS)])), {
        requiredKeys: [],
      }),
    ),
    ingest_config: optional(
      fc.record(
        {
          parser: name,
          chunk_size: optional(fc.integer({ min: 1, max: 200_000 })),
          chunk_overlap: optional(fc.integer({ min: 0, max: 2000 })),
          pii_scan: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
    ),
    assets: fc.uniqueArray(asset, { minLength: 1, maxLength: 6, selector: (one) => one.source_id }),
  },
  {
    requiredKeys: [
      'manifest_id',
      'schema_version',
      'batch_id',
      'created_at',
      'owner',
      'modality',
      'source_type',
      'license_tag',
      'contract_ref',
      'load_mode',
      'assets',
    ],
  },
);

const ALL = ['files', 'jsonl', 'transcript'];

function mapped(course: CourseManifest, supported: readonly string[] = ALL): MappedManifest {
  const placeOf = (given: string) =>
    given.includes('://')
      ? undefined
      : {
          root: given.split('/').slice(0, -1).join('/') || '.',
          path: given,
          name: given.split('/').at(-1) ?? '',
        };
  return mapSourceManifest(course, { supported: new Set(supported), placeOf });
}

function leaves(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, `${at}[${index}]`));
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, at === '' ? key : `${at}.${key}`));
}

const BASE: CourseManifest = {
  manifest_id: 'manifest-help_center-20261101-001',
  schema_version: 'source_manifest_v1',
  batch_id: 'b1',
  created_at: '2026-11-01T00:00:00Z',
  owner: 'docs-team',
  modality: 'document',
  source_type: 'help_center',
  license_tag: 'cc_by',
  contract_ref: 'omni://contracts/data/doc_asset/v1',
  load_mode: 'full_snapshot',
  assets: [
    { source_id: 'doc:help_center:abcdef123456', source_url_or_path: 'files/a.md', asset_type: 'html' },
  ],
};
const fateOf = (course: CourseManifest, field: string) =>
  mapped(course).fields.find((one) => one.field === field);
const sourcesOf = (course: CourseManifest, supported?: readonly string[]) =>
  mapped(course, supported).manifest['sources'] as readonly Record<string, unknown>[];

describe('every field of an imported manifest', () => {
  it('is accounted for once: mapped, kept, or not carried over with a reason', () => {
    fc.assert(
      fc.property(manifest, fc.subarray(ALL, { minLength: 1 }), (course, supported) => {
        const { fields } = mapped(course, supported);
        expect(fields.map(({ field }) => field)).toEqual(leaves(course));
        for (const { outcome, to, reason } of fields) {
          if (outcome === 'not_carried_over') expect(reason).toMatch(/\w/);
          else expect(to).toMatch(/\w/);
        }
      }),
    );
  });

  it('that is said to be kept as metadata stands in the sources', () => {
    fc.assert(
      fc.property(manifest, (course) => {
        const { fields, assets } = mapped(course);
        for (const [index, { sources }] of assets.entries()) {
          for (const { field, outcome, to } of fields) {
            if (outcome !== 'kept' || !field.startsWith(`assets[${index}].`)) continue;
            const value = course.assets[index]?.[field.split('.')[1] as keyof CourseAsset];
            for (const { metadata } of sources) {
              expect((metadata as Record<string, unknown>)[to?.split('metadata.')[1] ?? '']).toEqual(value);
            }
          }
        }
      }),
    );
  });
});

describe('what comes of it', () => {
  it('is a manifest by its schema, with sources of different ids, and the same text every time', async () => {
    const schema = await ownSchema('manifest');
    fc.assert(
      fc.property(manifest, (course) => {
        const { manifest: ours } = mapped(course, ['files', 'jsonl']);
        const sources = ours['sources'] as readonly { id: string }[];
        fc.pre(sources.length > 0);
        expect(schema.validate(ours)).toEqual([]);
        expect(new Set(sources.map(({ id }) => id)).size).toBe(sources.length);
        const text = formatYaml(ours);
        expect(formatYaml(mapped(course, ['files', 'jsonl']).manifest)).toBe(text);
        // Read as it was meant: no text became a number, a date or a boolean.
        expect(parseYaml(text)[0]?.value).toEqual(JSON.parse(JSON.stringify(ours)));
      }),
    );
  });

  it('has an id that ours may have, and says where it came from', () => {
    expect(mapped(BASE).manifestId).toBe('manifest-help-center-20261101-001');
    expect(sourcesOf(BASE)[0]?.['metadata']).toMatchObject({
      imported_from: 'manifest-help_center-20261101-001',
      source_id: 'doc:help_center:abcdef123456',
    });
    const long = mapped({ ...BASE, manifest_id: `manifest-${'a'.repeat(90)}-20261101-001` }).manifestId;
    expect(long).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
    expect(mapped({ ...BASE, manifest_id: `manifest-${'a'.repeat(90)}-20261101-002` }).manifestId).not.toBe(
      long,
    );
  });

  it('keeps assets apart whose ids differ only in what ours may not hold', () => {
    const [one, two] = sourcesOf({
      ...BASE,
      assets: ['Doc:A', 'doc a'].map((source_id) => ({ ...BASE.assets[0], source_id }) as CourseAsset),
    });
    expect(one?.['id']).toBe('doc-a');
    expect(two?.['id']).toMatch(/^doc-a-[0-9a-f]{8}$/);
  });

  it('reads the transcript of a recording, and the text in the frames of a video, in its place', () => {
    const video: CourseManifest = {
      ...BASE,
      modality: 'video',
      contract_ref: 'omni://contracts/data/video_asset/v1',
      assets: [
        {
          source_id: 'v1',
          source_url_or_path: 'files/v.mp4',
          asset_type: 'screencast',
          transcript_object_path: 'files/v.vtt',
          keyframe_ocr_path: 'files/frames.txt',
          audio_track_path: 'files/v.wav',
          duration_sec: 30,
        },
      ],
    };
    expect(sourcesOf(video)).toEqual([
      expect.objectContaining({ id: 'v1', type: 'transcript', path: 'files/v.vtt' }),
      expect.objectContaining({ id: 'v1-frames', root: 'files', include: ['frames.txt'] }),
    ]);
    expect(sourcesOf(video)[0]?.['metadata']).toMatchObject({ duration_sec: 30 });
    expect(fateOf(video, 'assets[0].audio_track_path')?.outcome).toBe('not_carried_over');
    const silent = mapped({
      ...video,
      assets: [{ source_id: 'v', source_url_or_path: 'v.mp4', asset_type: 'x' }],
    });
    expect(silent.assets[0]?.problem).toContain('no transcript is given');
  });

  it('reads tickets as records, from the cursor on that theirs starts at', () => {
    const tickets = (cursor_start: string | number): CourseManifest => ({
      ...BASE,
      modality: 'structured',
      source_type: 'ticket_export',
      contract_ref: 'omni://contracts/data/ticket/v1',
      load_mode: 'incremental_cursor',
      selection_window: { cursor_field: 'updated_at', cursor_start },
      assets: [{ source_id: 't', source_url_or_path: 'files/t.jsonl', asset_type: 'ticket_export' }],
    });
    const loadOf = (start: string | number) => sourcesOf(tickets(start))[0]?.['load'];
    const at = '2026-11-01T00:00:00+08:00';
    expect(loadOf(at)).toEqual({
      mode: 'incremental_cursor',
      cursor_field: 'updated_at',
      cursor_type: 'timestamp',
      start: at,
    });
    expect(loadOf(42)).toMatchObject({ cursor_type: 'number', start: 42 });
    expect(loadOf('batch-b')).toMatchObject({ cursor_type: 'string', collation: 'binary' });
    const [source] = sourcesOf(tickets(at));
    expect(source).toMatchObject({ type: 'jsonl', key: 'ticket_id', text: ['subject', 'description'] });
    expect(JSON.stringify(source?.['metadata_from'])).not.toMatch(/customer_id|org_id|assignee_id/);
  });

  it('judges as theirs does', () => {
    const gateOf = (course: CourseManifest) => (mapped(course).manifest['policy'] as { gate: unknown }).gate;
    expect(gateOf(BASE)).toEqual({});
    const strict = { ...BASE, gate_policy: { on_pii_gap: 'reject', on_missing_checksum: 'quarantine' } };
    expect(gateOf(strict)).toEqual({ pii_gap: 'reject', missing_checksum: 'quarantine' });
    const unscanned = { ...strict, ingest_config: { pii_scan: false } };
    expect(gateOf(unscanned)).toEqual({ pii_gap: 'accept', missing_checksum: 'quarantine' });
    expect(fateOf(unscanned, 'gate_policy.on_pii_gap')?.outcome).toBe('not_carried_over');
  });

  it('says of verbs which ones they are here', () => {
    const window = { start_at: '2026-10-01T00:00:00Z', end_at: '2026-11-01T00:00:00Z' };
    const backfill: CourseManifest = { ...BASE, load_mode: 'backfill', selection_window: window };
    expect(fateOf(backfill, 'load_mode')?.reason).toContain('ingest backfill');
    expect(fateOf(backfill, 'selection_window.start_at')?.reason).toContain('ingest backfill');
    const replay: CourseManifest = {
      ...BASE,
      load_mode: 'replay',
      selection_window: { replay_from_batch: 'b' },
    };
    expect(fateOf(replay, 'selection_window.replay_from_batch')?.reason).toContain('ingest replay');
  });
});
