/**
 * Charts as rows of words, a bar, and the number. Only the bars are SVG: they stretch with the page, while words
 * and numbers keep their size, also on a phone, and can be read without any chart at all.
 */
import { type Html, html } from './html.js';

export interface Bar {
  readonly label: string;
  /** Length; in the unit of all bars of the chart. */
  readonly value: number;
  /** A paler part behind it, such as what was planned; at least `value`. */
  readonly outOf?: number;
  /** The number in words. */
  readonly text: string;
  /** Class of colour: `current`, `rejected`, `phase`, ... */
  readonly tone: string;
}

export interface Column {
  readonly value: number;
  readonly tone: string;
  /** Shown when it is pointed at. */
  readonly title: string;
}

/** Horizontal bars, one below the other. */
export function barChart(id: string, title: string, bars: readonly Bar[], note = ''): Html {
  const longest = Math.max(1, ...bars.map(({ value, outOf }) => Math.max(value, outOf ?? 0)));
  return html`<section class="card" id="${id}"><h2>${title}</h2>${note === '' ? [] : html`<p class="note">${note}</p>`}
<dl class="bars">${bars.map((bar) => barRow(bar, longest))}</dl></section>`;
}

function barRow({ label, value, outOf, text, tone }: Bar, longest: number): Html {
  const width = (of: number): string => ((of / longest) * 100).toFixed(3);
  const behind =
    outOf === undefined || outOf <= value
      ? []
      : [html`<rect class="behind" width="${width(outOf)}" height="10" rx="1"/>`];
  return html`<div class="bar"><dt>${label}</dt><dd class="line"><svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${label}: ${text}" data-value="${value}"><rect class="track" width="100" height="10"/>${behind}<rect class="${tone}" width="${width(value)}" height="10"/></svg></dd><dd class="number">${text}</dd></div>`;
}

/** One bar of several parts that make a whole, with a legend that has the numbers. */
export function stackedBar(id: string, title: string, parts: readonly Bar[], note = ''): Html {
  const whole = Math.max(
    1,
    parts.reduce((sum, { value }) => sum + value, 0),
  );
  let left = 0;
  const rects = parts.map(({ value, tone, label, text }) => {
    const x = (left / whole) * 100;
    left += value;
    const width = (value / whole) * 100;
    return html`<rect class="${tone}" x="${x.toFixed(3)}" width="${width.toFixed(3)}" height="10" data-value="${value}"><title>${label}: ${text}</title></rect>`;
  });
  return html`<section class="card" id="${id}"><h2>${title}</h2>${note === '' ? [] : html`<p class="note">${note}</p>`}
<svg class="stack" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${title}: ${parts.map(({ label, text }) => `${text} ${label}`).join(', ')}"><rect class="track" width="100" height="10"/>${rects}</svg>
<ul class="legend">${parts.map(
    ({ label, text, tone }) =>
      html`<li><svg class="key" viewBox="0 0 10 10" aria-hidden="true"><rect class="${tone}" width="10" height="10" rx="2"/></svg><span>${label}</span> <b>${text}</b></li>`,
  )}</ul></section>`;
}

/** Upright columns side by side, oldest first. Each is at least visible. */
export function columnChart(
  id: string,
  title: string,
  columns: readonly Column[],
  { note, first, last, legend }: { note: string; first: string; last: string; legend: readonly Html[] },
): Html {
  const highest = Math.max(1, ...columns.map(({ value }) => value));
  const step = 100 / Math.max(1, columns.length);
  // Of few runs a column is no wall.
  const width = Math.min(step * 0.76, 6);
  const rects = columns.map(({ value, tone, title: said }, i) => {
    const height = Math.max(1.5, (value / highest) * 40);
    return html`<rect class="${tone}" x="${(i * step + (step - width) / 2).toFixed(3)}" y="${(40 - height).toFixed(3)}" width="${width.toFixed(3)}" height="${height.toFixed(3)}" data-value="${value}"><title>${said}</title></rect>`;
  });
  return html`<section class="card wide" id="${id}"><h2>${title}</h2><p class="note">${note}</p>
<svg class="columns" viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label="${title}">${rects}</svg>
<p class="axis"><span>${first}</span><span>${last}</span></p><ul class="legend">${legend}</ul></section>`;
}
