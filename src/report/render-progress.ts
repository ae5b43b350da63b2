/** How far an apply is: two lines that a terminal rewrites in place, or one line of a log. */
import type { ProgressEvent } from '../domain/events.js';
import { safe } from './escape.js';
import { displayWidth, duration, groupDigits, padStart, percent, plural, shortenMiddle } from './layout.js';

export interface ProgressOptions {
  /** Of what `progressUnit` says, in a second; undefined before there is one. */
  readonly rate: number | undefined;
  readonly width: number;
}

type ApplyProgress = Extract<ProgressEvent, { type: 'apply' }>;
type CountedProgress = Exclude<ProgressEvent, { type: 'note' }>;

const BAR = 20;

/** What measures the work: chunks, for documents differ in size; documents where no chunk is written. */
export function progressUnit(event: CountedProgress): { readonly done: number; readonly total: number } {
  if (event.type === 'scan') return { done: event.documents, total: 0 };
  const { chunks_done, chunks_total, documents_done, documents_total } = event;
  return chunks_total > 0
    ? { done: chunks_done, total: chunks_total }
    : { done: documents_done, total: documents_total };
}

/** For a terminal. No line exceeds the width; least needed parts go first. */
export function renderProgress(event: CountedProgress, options: ProgressOptions): string[] {
  if (event.type === 'scan') return [scanLine(event.documents, options)];
  const { documents_done, documents_total, chunks_done, chunks_total } = event;
  const { done, total } = progressUnit(event);
  const documents = `${groupDigits(documents_done)}/${groupDigits(documents_total)}`;
  const chunks = `${groupDigits(chunks_done)}/${groupDigits(chunks_total)}`;
  const counts = Math.max(documents.length, chunks.length);
  const first = [
    `documents  ${padStart(documents, counts)}`,
    `${bar(done, total)} ${padStart(percent(done, total), 4)}`,
  ];
  const second = [
    `chunks     ${padStart(chunks, counts)}`,
    ...paceOf(event, options.rate),
    ...effortOf(event),
  ];
  return [joinWithin(first, options.width), joinWithin(second, options.width)];
}

/** For a log, where nothing can be rewritten. */
export function renderProgressLine(event: CountedProgress, options: ProgressOptions): string {
  if (event.type === 'scan') return scanLine(event.documents, options);
  const { documents_done, documents_total, chunks_done, chunks_total } = event;
  const { done, total } = progressUnit(event);
  return joinWithin(
    [
      percent(done, total),
      `documents ${groupDigits(documents_done)}/${groupDigits(documents_total)}`,
      `chunks ${groupDigits(chunks_done)}/${groupDigits(chunks_total)}`,
      ...paceOf(event, options.rate),
      ...effortOf(event),
    ],
    options.width,
  );
}

/** One line, made safe. */
export function renderNote(message: string): string {
  return safe(message);
}

function scanLine(documents: number, { rate, width }: ProgressOptions): string {
  const pace = rate === undefined ? '' : `  ${perSecond(rate)}`;
  return shortenMiddle(`scanning   ${plural(documents, 'document')}${pace}`, width);
}

function paceOf(event: ApplyProgress, rate: number | undefined): string[] {
  const { done, total } = progressUnit(event);
  if (rate === undefined) return [];
  const left = total - done;
  return left > 0 ? [perSecond(rate), `ETA ${duration((left / rate) * 1000)}`] : [perSecond(rate)];
}

function perSecond(rate: number): string {
  return `${rate < 10 ? rate.toFixed(1) : groupDigits(rate)}/s`;
}

function effortOf({ embedded, retries }: ApplyProgress): string[] {
  return [
    ...(embedded > 0 ? [`embedded ${groupDigits(embedded)}`] : []),
    ...(retries > 0 ? [`retries ${groupDigits(retries)}`] : []),
  ];
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
