import type { ProgressEvent } from '../domain/events.js';
import { safe } from './escape.js';
import { displayWidth, duration, groupDigits, percent, shortenMiddle } from './layout.js';

export interface ProgressOptions {
  /** Milliseconds since the work began. */
  readonly elapsed: number;
  readonly width: number;
}

const BAR = 20;

/** One line that never exceeds the width, so that a terminal can rewrite it in place; least needed parts go first. */
export function renderProgress(event: ProgressEvent, options: ProgressOptions): string {
  switch (event.type) {
    case 'scan':
      return shortenMiddle(`scanning   ${groupDigits(event.documents)} documents`, options.width);
    case 'note':
      return safe(event.message);
    case 'apply':
      return joinWithin(applyParts(event, options.elapsed), options.width);
  }
}

function applyParts(event: Extract<ProgressEvent, { type: 'apply' }>, elapsed: number): string[] {
  const { documents_done, documents_total, chunks_done, chunks_total } = event;
  // Chunks measure the work better than documents, which differ in size.
  const [done, total] = chunks_total > 0 ? [chunks_done, chunks_total] : [documents_done, documents_total];
  const seconds = elapsed / 1000;
  const rate = seconds > 0 ? chunks_done / seconds : 0;
  const parts = [
    `documents ${groupDigits(documents_done)}/${groupDigits(documents_total)}`,
    `${bar(done, total)} ${percent(done, total)}`,
    `chunks ${groupDigits(chunks_done)}/${groupDigits(chunks_total)}`,
  ];
  if (rate > 0 && chunks_done < chunks_total) {
    parts.push(`ETA ${duration(((chunks_total - chunks_done) / rate) * 1000)}`);
  }
  if (rate > 0) parts.push(`${rate < 10 ? rate.toFixed(1) : groupDigits(rate)}/s`);
  if (event.retries > 0) parts.push(`retries ${groupDigits(event.retries)}`);
  if (event.embedded > 0) parts.push(`embedded ${groupDigits(event.embedded)}`);
  return parts;
}

function bar(done: number, total: number): string {
  const filled = total > 0 ? Math.min(BAR, Math.floor((done / total) * BAR)) : 0;
  return '#'.repeat(filled) + '.'.repeat(BAR - filled);
}

function joinWithin(parts: readonly string[], width: number): string {
  let line = '';
  for (const part of parts) {
    const joined = line === '' ? part : `${line}  ${part}`;
    if (line !== '' && displayWidth(joined) > width) continue;
    line = joined;
  }
  return shortenMiddle(line, width);
}
