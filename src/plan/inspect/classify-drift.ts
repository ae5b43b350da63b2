/** Sorts what a look at live found into the classes of drift, each with the documents concerned. */
import { collectionFaults } from '../../diff/judge-collection.js';
import { splitOrphans } from '../../diff/split-orphans.js';
import {
  DRIFT_CLASSES,
  type DriftClassName,
  RECORD_PARTS,
  type RecordPart,
} from '../../domain/drift-classes.js';
import type { DriftClass } from '../../domain/drift-report.js';
import type { LiveCollection } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { IndexRow } from '../../domain/state-rows.js';
import type { LiveView } from '../live-view/examine-live.js';
import type { FindingRow, Scratch } from '../scratch.js';

const MAX_PLACES = 20;
const MAX_IDS = 5;

export interface DriftFacts {
  readonly state: StateReader;
  readonly scratch: Scratch;
  readonly manifestId: string;
  readonly index: IndexRow | undefined;
  /** What has the index's name, whoever it belongs to. */
  readonly found: LiveCollection | undefined;
  readonly view: LiveView;
  /** A run gave up on it because Chroma could not write to it. */
  readonly unwritable: boolean;
  /** Of a sample: records that live lacks by its count alone, whoever's they are. */
  readonly shortfall: number;
  /** The name of a collection that is whole and that no reader by name finds; undefined when they do. */
  readonly waitsAs: string | undefined;
}

/** Classes that a rebuild of the whole index mends. */
const REBUILT: ReadonlySet<DriftClassName> = new Set([
  'collection-missing',
  'collection-replaced',
  'wrong-recipe',
  'wrong-distance',
  'unsearchable',
  'wedged',
]);

export function isRebuilt(classes: readonly DriftClass[]): boolean {
  return classes.some((found) => REBUILT.has(found.class));
}

export function classifyDrift(facts: DriftFacts): DriftClass[] {
  const records = recordClasses(facts);
  return [...collectionClasses(facts, records.present), ...records.classes];
}

function collectionClasses(facts: DriftFacts, present: number): DriftClass[] {
  const { state, index, found, view, manifestId } = facts;
  const row = index === undefined ? undefined : state.collection(index.collection_id);
  const recorded =
    index === undefined ? { chunks: 0, documents: 0 } : state.counts(index.collection_id, manifestId);
  const whole = (name: DriftClassName, detail: string | null, records = recorded.chunks): DriftClass => ({
    class: name,
    incident: DRIFT_CLASSES[name],
    records,
    detail,
    ids: [],
    where: [],
    documents: recorded.documents,
  });
  const { status, escalated } = view.summary;
  const classes: DriftClass[] = [];
  if (status === 'missing') classes.push(whole('collection-missing', null));
  if (facts.waitsAs !== undefined) {
    classes.push(
      whole('collection-missing', `a swap was stopped half way: it is whole, as ${facts.waitsAs}`),
    );
  }
  if (row === undefined && status === 'not-ours') {
    classes.push(
      whole(
        'wrong-lineage',
        `recorded nothing, live ${found?.identity?.lineage ?? 'nothing'}`,
        view.summary.count ?? 0,
      ),
    );
  }
  if (row !== undefined && found !== undefined) {
    for (const fault of collectionFaults(row, state.lineage, found)) {
      const left = fault.class === 'collection-replaced' ? recorded.chunks - present : recorded.chunks;
      classes.push(whole(fault.class, fault.detail, left));
    }
  }
  if (status === 'unsearchable') {
    const wedged = facts.unwritable || !view.readable;
    classes.push(wedged ? whole('wedged', escalated) : whole('unsearchable', null));
  }
  return classes;
}

/** Of those that are called foreign: by how many the count has grown since they were looked at, whoever's they are. */
function unseenForeign({ state, view: { collection, summary } }: DriftFacts): number {
  const listed = summary.verify !== 'counts';
  if (listed || collection === undefined) return 0;
  return Math.max(0, summary.foreign - (state.collection(collection.id)?.foreign_count ?? 0));
}

interface Gathered {
  records: number;
  documents: number;
  readonly ids: string[];
  readonly where: DriftClass['where'][number][];
  readonly parts: Record<RecordPart, number>;
}

type RecordClass = 'missing' | 'orphan' | 'duplicate' | 'tampered';

/** `present`: recorded records that a collection which took the recorded one's place has all the same. */
function recordClasses(facts: DriftFacts): { readonly classes: DriftClass[]; readonly present: number } {
  const { state, scratch, manifestId, index, view } = facts;
  const gathered = new Map<RecordClass, Gathered>();
  let present = 0;
  for (const uri of scratch.findingUris(manifestId)) {
    const findings = scratch.findingsOf(manifestId, uri);
    const rows = index === undefined ? [] : state.chunks(index.collection_id, manifestId, uri);
    const missing = findings.filter((one) => one.kind === 'missing');
    const known = new Set(view.replaced ? rows.map((row) => row.chunk_id) : []);
    const extra = findings.filter((one) => one.kind === 'orphan');
    const orphans = extra.filter((one) => !known.has(one.id));
    present += extra.length - orphans.length;
    const away = view.replaced
      ? rows.filter((row) => !extra.some((one) => one.id === row.chunk_id)).map((row) => row.chunk_id)
      : missing.map((one) => one.id);
    const split = splitOrphans(
      orphans.map((one) => ({ id: one.id, text_sha256: one.detail ?? '' })),
      rows,
      new Set(away),
    );
    note('missing', uri, missing, rows.length);
    note('orphan', uri, split.others, rows.length);
    note('duplicate', uri, split.duplicates, rows.length);
    note(
      'tampered',
      uri,
      findings.filter((one) => one.kind === 'tampered'),
      rows.length,
    );
  }
  const classes: DriftClass[] = [];
  for (const name of ['missing', 'orphan', 'duplicate', 'tampered'] as const) {
    const found = gathered.get(name);
    if (found === undefined) continue;
    const { records, documents, ids, where, parts } = found;
    const said = RECORD_PARTS.filter((part) => parts[part] > 0).map((part) => `${part} ${parts[part]}`);
    const detail = said.length === 0 ? null : said.join(', ');
    if (name === 'missing' && records < facts.shortfall) continue;
    classes.push({ class: name, incident: DRIFT_CLASSES[name], records, detail, ids, where, documents });
  }
  const sampled = gathered.get('missing');
  if (facts.shortfall > (sampled?.records ?? 0)) {
    classes.unshift({
      class: 'missing',
      incident: DRIFT_CLASSES.missing,
      records: facts.shortfall,
      detail: `by the count; of the sample ${sampled?.records ?? 0}`,
      ids: sampled?.ids ?? [],
      where: sampled?.where ?? [],
      documents: sampled?.documents ?? 0,
    });
  }
  const { foreign } = view.summary;
  if (foreign > 0) {
    const unseen = unseenForeign(facts);
    classes.push({
      class: 'foreign',
      incident: DRIFT_CLASSES.foreign,
      records: foreign,
      detail: unseen === 0 ? null : `${unseen} by the count alone: --verify ids tells whose`,
      ids: scratch.foreignIds(MAX_IDS),
      where: [],
      documents: 0,
    });
  }
  return { classes, present };

  function note(
    name: RecordClass,
    uri: string,
    found: readonly Pick<FindingRow, 'id' | 'detail'>[],
    of: number,
  ): void {
    if (found.length === 0) return;
    const sum = gathered.get(name) ?? {
      records: 0,
      documents: 0,
      ids: [],
      where: [],
      parts: { text: 0, metadata: 0, vector: 0 },
    };
    gathered.set(name, sum);
    sum.records += found.length;
    sum.documents++;
    for (const { id } of found) if (sum.ids.length < MAX_IDS) sum.ids.push(id);
    const here = new Set<RecordPart>();
    if (name === 'tampered') {
      for (const { detail } of found) {
        for (const part of RECORD_PARTS) {
          if (detail?.split(',').includes(part) !== true) continue;
          sum.parts[part]++;
          here.add(part);
        }
      }
    }
    if (sum.where.length >= MAX_PLACES) return;
    const place = { uri, records: found.length, of: of === 0 ? null : of };
    sum.where.push(
      here.size === 0 ? place : { ...place, parts: RECORD_PARTS.filter((part) => here.has(part)) },
    );
  }
}
