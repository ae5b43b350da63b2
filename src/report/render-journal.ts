import type { JournalEvent } from '../domain/events.js';
import { safe, safeJson } from './escape.js';
import { groupDigits, isoTime, padEnd, padStart, shortRun } from './layout.js';
import type { Style } from './style.js';

/** Long, and told by `ingest report`. */
const EVIDENCE: ReadonlySet<string> = new Set(['indexes', 'timings', 'verdict']);
const LONGEST_TYPE = 'UPSERT_BATCH_COMMITTED'.length;

/** `   42  2026-11-21T15:41:09Z  01KB7R2F  DOC_COMMITTED           api/auth.md  n_chunks=7`. */
export function renderJournalEvent(event: JournalEvent, style: Style): string {
  const parts = Object.entries(event.data)
    .filter(([key, value]) => key !== 'uri' && !EVIDENCE.has(key) && value !== null)
    .map(([key, value]) => `${safe(key)}=${valueText(value)}`);
  const { uri } = event.data as { readonly uri?: unknown };
  const subject = typeof uri === 'string' ? [safe(uri)] : [];
  const type = padEnd(event.type, LONGEST_TYPE);
  const head = [
    padStart(groupDigits(event.seq), 7),
    safe(isoTime(event.ts)),
    safe(shortRun(event.run_id)),
    paint(event, type, style),
  ];
  return [...head, ...subject, ...parts].join('  ').trimEnd();
}

function paint(event: JournalEvent, type: string, style: Style): string {
  switch (event.type) {
    case 'DOC_FAILED':
    case 'DOC_REJECTED':
    case 'DOC_QUARANTINED':
      return style.red(type);
    case 'WARN':
      return style.yellow(type);
    case 'RUN_START':
    case 'RUN_RESUME':
    case 'RUN_FINISH':
      return style.bold(type);
    default:
      return type;
  }
}

function valueText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return safeJson(value);
  if (/^[0-9a-f]{64}$/.test(value)) return value.slice(0, 8);
  const text = safe(value);
  return /[\s"=]/.test(text) ? safeJson(value) : text;
}
