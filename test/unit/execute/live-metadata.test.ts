/** No record is sent without its anchors: whatever a document, its source and live say. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Metadata } from '../../../src/domain/document.js';
import { IngestError } from '../../../src/domain/errors.js';
import type { Change } from '../../../src/domain/plan.js';
import { ANCHOR_KEYS, type Anchors } from '../../../src/domain/record.js';
import { liveMetadata } from '../../../src/execute/live-metadata.js';

const RESERVED = ['ingest_manifest_id', ...ANCHOR_KEYS];
const value = fc.oneof(fc.string(), fc.integer(), fc.boolean());
/** What people write, and now and then one of our own keys. */
const key = fc.oneof({ weight: 4, arbitrary: fc.string({ minLength: 1 }) }, fc.constantFrom(...RESERVED));
const metadata = fc.dictionary(key, value);
const hex = fc.stringMatching(/^[0-9a-f]{8,64}$/);
const anchors: fc.Arbitrary<Anchors> = fc.record({
  run_id: hex,
  batch_id: hex,
  trace_id: hex,
  source_fingerprint: hex,
});
const input = fc.record({ batch_id: hex, source_fingerprint: hex });

interface Given {
  readonly of: Anchors;
  readonly own: Metadata;
  readonly live: Metadata;
  readonly carried: { batch_id: string; source_fingerprint: string } | undefined;
}

function written({ of, own, live, carried }: Given) {
  const gone = Object.fromEntries(Object.keys(live).map((name) => [name, null]));
  const change = { source_id: 'docs', uri: 'docs/a.md' } as unknown as Change;
  const stale = new Map([['id', gone]]);
  return liveMetadata({ anchorsOf: () => of }, { change, carried }, { id: 'id', metadata: own }, stale);
}

const given = fc.record({
  of: anchors,
  own: metadata.map((own) => ({ ...own, ingest_manifest_id: 'docs' })),
  live: metadata,
  carried: fc.option(input, { nil: undefined }),
});

describe('the metadata of a write', () => {
  it('holds every anchor, whatever stands in the document and in live', () => {
    fc.assert(
      fc.property(given, (all) => {
        expect(written(all)).toMatchObject({
          ingest_manifest_id: 'docs',
          ingest_run_id: all.of.run_id,
          ingest_trace_id: all.of.trace_id,
          ingest_batch_id: all.carried?.batch_id ?? all.of.batch_id,
          ingest_source_fingerprint: all.carried?.source_fingerprint ?? all.of.source_fingerprint,
        });
      }),
    );
  });

  it('is refused as a bug when any anchor is missing, and names it', () => {
    fc.assert(
      fc.property(given, fc.constantFrom(...ANCHOR_KEYS), (all, lost) => {
        const of = { ...all.of, [lost.replace('ingest_', '')]: '' };
        const broken = { ...all, of, carried: undefined };
        expect(() => written(broken)).toThrow(
          expect.objectContaining({ code: 'E901', kind: 'bug', message: expect.stringContaining(lost) }),
        );
      }),
    );
  });

  it('is refused when it does not say whose it is', () => {
    fc.assert(
      fc.property(given, (all) => {
        const { ingest_manifest_id: _, ...own } = all.own as Record<string, string>;
        expect(() => written({ ...all, own })).toThrow(IngestError);
      }),
    );
  });
});
