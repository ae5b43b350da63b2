/** The lines below an index's table: index actions, drift, coverage, embedding, guard. */
import type {
  ContractChange,
  Coverage,
  EmbedEstimate,
  FieldChange,
  IndexAction,
  IndexHeader,
  PlanOptions,
} from '../domain/plan.js';
import type { CollectedChanges } from './collect-changes.js';
import { describeCursors } from './describe-cursors.js';
import { describeDrift } from './describe-live.js';
import { describeReplay } from './describe-replay.js';
import { safe } from './escape.js';
import { labelled } from './flow-items.js';
import { groupDigits, money, percent, plural, roughDuration, tokens } from './layout.js';

const INDEX_ACTION: Readonly<Record<IndexHeader['index_actions'][number]['action'], string>> = {
  create: 'the collection will be created',
  replace: 'a new collection is built beside the live one',
  swap: 'searchers are switched to the new collection, the old one is kept',
  discard: 'a collection beside the live one that is not needed any more is deleted',
  unpin: 'the pin of a rollback ends, for the manifest wants what is there',
  contract: 'the contract changes',
  policy: 'policy changes',
  protection: 'protection changes',
  cursor: 'cursors move',
  landing: 'inputs are kept in the landing store',
  destroy: 'the index ends, and nothing stays recorded of it',
};

export function* planFacts(
  header: IndexHeader,
  collected: CollectedChanges,
  flags: PlanOptions,
  width: number,
): Generator<string> {
  const firstRun = header.recorded.documents === 0 && header.live.status === 'missing';
  // Cursors have a line of their own, also where none moves.
  const actions = header.index_actions.filter(
    ({ action }) => action !== 'cursor' && !(firstRun && action === 'create'),
  );
  if (actions.length > 0) {
    const items = actions.flatMap((item) => {
      const details =
        item.changes?.map(describeField) ??
        item.contracts?.map(describeContract) ??
        item.collections?.map(describeEnd) ??
        countOf(item) ??
        item.reasons.map(safe);
      const what = INDEX_ACTION[item.action];
      return [details.length === 0 ? what : `${what}: ${details.join(', ')}`, ...afterwards(item)];
    });
    yield* labelled('Index', items, width);
  }
  if (!firstRun) yield* labelled('Drift', describeDrift(header), width);
  if (flags.destroy) {
    const share = describeGuard(header, [], flags);
    if (share !== undefined) yield* labelled('Guard', [share], width);
    return;
  }
  // Of a pinned index no document was looked at.
  if (header.pinned !== undefined) return;
  const { coverage } = header;
  if (!firstRun || coverage.declared !== coverage.current) {
    yield* labelled('Coverage', [describeCoverage(header)], width);
  }
  const cursors = describeCursors(header);
  if (cursors.length > 0) yield* labelled('Cursor', cursors, width);
  const replay = describeReplay(header.sources);
  if (replay.length > 0) yield* labelled('Replay', replay, width);
  yield* labelled('Embed', describeEmbed(header.summary.embed), width);
  const guard = describeGuard(header, collected.allowedBy, flags);
  if (guard !== undefined) yield* labelled('Guard', [guard], width);
}

/** `14 documents`. */
function countOf({ documents }: IndexAction): string[] | undefined {
  return documents === undefined ? undefined : [plural(documents, 'document')];
}

/** What of a replacement comes after it was built, where it is not what always comes. */
export function afterwards({ waits_for_checks, keeps_none }: IndexAction): string[] {
  return [
    ...(waits_for_checks ? ['searchers are switched when its checks pass'] : []),
    ...(keeps_none ? ['the old one is broken: it is deleted after the swap, and not kept'] : []),
  ];
}

/** `collection docs stays for site-docs`. */
export function describeEnd({
  collection,
  stays,
}: {
  readonly collection: string;
  readonly stays: readonly string[];
}): string {
  const name = safe(`collection ${collection}`);
  return stays.length === 0 ? `${name} is deleted` : `${name} stays for ${stays.map(safe).join(', ')}`;
}

const EDITS_SHOWN = 3;

/** `docs breaking (/owner required now; /status/enum "closed" allowed too; 2 more)`. */
export function describeContract({ source_id, class: of, edits, more }: ContractChange): string {
  const shown = edits.slice(0, EDITS_SHOWN).map(({ path, what }) => `${path} ${what}`);
  const rest = edits.length - shown.length + more;
  if (rest > 0) shown.push(`${groupDigits(rest)} more`);
  return safe(`${source_id} ${of} (${shown.length === 0 ? 'descriptions only' : shown.join('; ')})`);
}

/** `deletes.max_count 100 -> 5`. */
function describeField({ field, from, to }: FieldChange): string {
  return safe(`${field} ${JSON.stringify(from)} -> ${JSON.stringify(to)}`);
}

/** `1,296 declared = 1,283 current + 1 old kept + 12 skipped (.png)`. */
function describeCoverage(header: IndexHeader): string {
  const { coverage } = header;
  const terms: readonly (readonly [number, string])[] = [
    [coverage.current, 'current'],
    [coverage.old_kept, 'old kept'],
    [coverage.quarantined, 'quarantined'],
    [coverage.rejected, 'rejected'],
    [coverage.skipped, `skipped${skippedTypes(header)}`],
    [coverage.failed, 'failed'],
  ];
  const used = terms.filter(([count]) => count > 0).map(([count, name]) => `${groupDigits(count)} ${name}`);
  const right = used.length === 0 ? '0 current' : used.join(' + ');
  const text = `${groupDigits(coverage.declared)} declared = ${right}`;
  return addsUp(coverage) ? text : `${text} (does not add up: a bug in ingest, please report it)`;
}

function addsUp(coverage: Coverage): boolean {
  const { declared, current, old_kept, quarantined, rejected, skipped, failed } = coverage;
  return declared === current + old_kept + quarantined + rejected + skipped + failed;
}

const MAX_TYPES = 4;

function skippedTypes(header: IndexHeader): string {
  const types = new Map<string, number>();
  for (const source of header.sources) {
    for (const [type, count] of Object.entries(source.skipped)) {
      if (count > 0) types.set(type, (types.get(type) ?? 0) + count);
    }
  }
  if (types.size === 0) return '';
  const [only] = types.keys();
  if (types.size === 1 && only !== undefined) return ` (${safe(only)})`;
  const sorted = [...types].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const named = sorted.slice(0, MAX_TYPES).map(([type, count]) => `${groupDigits(count)} ${safe(type)}`);
  const rest = sorted.slice(MAX_TYPES);
  if (rest.length > 0) {
    named.push(
      `${groupDigits(rest.reduce((sum, [, count]) => sum + count, 0))} of ${plural(rest.length, 'other type')}`,
    );
  }
  return ` (${named.join(', ')})`;
}

/** `212 chunks, 90,400 tokens, $0.0018, ~4 s`, `1,020 from cache`. */
export function describeEmbed(embed: EmbedEstimate): string[] {
  const cached = embed.cached > 0 ? [`${groupDigits(embed.cached)} from cache`] : [];
  if (embed.compute === 0) return ['nothing to compute', ...cached];
  const parts = [plural(embed.compute, 'chunk')];
  if (embed.cost !== 0) parts.push(tokens(embed.tokens));
  parts.push(money(embed.cost), ...roughDuration(embed.seconds));
  return [parts.join(', '), ...cached];
}

/** `2 of 1,284 deleted (0.2%): within limits`; undefined when nothing would be lost. */
function describeGuard(
  header: IndexHeader,
  allowedBy: readonly string[],
  flags: PlanOptions,
): string | undefined {
  const { delete: deleted } = header.summary;
  if (deleted === 0) return undefined;
  const recorded = header.recorded.documents;
  const share = `${groupDigits(deleted)} of ${groupDigits(recorded)} deleted (${percent(deleted, recorded)})`;
  if (flags.destroy) return `${share}: destroy takes everything`;
  const lifted = [
    ...new Set([...allowedBy, ...flags.allow_delete].map((glob) => `--allow-delete '${safe(glob)}'`)),
    ...flags.allow_empty.map((source) => `--allow-empty ${safe(source)}`),
  ];
  return lifted.length > 0 ? `${share}: LIFTED by ${lifted.join(' ')}` : `${share}: within limits`;
}
