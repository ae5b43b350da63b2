/** The words for what was seen of live, and how closely. Only `content` may say "verified". */
import type { IndexHeader, LiveSummary, VerifyLevel } from '../domain/plan.js';
import { COLLECTION_FAULTS } from './collection-faults.js';
import { groupDigits, plural } from './layout.js';

interface Canaries {
  readonly asked: number;
  readonly passed: number;
}

/** `8 canaries`, `7 of 8 canaries`; undefined when none was asked. */
function describeCanaries(canaries: Canaries): string | undefined {
  if (canaries.asked === 0) return undefined;
  return canaries.passed === canaries.asked
    ? plural(canaries.asked, 'canary', 'canaries')
    : `${canaries.passed} of ${canaries.asked} canaries`;
}

/** `no drift at counts`, `verified at content`, `live not looked at`. */
export function describeLevel(level: VerifyLevel): string {
  if (level === 'off') return 'live not looked at';
  return level === 'content' ? 'verified at content' : `no drift at ${level}`;
}

/** In brackets after "No changes": `no drift at counts, 8 canaries`; level null when it is not told. */
export function describeCheck(level: VerifyLevel | null, canaries: Canaries): string {
  if (level === 'off') return describeLevel(level);
  const parts = level === null ? [] : [describeLevel(level)];
  const asked = describeCanaries(canaries);
  if (asked !== undefined) parts.push(asked);
  return parts.join(', ');
}

/** `live 9,411 records`, or why there is no number. */
export function describeLiveCount(header: IndexHeader): string {
  const { live } = header;
  switch (live.status) {
    case 'ok':
      return live.count === null ? 'live count unknown' : `live ${plural(live.count, 'record')}`;
    case 'unsearchable':
      return `live ${live.count === null ? '' : `${plural(live.count, 'record')}, `}${searchFails(live) ? 'UNSEARCHABLE' : 'WEDGED'}`;
    case 'missing':
      return header.recorded.chunks > 0 ? 'live: the collection is GONE' : 'live: no collection yet';
    case 'unreachable':
      return 'live UNREACHABLE: unknown, not empty';
    case 'not-ours':
      return 'live: the collection belongs to SOMEBODY ELSE';
    case 'not-checked':
      return 'live not looked at';
  }
}

/** Items of the Drift line. */
export function describeDrift(header: IndexHeader): string[] {
  const { live, summary } = header;
  if (live.verify === 'off' || live.status === 'not-checked') return ['live not looked at (--verify off)'];
  const items: string[] = [];
  const lost = describeLosses(live);
  if (live.status === 'missing') items.push('the whole collection is missing');
  items.push(...(live.faults ?? []).map((fault) => COLLECTION_FAULTS[fault]));
  if (lost !== '') items.push(lost);
  if (live.status === 'unsearchable')
    items.push(searchFails(live) ? 'canary queries fail' : (live.escalated ?? 'Chroma fails on it'));
  if (items.length > 0 && summary.repair > 0)
    items.push(`${plural(summary.repair, 'document')} repaired above`);
  if (items.length === 0 && live.status === 'ok') items.push(describeLevel(live.verify));
  if (items.length === 0) items.push(describeLiveCount(header));
  // Whose they are that have come since the last look is not known without another.
  const grown = header.warnings.some(({ key }) => key === 'foreign-growth');
  if (live.foreign > 0)
    items.push(`${groupDigits(live.foreign)} ${grown ? 'more than recorded' : 'foreign'}, left alone`);
  if (live.canaries.asked > 0) items.push(`canaries ${live.canaries.passed} of ${live.canaries.asked}`);
  return items;
}

/** Else Chroma fails to read the collection, or to write to it, and searches may still be answered. */
function searchFails({ canaries, escalated }: LiveSummary): boolean {
  return canaries.passed < canaries.asked || escalated === null;
}

function describeLosses(live: LiveSummary): string {
  // Of another collection none is recorded yet, so all that it holds of ours would count as too much.
  if (live.faults?.includes('collection-replaced') === true) return '';
  const parts: string[] = [];
  if (live.missing > 0) parts.push(`${plural(live.missing, 'record')} missing`);
  if (live.orphan > 0) parts.push(plural(live.orphan, 'orphan'));
  if (live.tampered > 0) parts.push(`${groupDigits(live.tampered)} tampered`);
  return parts.join(', ');
}
