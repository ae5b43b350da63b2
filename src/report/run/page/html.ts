/** HTML whose every inserted value is escaped: what is markup is so by type, and nothing else can be. */
import { safe } from '../../escape.js';

/** Markup that was made by the tag below. */
export class Html {
  constructor(readonly markup: string) {}
}

export type HtmlValue = Html | string | number | readonly Html[];

const ENTITY: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Fit for text and for attributes in quotes. Control and bidi characters are shown, not obeyed. */
function escapeHtml(text: string): string {
  return safe(text).replace(/[&<>"']/g, (character) => ENTITY[character] ?? character);
}

export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const written = values.map((value) => {
    if (value instanceof Html) return value.markup;
    if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
    return value.map(({ markup }) => markup).join('');
  });
  return new Html(String.raw({ raw: parts }, ...written));
}

export const NOTHING = new Html('');
